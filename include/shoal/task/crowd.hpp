// SPDX-License-Identifier: BSL-1.0
/// @file Crowd: many workers' labels of many items, as crowd-labelling data sets come.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
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
  /// @complexity O(text) on average.
  template <class = when_used>
  std::uint32_t add(std::string_view text, std::size_t line) {
    if (2 * (texts_.size() + 1) > slots_.size()) grow();
    const std::uint64_t key = hash(text);
    slot& s = slots_[place(text, key)];
    if (s.number == none) {
      s = {static_cast<std::uint32_t>(key >> 32U), static_cast<std::uint32_t>(texts_.size())};
      texts_.emplace_back(text);
      lines_.push_back(line);
    }
    return s.number;
  }
  /// Number of `text`; empty when it was never added.
  template <class = when_used>
  std::optional<std::uint32_t> find(std::string_view text) const {
    if (slots_.empty()) return std::nullopt;
    const slot& s = slots_[place(text, hash(text))];
    return s.number == none ? std::nullopt : std::optional(s.number);
  }
  /// The text; it stays where it is until another is added.
  const std::string& operator[](std::size_t number) const { return texts_[number]; }
  /// Line on which it first appeared.
  std::size_t line(std::size_t number) const { return lines_[number]; }
  std::size_t size() const { return texts_.size(); }

 private:
  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

  struct slot {
    std::uint32_t tag =
        0;  // the upper half of the hash: most texts that differ are told apart without being read
    std::uint32_t number = none;
  };

  static std::uint64_t hash(std::string_view text) {
    std::uint64_t out = 0x9E3779B97F4A7C15U ^ text.size();
    while (!text.empty()) {
      const std::size_t step = text.size() < 8 ? text.size() : 8;
      std::uint64_t eight = 0;
      std::memcpy(&eight, text.data(), step);
      out = (out ^ eight) * 0xFF51AFD7ED558CCDU;
      out ^= out >> 32U;
      text.remove_prefix(step);
    }
    out *= 0xC4CEB9FE1A85EC53U;
    return out ^ (out >> 29U);
  }
  std::size_t place(std::string_view text, std::uint64_t key) const {
    const std::size_t last_slot = slots_.size() - 1;
    const auto tag = static_cast<std::uint32_t>(key >> 32U);
    for (std::size_t at = key & last_slot;; at = (at + 1) & last_slot) {
      const slot& s = slots_[at];
      if (s.number == none || (s.tag == tag && texts_[s.number] == text)) return at;
    }
  }
  template <class = when_used>
  void grow() {
    slots_.assign(slots_.empty() ? 16 : 2 * slots_.size(), slot{});
    for (std::uint32_t number = 0; number < texts_.size(); ++number) {
      const std::uint64_t key = hash(texts_[number]);
      slots_[place(texts_[number], key)] = {static_cast<std::uint32_t>(key >> 32U), number};
    }
  }

  std::vector<slot> slots_;  // a power of two of them, at most half of them taken
  std::vector<std::string> texts_;
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

/// Reads `item,worker,label` and, where it is there, `time`; columns in any order, others skipped. Without a
/// column `label`, `text` is read in its place.
/// @throws csv_error when a column is missing, a row is malformed, or an item or worker is empty.
template <class = when_used>
crowd read_crowd(std::string_view csv) {
  if (csv.size() > std::numeric_limits<std::uint32_t>::max()) {
    throw csv_error(1, message(csv.size(), " bytes are more than labels can be numbered in"));
  }
  enum column : std::size_t { item, worker, label_or_text, time, text };
  csv_table rows(csv, {"item", "worker"}, {"label", "time", "text"});
  if (!rows.has(label_or_text) && !rows.has(text)) {
    throw csv_error(rows.line(), "the header has no column \"label\"");
  }
  const std::size_t label = rows.has(label_or_text) ? label_or_text : text;
  crowd out;
  // Items mostly stand together.
  std::uint32_t last = 0;
  while (rows.next()) {
    const std::string_view name = rows.text(item);
    if (out.items.size() == 0 || out.items[last] != name) last = out.items.add(name, rows.line());
    out.given.push_back({last, out.workers.add(rows.text(worker), rows.line()),
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
