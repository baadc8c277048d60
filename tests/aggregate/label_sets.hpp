// SPDX-License-Identifier: BSL-1.0
/// @file Labels made up with a seed, whose truth is known.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "shoal/aggregate/label_estimate.hpp"
#include "shoal/aggregate/label_matrix.hpp"
#include "shoal/core/random.hpp"

namespace test {

using shoal::crowd_label;
using shoal::random_engine;
using shoal::uniform_01;
using shoal::uniform_below;
namespace aggregate = shoal::aggregate;

struct labelled {
  std::vector<crowd_label> given{};
  aggregate::label_matrix matrix{};
  std::vector<std::uint32_t> truth{};
};

inline std::uint32_t other_than(std::uint32_t truth, std::size_t classes, random_engine& random) {
  return static_cast<std::uint32_t>((truth + 1 + uniform_below(random, classes - 1)) % classes);
}

// Workers that are right with the chances of `right`, each labelling every item with the chance `present`.
inline labelled made_labels(std::size_t items, std::size_t classes, const std::vector<double>& right,
                            std::uint64_t seed, double present = 1) {
  labelled out;
  random_engine random(seed);
  for (std::size_t i = 0; i < items; ++i) {
    const auto truth = static_cast<std::uint32_t>(uniform_below(random, classes));
    out.truth.push_back(truth);
    for (std::size_t w = 0; w < right.size(); ++w) {
      if (uniform_01(random) >= present) continue;
      const std::uint32_t label = uniform_01(random) < right[w] ? truth : other_than(truth, classes, random);
      out.given.push_back({static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(w), label, 0});
    }
  }
  out.matrix = aggregate::make_label_matrix(out.given, items, right.size(), classes);
  return out;
}

// Fifteen workers, each right with a chance between 0.6 and 0.9.
inline std::vector<double> fifteen(std::uint64_t seed) {
  random_engine random(seed);
  std::vector<double> out;
  for (int w = 0; w < 15; ++w) out.push_back(0.6 + 0.3 * uniform_01(random));
  return out;
}

// Share of items whose truth is chosen; a tie counts as its part.
inline double accuracy(const aggregate::label_estimate& e, const std::vector<std::uint32_t>& truth) {
  double right = 0;
  double known = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (truth[i] == aggregate::no_label) continue;
    ++known;
    const auto chosen = aggregate::choose(e.row(i), e.classes);
    if (chosen.confidence - e.row(i)[truth[i]] < 1e-9) right += 1 / static_cast<double>(chosen.tied);
  }
  return right / known;
}

}  // namespace test
