// SPDX-License-Identifier: BSL-1.0
/// @file Crowd: many workers' labels of many items, as crowd-labelling data sets come.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "shoal/core/csv.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"

namespace shoal {

/// Different texts, numbered in the order of their first appearance.
class name_index {
 public:
  name_index() = default;
  name_index(name_index&&) = default;
  name_index& operator=(name_index&&) = default;

  /// Number of `text`, which is added on `line` when it is new.
  template <class = when_used>
  std::uint32_t add(std::string_view text, std::size_t line) {
    if (const auto at = numbers_.find(text); at != numbers_.end()) return at->second;
    const auto number = static_cast<std::uint32_t>(texts_.size());
    texts_.push_back(&numbers_.emplace(text, number).first->first);
    lines_.push_back(line);
    return number;
  }
  /// Number of `text`; empty when it was never added.
  template <class = when_used>
  std::optional<std::uint32_t> find(std::string_view text) const {
    const auto at = numbers_.find(text);
    return at == numbers_.end() ? std::nullopt : std::optional(at->second);
  }
  const std::string& operator[](std::size_t number) const { return *texts_[number]; }
  /// Line on which it first appeared.
  std::size_t line(std::size_t number) const { return lines_[number]; }
  std::size_t size() const { return texts_.size(); }

 private:
  struct hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  std::unordered_map<std::string, std::uint32_t, hash, std::equal_to<>> numbers_;
  std::vector<const std::string*> texts_;  // the keys: they stay where they are when the map grows or moves
  std::vector<std::size_t> lines_;
};

/// One worker's label of one item; the numbers are those of `crowd`.
struct crowd_label {
  std::uint32_t item = 0;
  std::uint32_t worker = 0;
  std::uint32_t label = 0;
  double at_s = 0;  ///< when, in the seconds of the column `time`; 0 without one
};

/// Many workers' labels of many items. The empty label means that the worker abstained.
struct crowd {
  name_index items{};
  name_index workers{};
  name_index labels{};
  std::vector<crowd_label> given{};  ///< in the order of the file
};

/// Reads `item,worker,label` and, where it is there, `time`; columns in any order, others skipped.
/// @throws csv_error when a column is missing, a row is malformed, or an item or worker is empty.
template <class = when_used>
crowd read_crowd(std::string_view csv) {
  if (csv.size() > std::numeric_limits<std::uint32_t>::max()) {
    throw csv_error(1, message(csv.size(), " bytes are more than labels can be numbered in"));
  }
  enum column : std::size_t { item, worker, label, time };
  csv_table rows(csv, {"item", "worker", "label"}, {"time"});
  crowd out;
  while (rows.next()) {
    out.given.push_back({out.items.add(rows.text(item), rows.line()),
                         out.workers.add(rows.text(worker), rows.line()),
                         out.labels.add(rows[label], rows.line()), rows.has(time) ? rows.number(time) : 0});
  }
  return out;
}

/// The number that each label spells; NaN for the empty one.
/// @throws csv_error  `line 7: label "red" is not a finite number`.
template <class = when_used>
std::vector<double> numbers_of(const name_index& labels) {
  std::vector<double> out;
  for (std::size_t l = 0; l < labels.size(); ++l) {
    const auto value =
        labels[l].empty() ? std::numeric_limits<double>::quiet_NaN() : finite_number(labels[l]);
    if (!value) {
      throw csv_error(labels.line(l), message("label ", quoted(labels[l]), " is not a finite number"));
    }
    out.push_back(*value);
  }
  return out;
}

}  // namespace shoal
