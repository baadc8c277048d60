// SPDX-License-Identifier: BSL-1.0
/// @file Speculative decoding: a small model drafts, a large one checks all drafted tokens in one pass.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/random.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/hybrid/choice.hpp"
#include "shoal/hybrid/generate.hpp"
#include "shoal/hybrid/model.hpp"

namespace shoal::hybrid {

/// How many tokens are drafted before each check.
struct drafting {
  std::size_t most = 8;     ///< the longest draft, >= 1
  bool adaptive = true;     ///< fit the length to the share that was accepted so far; otherwise always `most`
  double draft_cost = 0.1;  ///< a draft token's cost, in steps of the large model, > 0
  double check_cost = 0.1;  ///< what a checked token adds to a step of the large model, >= 0
};

/// What became of the drafts.
struct draft_record {
  std::size_t drafted = 0;   ///< tokens
  std::size_t accepted = 0;  ///< tokens, <= drafted
  std::size_t checks = 0;    ///< passes of the large model

  /// Share of drafted tokens that were accepted, [0, 1].
  double acceptance() const {
    return drafted == 0 ? 0 : static_cast<double>(accepted) / static_cast<double>(drafted);
  }
  draft_record& operator+=(const draft_record& other) {
    drafted += other.drafted;
    accepted += other.accepted;
    checks += other.checks;
    return *this;
  }
};

/// An answer and how it came about.
struct speculated {
  generated text{};  ///< figures are the large model's
  draft_record drafts{};
};

/// The draft length with the most tokens for the cost, where each drafted token is accepted with probability
/// `acceptance`: (1 - a^(k+1)) / (1 - a) tokens for k draft_cost + 1 + k check_cost.
/// @return in [1, d.most]; of equal ones the shortest.
/// @source Leviathan, Kalman & Matias 2023, "Fast inference from transformers via speculative decoding",
/// ICML.
template <class = when_used>
std::size_t best_draft_length(double acceptance, const drafting& d) {
  std::size_t best = 1;
  double most = 0;
  double tokens = 1;
  double power = 1;
  for (std::size_t k = 1; k <= d.most; ++k) {
    power *= acceptance;
    tokens += power;
    const double rate = tokens / (1 + static_cast<double>(k) * (d.draft_cost + d.check_cost));
    if (rate > most * (1 + 1e-12)) {
      most = rate;
      best = k;
    }
  }
  return best;
}

/// Writes the large model's answer with the small one's help. Greedy: the same tokens as `generate` with the
/// large model alone. Sampled: the same distribution (a drafted token x is kept with probability min(1, p(x)
/// / q(x)), otherwise one is drawn from max(0, p - q)). Both models read the same prompt and share the
/// vocabulary.
/// @param watch  called with each token that is sure, as in `generate`.
/// @throws invalid_argument  where `how` or `d` is out of range, or the vocabularies differ.
/// @source Leviathan et al. 2023; Chen et al. 2023, "Accelerating large language model decoding with
/// speculative sampling".
template <decoder Small, decoder Large, class Watch = unwatched>
speculated speculate(const Small& small, begun<typename Small::state> draft, const Large& large,
                     begun<typename Large::state> target, const decoding& how, const drafting& d = {},
                     Watch watch = {}) {
  validate(how.pick);
  if (how.tokens == 0 || d.most == 0) throw invalid_argument("speculate: tokens and most must be >= 1");
  if (!(d.draft_cost > 0) || !(d.check_cost >= 0)) {
    throw invalid_argument(message("speculate: draft_cost ", d.draft_cost, " is not > 0, or check_cost ",
                                   d.check_cost, " is not >= 0"));
  }
  const bool greedy = how.pick.temperature == 0;
  random_engine engine(how.pick.seed);
  speculated out;
  std::vector<token> unread{draft.next};  // what the small model has yet to take
  double acceptance = 0.8;                // a running mean; the first drafts are of middle length

  while (large.room(target.state) > 0) {
    const std::size_t wanted = d.adaptive ? best_draft_length(acceptance, d) : d.most;
    const std::size_t left = std::min(how.tokens - out.text.tokens.size(), large.room(target.state)) - 1;
    std::size_t room = small.room(draft.state);
    room = room < unread.size() ? 0 : room - unread.size() + 1;
    const std::size_t length = std::min({wanted, left, room});

    std::vector<token> checked{target.next};
    std::vector<Eigen::VectorXd> q;
    for (std::size_t i = 0; i < length; ++i) {
      const columns logits = small.advance(draft.state, unread);
      const auto last = logits.col(logits.cols() - 1);
      token t = 0;
      if (greedy) {
        t = likeliest(last);
      } else {
        q.push_back(distribution(last, how.pick));
        t = draw(q.back(), engine);
      }
      checked.push_back(t);
      unread.assign(1, t);
      if (large.ends(t)) break;  // nothing is written after it
    }
    const std::size_t drafted = checked.size() - 1;
    const std::size_t base = large.length(target.state);
    const columns logits = large.advance(target.state, checked);
    ++out.drafts.checks;
    out.drafts.drafted += drafted;

    std::size_t kept = 0;
    token next = 0;
    bool goes_on = true;
    for (;; ++kept) {
      const auto seen = logits.col(static_cast<Eigen::Index>(kept));
      const bool has_draft = kept < drafted;
      bool accepted = false;
      if (greedy) {
        next = likeliest(seen);
        accepted = has_draft && next == checked[kept + 1];
      } else {
        const Eigen::VectorXd p = distribution(seen, how.pick);
        if (!has_draft) {
          next = draw(p, engine);
        } else {
          if (p.size() != q[kept].size()) {
            throw invalid_argument(
                message("speculate: vocabularies of ", q[kept].size(), " and ", p.size(), " tokens"));
          }
          next = checked[kept + 1];
          accepted = uniform_01(engine) * q[kept][next] < p[next];
          if (!accepted) {
            const Eigen::VectorXd rest = (p - q[kept]).cwiseMax(0.0);
            next = rest.sum() > 0 ? draw(rest, engine) : draw(p, engine);
          }
        }
      }
      goes_on = detail::take(large, next, detail::figures_of(seen, next), how, watch, out.text);
      if (accepted) {
        ++out.drafts.accepted;
        acceptance += 0.05 * (1 - acceptance);
      } else if (has_draft) {
        acceptance -= 0.05 * acceptance;
      }
      if (!goes_on || !accepted) break;
    }
    if (!goes_on) break;
    // `kept` drafted tokens stand, then `next`, which neither model has taken.
    large.truncate(target.state, base + 1 + kept);
    target.next = next;
    if (kept == drafted) {
      unread.push_back(next);  // after the last drafted token, which the small model wrote but has not taken
    } else {
      small.truncate(draft.state, small.length(draft.state) - (drafted - 1 - kept));
      unread.assign(1, next);
    }
  }
  return out;
}

}  // namespace shoal::hybrid
