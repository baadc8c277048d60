// SPDX-License-Identifier: BSL-1.0
/// @file Label matrix: who gave which label to which item, compact, for methods that look at all items at
/// once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/task/crowd.hpp"

namespace shoal::aggregate {

/// Labels of `items` items by `workers` workers out of `classes` classes, all numbered from 0. The labels of
/// item i stand at [begin[i], begin[i + 1]), by growing worker, so that equal sets of labels are equal
/// matrices. Eight bytes a label and eight an item.
struct label_matrix {
  std::size_t items = 0;
  std::size_t workers = 0;
  std::size_t classes = 0;
  std::vector<std::size_t> begin{0};    ///< items + 1 places in the two arrays below
  std::vector<std::uint32_t> worker{};  ///< who, of each label
  std::vector<std::uint32_t> label{};   ///< what, of each label
  std::size_t abstained = 0;            ///< workers that said of an item that they do not know
  std::size_t discarded = 0;            ///< labels that a newer one of the same worker replaced

  std::size_t size() const { return label.size(); }
};

/// A label that says that the worker does not know.
inline constexpr std::uint32_t no_label = std::numeric_limits<std::uint32_t>::max();

/// What becomes of several labels of one worker for one item.
enum class repeats {
  newest,  ///< the newest counts, of several at one time the smallest; an abstention that is newest silences
  count    ///< each counts
};

namespace detail {

/// Stable counting sort: the places 0 .. n - 1 of `order`, by growing key.
template <class Key>
std::vector<std::uint32_t> sorted_by(const std::vector<std::uint32_t>& order, std::size_t keys,
                                     const Key& key_of) {
  std::vector<std::uint32_t> at(keys + 1, 0);
  for (const std::uint32_t i : order) ++at[key_of(i) + 1];
  for (std::size_t k = 0; k < keys; ++k) at[k + 1] += at[k];
  std::vector<std::uint32_t> out(order.size());
  for (const std::uint32_t i : order) out[at[key_of(i)]++] = i;
  return out;
}

/// Whether `a` takes the place of `b`, a label of the same worker for the same item.
inline bool replaces(const crowd_label& a, const crowd_label& b) {
  if (a.at_s > b.at_s || a.at_s < b.at_s) return a.at_s > b.at_s;
  return a.label < b.label;  // no_label is the largest: at one time a label outdoes an abstention
}

}  // namespace detail

/// The matrix of labels whose items, workers and classes are numbered already; the order of `given` does not
/// matter. A label `no_label` is an abstention.
/// @throws invalid_argument  where a number is out of range.
/// @complexity O(labels + items + workers).
template <class Labels>
label_matrix make_label_matrix(const Labels& given, std::size_t items, std::size_t workers,
                               std::size_t classes, repeats rule = repeats::newest) {
  label_matrix out;
  out.items = items;
  out.workers = workers;
  out.classes = classes;
  const std::size_t n = given.size();
  if (n >= no_label)
    throw invalid_argument(message("label matrix: ", n, " labels are more than can be numbered"));
  std::vector<std::uint32_t> order(n);
  for (std::size_t i = 0; i < n; ++i) {
    const crowd_label& g = given[i];
    if (g.item >= items)
      throw invalid_argument(message("label ", i, ": item ", g.item, " is not below ", items));
    if (g.worker >= workers)
      throw invalid_argument(message("label ", i, ": worker ", g.worker, " is not below ", workers));
    if (g.label >= classes && g.label != no_label)
      throw invalid_argument(message("label ", i, ": class ", g.label, " is not below ", classes));
    order[i] = static_cast<std::uint32_t>(i);
  }
  order = detail::sorted_by(order, workers, [&](std::uint32_t i) { return given[i].worker; });
  order = detail::sorted_by(order, items, [&](std::uint32_t i) { return given[i].item; });
  out.begin.assign(items + 1, 0);
  out.worker.reserve(n);
  out.label.reserve(n);
  const auto take = [&](const crowd_label& g) {
    if (g.label == no_label) {
      ++out.abstained;
      return;
    }
    out.worker.push_back(g.worker);
    out.label.push_back(g.label);
  };
  std::size_t at = 0;
  for (std::size_t item = 0; item < items; ++item) {
    while (at < n && given[order[at]].item == item) {
      const std::size_t first = at++;
      const auto same_worker = [&] {
        return at < n && given[order[at]].item == item &&
               given[order[at]].worker == given[order[first]].worker;
      };
      if (rule == repeats::newest) {
        std::size_t best = first;
        for (; same_worker(); ++at, ++out.discarded)
          if (detail::replaces(given[order[at]], given[order[best]])) best = at;
        take(given[order[best]]);
      } else {
        // Labels of one worker stand by growing class, so that the order in which they came is forgotten.
        while (same_worker()) ++at;
        for (std::size_t i = first + 1; i < at; ++i)
          for (std::size_t j = i; j > first && given[order[j]].label < given[order[j - 1]].label; --j) {
            const auto other = order[j];
            order[j] = order[j - 1];
            order[j - 1] = other;
          }
        for (std::size_t i = first; i < at; ++i) take(given[order[i]]);
      }
    }
    out.begin[item + 1] = out.label.size();
  }
  return out;
}

/// The same labels with the two sides exchanged: the workers are the items. One worker's labels stand side by
/// side, by growing item.
/// @complexity O(labels + items + workers).
template <class = when_used>
label_matrix by_worker(const label_matrix& m) {
  label_matrix out;
  out.items = m.workers;
  out.workers = m.items;
  out.classes = m.classes;
  out.abstained = m.abstained;
  out.discarded = m.discarded;
  out.begin.assign(m.workers + 1, 0);
  out.worker.resize(m.size());
  out.label.resize(m.size());
  for (const std::uint32_t w : m.worker) ++out.begin[w + 1];
  for (std::size_t w = 0; w < m.workers; ++w) out.begin[w + 1] += out.begin[w];
  auto at = out.begin;
  for (std::size_t i = 0; i < m.items; ++i)
    for (std::size_t v = m.begin[i]; v < m.begin[i + 1]; ++v) {
      const std::size_t to = at[m.worker[v]]++;
      out.worker[to] = static_cast<std::uint32_t>(i);
      out.label[to] = m.label[v];
    }
  return out;
}

}  // namespace shoal::aggregate
