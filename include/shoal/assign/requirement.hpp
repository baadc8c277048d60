// SPDX-License-Identifier: BSL-1.0
/// @file Quality rules: how good a whole plan must be.
#pragma once

#include <string_view>

namespace shoal::assign {

/// How compatibilities of the chosen pairs (model i, subtask k) make up the quality of a plan. A replica is a
/// chosen pair like any other. A subtask's `count` weighs its pairs.
enum class quality_rule {
  sum,      ///< sum of count_k C_ik
  mean,     ///< sum of count_k C_ik over the sum of count_k, both over the chosen pairs
  each,     ///< the smallest C_ik
  product,  ///< product of C_ik^count_k: the chance that all is right; needs C_ik in (0, 1]
};

/// A plan must reach `at_least` by `rule`.
struct requirement {
  quality_rule rule = quality_rule::mean;
  double at_least = 0;
};

/// The rule's name as files spell it.
constexpr std::string_view name_of(quality_rule rule) {
  switch (rule) {
    case quality_rule::sum:
      return "sum";
    case quality_rule::mean:
      return "mean";
    case quality_rule::each:
      return "each";
    case quality_rule::product:
      return "product";
  }
  return "";
}

}  // namespace shoal::assign
