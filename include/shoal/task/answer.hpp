// SPDX-License-Identifier: BSL-1.0
/// @file Answer record: a value, who gave it, how sure it is, when it came, and what it cost.
#pragma once

#include <cstdint>
#include <string>

namespace shoal {

/// What a request used up.
struct usage {
  std::uint64_t input_tokens = 0;
  std::uint64_t output_tokens = 0;
  double time_s = 0;    ///< seconds, >= 0
  double energy_j = 0;  ///< joules, >= 0

  usage& operator+=(const usage& other) {
    input_tokens += other.input_tokens;
    output_tokens += other.output_tokens;
    time_s += other.time_s;
    energy_j += other.energy_j;
    return *this;
  }
  friend bool operator==(const usage&, const usage&) = default;
};

/// One model's answer to one subtask. The figures of its source stand beside the value, so that aggregation
/// needs nothing but answers.
template <class Value = std::string>
struct answer {
  Value value{};
  std::string source{};   ///< name of the model
  double confidence = 1;  ///< the model's own, [0, 1]
  double accuracy = 1;    ///< P_i of its source, [0, 1]
  double relevance = 1;   ///< R_i of its source, [0, 1]
  double at_s = 0;        ///< when it was given: seconds since an epoch that is the same for all answers
  std::string group{};    ///< group of its source; empty: none
  bool abstains = false;  ///< the model answered that it does not know; its value counts for nothing
  usage used{};
};

}  // namespace shoal
