// SPDX-License-Identifier: BSL-1.0
/// @file The ways to translate that are compared, and what each takes.
#pragma once

#include <cstddef>
#include <ctime>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../live/data.hpp"
#include "../live/energy.hpp"
#include "shoal/aggregate/bleu.hpp"
#include "shoal/core/random.hpp"
#include "shoal/hybrid.hpp"
#include "tiny/runner.hpp"

namespace llm_to_slm {

namespace hybrid = shoal::hybrid;
using model = std::shared_ptr<const tiny::model>;

/// A sentence and its right translation.
struct pair {
  std::string english{};
  std::string german{};
};

inline std::vector<pair> pairs(const std::string& path, std::size_t most) {
  std::vector<pair> out;
  for (const auto& row : live::rows(path, most)) out.push_back({row[0], row[1]});
  return out;
}

/// One answer: its text, how sure its model was, operations that it took, whether the large decoder was
/// needed.
struct said {
  std::string text{};
  double confidence = 0;
  double operations = 0;
  bool large = false;
};

using way = std::function<said(const std::string& english)>;

inline const hybrid::decoding how{.tokens = 100};

inline double step_operations(const model& m, std::size_t in, std::size_t out) {
  return tiny::operations(m->weights.shape(), in, out) - tiny::reading_operations(m->weights.shape(), in);
}

/// A model alone.
inline way alone(const model& m) {
  return [m](const std::string& english) {
    const tiny::codec words{m};
    const tiny::writer writer{m};
    const auto prompt = words.encode(english);
    const auto g = hybrid::generate(writer, writer.start(prompt), how);
    return said{words.decode(g.tokens), hybrid::whole_probability{}(g),
                tiny::operations(m->weights.shape(), prompt.size(), g.figures.size()), false};
  };
}

/// LLM-to-SLM: the large encoder, the projector, the small model.
inline way joined(const model& large, const model& small) {
  return [large, small](const std::string& english) {
    const tiny::codec words{small};
    const hybrid::joined both{tiny::writer{large}, tiny::bridge{small}, tiny::writer{small}};
    const auto prompt = words.encode(english);
    const auto g = hybrid::generate(both, both.start(prompt), how);
    return said{words.decode(g.tokens), hybrid::whole_probability{}(g),
                tiny::reading_operations(large->weights.shape(), prompt.size()) +
                    tiny::operations(small->weights.shape(), prompt.size(), g.figures.size()),
                false};
  };
}

/// The large model's own answer, drafted by a small one that is joined to its encoder: the prompt is read
/// once for both.
inline way speculative(const model& large, const model& small, hybrid::draft_record& record) {
  return [large, small, &record](const std::string& english) {
    const tiny::codec words{large};
    const tiny::writer draft{small};
    const tiny::writer target{large};
    const auto prompt = words.encode(english);
    const auto features = target.encode(prompt);
    const auto g =
        hybrid::speculate(draft, draft.start(prompt, tiny::bridge{small}(features)), target,
                          target.over(features), how, {.most = 12, .draft_cost = 0.1, .check_cost = 0.03});
    record += g.drafts;
    const std::size_t checked = g.drafts.drafted + g.drafts.checks;
    return said{words.decode(g.text.tokens), hybrid::whole_probability{}(g.text),
                tiny::reading_operations(large->weights.shape(), prompt.size()) +
                    step_operations(large, prompt.size(), checked) +
                    tiny::operations(small->weights.shape(), prompt.size(), g.drafts.drafted),
                true};
  };
}

/// The first way, and the second where the first is unsure.
inline way cascade(way small, way large, double threshold) {
  return [small = std::move(small), large = std::move(large), threshold](const std::string& english) {
    said first = small(english);
    if (first.confidence >= threshold) return first;
    said second = large(english);
    second.operations += first.operations;
    second.large = true;
    return second;
  };
}

/// What a way gave over a set of sentences.
struct result {
  std::string name{};
  std::vector<said> answers{};
  std::vector<shoal::aggregate::bleu_counts> counts{};
  double seconds = 0;  ///< processor time of a sentence
  double joules = 0;   ///< of a sentence

  double bleu() const {
    shoal::aggregate::bleu_counts sum;
    for (const auto& c : counts) sum += c;
    return shoal::aggregate::bleu{}.score(sum).score;
  }
  double large_share() const {
    double n = 0;
    for (const said& s : answers) n += s.large ? 1 : 0;
    return n / static_cast<double>(answers.size());
  }
};

inline double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

inline result run(std::string name, const way& translate, std::span<const pair> asked) {
  result out;
  out.name = std::move(name);
  const auto n = static_cast<double>(asked.size());
  const auto joules = live::package_joules();
  const double began = processor_seconds();
  for (const pair& p : asked) out.answers.push_back(translate(p.english));
  out.seconds = (processor_seconds() - began) / n;
  const auto after = live::package_joules();
  const shoal::aggregate::bleu score;
  for (std::size_t k = 0; k < asked.size(); ++k) {
    const std::string_view right = asked[k].german;
    out.counts.push_back(score.count(out.answers[k].text, std::span(&right, 1)));
    out.joules += live::joules_per_operation * out.answers[k].operations / n;
  }
  if (joules && after) out.joules = (*after - *joules) / n;
  return out;
}

/// The 95 % interval of `a`'s BLEU less `b`'s over resampled sentences; of `a`'s alone where `b` is null.
struct interval {
  double low = 0;
  double high = 0;
};

inline interval bootstrap(const result& a, const result* b = nullptr) {
  constexpr std::size_t rounds = 400;
  shoal::random_engine engine(1);
  const shoal::aggregate::bleu score;
  std::vector<double> found;
  for (std::size_t r = 0; r < rounds; ++r) {
    shoal::aggregate::bleu_counts of_a;
    shoal::aggregate::bleu_counts of_b;
    for (std::size_t i = 0; i < a.counts.size(); ++i) {
      const auto k = static_cast<std::size_t>(shoal::uniform_below(engine, a.counts.size()));
      of_a += a.counts[k];
      if (b != nullptr) of_b += b->counts[k];
    }
    found.push_back(score.score(of_a).score - (b != nullptr ? score.score(of_b).score : 0));
  }
  std::sort(found.begin(), found.end());
  return {found[rounds / 40], found[rounds - 1 - rounds / 40]};
}

}  // namespace llm_to_slm
