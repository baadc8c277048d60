// SPDX-License-Identifier: BSL-1.0
/// @file ROVER: one text made of several, word by word.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/aggregate/aggregator.hpp"
#include "shoal/aggregate/answer_weights.hpp"
#include "shoal/aggregate/weigh.hpp"
#include "shoal/aggregate/weights.hpp"
#include "shoal/core/when_used.hpp"

namespace shoal::aggregate {

namespace detail {

/// The words that texts have at one place, and how much weight each has; no word is a word, too.
struct rover_place {
  struct line {
    std::string_view word{};  ///< empty: none
    double weight = 0;
  };
  std::vector<line> lines{};

  template <class = when_used>
  void vote(std::string_view word, double weight) {
    for (auto& l : lines) {
      if (l.word != word) continue;
      l.weight += weight;
      return;
    }
    lines.push_back({word, weight});
  }
  bool has(std::string_view word) const {
    for (const auto& l : lines)
      if (l.word == word) return true;
    return false;
  }
};

/// Aligns a text's words with the places by least edits, and adds its votes. `before` is the weight of the
/// texts that are there already.
/// @complexity O(words x places x words at a place).
template <class Places>
void add_text(Places& places, const std::vector<std::string_view>& words, double weight, double before) {
  const std::size_t rows = places.size() + 1;
  const std::size_t columns = words.size() + 1;
  std::vector<std::size_t> cost(rows * columns, 0);
  const auto pair = [&](std::size_t i, std::size_t j) { return places[i].has(words[j]) ? 0U : 1U; };
  const auto skip = [&](std::size_t i) { return places[i].has({}) ? 0U : 1U; };
  for (std::size_t j = 1; j < columns; ++j) cost[j] = j;
  for (std::size_t i = 1; i < rows; ++i) {
    cost[i * columns] = cost[(i - 1) * columns] + skip(i - 1);
    for (std::size_t j = 1; j < columns; ++j) {
      const std::size_t across = cost[(i - 1) * columns + j - 1] + pair(i - 1, j - 1);
      const std::size_t down = cost[(i - 1) * columns + j] + skip(i - 1);
      const std::size_t right = cost[i * columns + j - 1] + 1;
      cost[i * columns + j] = std::min(across, std::min(down, right));
    }
  }
  Places out;
  std::size_t i = rows - 1;
  std::size_t j = columns - 1;
  while (i > 0 || j > 0) {
    const std::size_t here = cost[i * columns + j];
    if (i > 0 && j > 0 && here == cost[(i - 1) * columns + j - 1] + pair(i - 1, j - 1)) {
      out.push_back(std::move(places[--i]));
      out.back().vote(words[--j], weight);
    } else if (i > 0 && here == cost[(i - 1) * columns + j] + skip(i - 1)) {
      out.push_back(std::move(places[--i]));
      out.back().vote({}, weight);
    } else {
      out.emplace_back();
      out.back().vote({}, before);
      out.back().vote(words[--j], weight);
    }
  }
  std::reverse(out.begin(), out.end());
  places = std::move(out);
}

template <class = when_used>
std::vector<std::string_view> words_at_blanks(std::string_view text) {
  std::vector<std::string_view> out;
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
  for (std::size_t at = 0; at < text.size();) {
    if (blank(text[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && !blank(text[end])) ++end;
    out.push_back(text.substr(at, end - at));
    at = end;
  }
  return out;
}

}  // namespace detail

/// A text of the words that have most weight behind them at their place: texts are aligned one after the
/// other, the heaviest first, and each place is voted on; of words with the same weight the one that came
/// first wins. Words are what white space parts; they are joined by single spaces. `confidence` is the mean
/// share of the weight behind the places' winners, `margin` the least lead of a winner.
/// @complexity O(texts x words^2).
/// @source Fiscus 1997, "A post-processing system to yield reduced word error rates: recognizer output voting
/// error reduction (ROVER)", ASRU.
template <class Weight = equal_weight>
struct rover {
  [[no_unique_address]] Weight weight{};

  template <class Value>
  requires std::same_as<Value, std::string> && answer_weight<Weight, Value> result<Value>
  operator()(std::span<const answer<Value>> answers) const {
    auto w = weigh(answers, weight);
    auto out = detail::counts_of<Value>(w);
    if (w.answers.empty()) return out;
    std::stable_sort(w.answers.begin(), w.answers.end(),
                     [](const auto& a, const auto& b) { return a.relative > b.relative; });
    std::vector<detail::rover_place> places;
    double before = 0;
    for (const auto& a : w.answers) {
      detail::add_text(places, detail::words_at_blanks(a.from->value), a.relative, before);
      before += a.relative;
    }
    std::string text;
    double share = 0;
    out.margin = 1;
    for (const auto& place : places) {
      const auto* best = &place.lines.front();
      for (const auto& l : place.lines)
        if (l.weight > best->weight && !detail::same_weight(l.weight, best->weight)) best = &l;
      double next = 0;
      for (const auto& l : place.lines)
        if (&l != best && l.weight > next) next = l.weight;
      out.tie = out.tie || (next > 0 && detail::same_weight(next, best->weight));
      share += best->weight / before;
      out.margin = std::min(out.margin, std::max(0.0, (best->weight - next) / before));
      if (best->word.empty()) continue;
      if (!text.empty()) text += ' ';
      text += best->word;
    }
    out.value = std::move(text);
    out.why = reason::decided;
    out.confidence = places.empty() ? 1 : std::min(1.0, share / static_cast<double>(places.size()));
    return out;
  }
};
rover()->rover<equal_weight>;
template <class Weight>
rover(Weight) -> rover<Weight>;

static_assert(aggregator<rover<>, std::string>);

}  // namespace shoal::aggregate
