// SPDX-License-Identifier: BSL-1.0
/// @file Keepers: whoever writes down what a run has reached, so that another process can go on from there.
#pragma once

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/run/moment.hpp"
#include "shoal/task/answer.hpp"

namespace shoal::run {

/// An answer that an earlier run of the same job got.
template <class Value = std::string>
struct kept_answer {
  std::size_t model = 0;  ///< index in the fleet
  answer<Value> what{};
};

/// A keeper is told on the executor's thread, `asked` before the model is asked and `answered` before the
/// answer counts. What it throws ends the run and leaves the executor: a run that cannot be kept is not run.
/// `past(k)` are the answers that subtask k has already, of replicas that are not asked again. `sync` is called
/// at `sync_due()`, the end of time where there is nothing to do.
template <class K, class Value = std::string>
concept keeper = requires(K& keep, std::size_t i, const answer<Value>& a, std::string_view text,
                          time_point now) {
  { keep.past(i) } -> std::convertible_to<std::vector<kept_answer<Value>>>;
  { keep.done(i) } -> std::convertible_to<bool>;  // no further replica of it is asked
  keep.asked(i, i, i, text, now);                 // subtask, model, attempt, idempotency key
  keep.answered(i, i, i, a, now);
  keep.finished(i, now);
  keep.gave_up(i, text, now);
  keep.ended(text, now);
  { keep.sync_due() } -> std::same_as<time_point>;
  keep.sync();
};

/// Keeps nothing.
struct no_keeper {
  template <class... Whatever>
  void asked(const Whatever&...) const {}
  template <class... Whatever>
  void answered(const Whatever&...) const {}
  template <class... Whatever>
  void finished(const Whatever&...) const {}
  template <class... Whatever>
  void gave_up(const Whatever&...) const {}
  template <class... Whatever>
  void ended(const Whatever&...) const {}
  time_point sync_due() const { return time_point::max(); }
  void sync() const {}
};

}  // namespace shoal::run
