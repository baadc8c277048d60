// SPDX-License-Identifier: BSL-1.0
/// @file Watchdog: what must hold at every step of a simulation, checked at every step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "shoal/core/message.hpp"
#include "shoal/infer/async_backend.hpp"
#include "shoal/run/event.hpp"
#include "shoal/run/moment.hpp"
#include "shoal/run/order.hpp"
#include "shoal/run/resilience.hpp"

namespace shoal::sim {

/// What became of one order.
struct order_story {
  double at_s = 0;          ///< when it was given
  double ended_s = -1;      ///< when it ended; < 0: it has not
  double deadline_s = 0;    ///< by when it must
  std::size_t commits = 0;  ///< times that its end was reported
  std::size_t running = 0;  ///< calls that may still win
  std::size_t calls = 0;
  bool answered = false;
  bool cancelled = false;  ///< by who gave it
};

/// Checks, and keeps the first few of what it finds:
/// - every order ends, once, by its deadline, and no call of it begins after that;
/// - no model has more calls than its limit, no order more than two at once;
/// - calls that fail are at most `tries`, hedges at most their share;
/// - an answer that is not valid is never taken.
/// The digest is of every event: equal runs have equal digests.
template <class Real = double>
class watchdog {
 public:
  static constexpr std::size_t most_findings = 20;

  /// @param forgets  models may be given up for dead while they work on, and then have more calls than they
  ///     should.
  watchdog(const run::resilience& rules, std::vector<std::string> names, bool forgets)
      : rules_(rules), names_(std::move(names)), forgets_(forgets), running_(names_.size()) {}

  /// An order was given; its tag is the number of orders before.
  std::size_t given(Real at_s, Real deadline_s) {
    orders_.push_back({at_s, -1, deadline_s});
    return orders_.size() - 1;
  }
  void cancelled(std::size_t tag) { orders_[tag].cancelled = true; }

  /// An order ended.
  void committed(std::size_t tag, bool answered, bool right, Real now_s) {
    order_story& o = orders_[tag];
    if (++o.commits > 1) find(now_s, message("order ", tag, " ended ", o.commits, " times"));
    if (now_s > o.deadline_s + 1e-6)
      find(now_s, message("order ", tag, " ended ", now_s - o.deadline_s, " s late"));
    if (answered && !right) find(now_s, message("order ", tag, ": an answer that is not valid was taken"));
    o.ended_s = now_s;
    o.answered = answered;
  }

  /// The dispatcher's events.
  void heard(const run::event& e) {
    mix(static_cast<std::uint64_t>(e.kind));
    mix(e.subtask);
    mix(e.model);
    mix(static_cast<std::uint64_t>(e.at_s * 1e9 + 0.5));
    ++events_;
    ++counts_[static_cast<std::size_t>(e.kind)];
    if (e.subtask == run::no_subtask) return;
    order_story& o = orders_[e.subtask];
    switch (e.kind) {
      case run::event_kind::started:
        if (o.commits > 0) find(e.at_s, message("order ", e.subtask, ": a call began after its end"));
        if (++o.running > 2) find(e.at_s, message("order ", e.subtask, " has ", o.running, " calls at once"));
        if (++o.calls > 2 * rules_.tries)
          find(e.at_s, message("order ", e.subtask, " has had ", o.calls, " calls"));
        break;
      case run::event_kind::hedged:
        if (rules_.hedge &&
            static_cast<Real>(count(run::event_kind::hedged)) >
                rules_.hedge->most_extra * static_cast<Real>(count(run::event_kind::started)) + 1) {
          find(e.at_s, "more hedges than their share");
        }
        break;
      case run::event_kind::answered:
      case run::event_kind::failed:
      case run::event_kind::cancelled:
        if (o.running-- == 0) find(e.at_s, message("order ", e.subtask, ": a call ended that had not begun"));
        break;
      default:
        break;
    }
  }

  /// The models' side: `simulated_fleet`'s witness.
  void started(std::size_t model, Real now_s) {
    const std::size_t limit = rules_.concurrency.empty() ? 1 : rules_.concurrency[model];
    if (++running_[model] > limit && !forgets_) {
      find(now_s, message("model ", names_[model], " has ", running_[model], " calls, its limit is ", limit));
    }
  }
  void ended(std::size_t model) { --running_[model]; }

  /// The simulation is over: has every order ended, and every call come back?
  void over(Real now_s, std::size_t outstanding) {
    std::size_t running = 0;
    for (const std::size_t r : running_) running += r;
    if (outstanding > running)
      find(now_s, message("the replies of ", outstanding - running, " calls were lost"));
    for (std::size_t tag = 0; tag < orders_.size(); ++tag) {
      if (orders_[tag].commits == 0) find(now_s, message("order ", tag, " never ended"));
    }
  }

  const std::vector<std::string>& findings() const { return findings_; }
  const std::vector<order_story>& orders() const { return orders_; }
  std::uint64_t count(run::event_kind k) const { return counts_[static_cast<std::size_t>(k)]; }
  std::uint64_t events() const { return events_; }
  std::uint64_t digest() const { return digest_; }

 private:
  void find(Real at_s, const std::string& what) {
    if (findings_.size() < most_findings) findings_.push_back(message("at ", at_s, " s: ", what));
  }
  // FNV-1a, over whole words.
  void mix(std::uint64_t word) { digest_ = (digest_ ^ word) * 0x100000001B3U; }

  run::resilience rules_;
  std::vector<std::string> names_;
  bool forgets_;
  std::vector<std::size_t> running_;
  std::vector<order_story> orders_{};
  std::vector<std::string> findings_{};
  std::uint64_t counts_[32]{};
  std::uint64_t events_ = 0;
  std::uint64_t digest_ = 0xCBF29CE484222325U;
};

}  // namespace shoal::sim
