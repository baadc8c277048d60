// SPDX-License-Identifier: BSL-1.0
/// @file Resumed run: where every subtask stood when the journal ends.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/run/journal.hpp"

namespace shoal::run {

/// An answer that a journal holds.
struct journalled_answer {
  std::size_t model = 0;  ///< index in the fleet
  std::size_t attempt = 1;
  double at_s = 0;      ///< seconds since the run began
  std::string bytes{};  ///< as `encoded` wrote it
};

/// A call whose end the journal does not know: it may have been answered, and paid, all the same.
struct open_call {
  std::size_t model = 0;  ///< index in the fleet
  std::size_t attempt = 1;
  std::string idempotency_key{};  ///< to ask again with
};

/// Where one subtask stood.
struct resumed_subtask {
  bool finished = false;                     ///< it has its answer, and is not run again
  std::optional<std::string> gave_up{};      ///< it ended without one; why
  std::vector<journalled_answer> answers{};  ///< the first of each model, in the order in which they came
  std::vector<open_call> open{};             ///< the last of each model that was asked and did not answer
};

/// Where a run stood.
struct resumed_run {
  std::string id{};                         ///< of the run
  std::vector<resumed_subtask> subtasks{};  ///< in the graph's order
  bool ended = false;                       ///< it came to its end
  double at_s = 0;                          ///< the latest time of a record, seconds since the run began
};

/// Plays a journal's records. Each result counts once: a second answer of a model for a subtask, and what
/// comes after a subtask has ended, changes nothing; but one that was given up is open again once a model is
/// asked for it anew, as a run does that is resumed later.
/// @throws journal_error  a subtask or model is out of range: it is of another job.
/// @complexity O(records x models asked for one subtask).
template <class = when_used>
resumed_run resume(const std::vector<journal_record>& records, std::size_t subtasks, std::size_t models) {
  resumed_run out;
  out.subtasks.resize(subtasks);
  for (const journal_record& r : records) {
    out.at_s = std::max(out.at_s, r.at_s);
    if (r.kind == journal_kind::begun) {
      out.id = r.text;
      continue;
    }
    if (r.kind == journal_kind::ended) {
      out.ended = true;
      continue;
    }
    const bool of_model = r.kind == journal_kind::asked || r.kind == journal_kind::answered;
    if (r.subtask >= subtasks || (of_model && r.model >= models)) {
      throw journal_error(message("the journal tells of subtask ", r.subtask, " and model ", r.model,
                                  ", but the job has ", subtasks, " subtasks and ", models, " models"));
    }
    resumed_subtask& s = out.subtasks[r.subtask];
    if (r.kind == journal_kind::asked && !s.finished) {
      s.gave_up.reset();
      out.ended = false;
    }
    if (s.finished || s.gave_up) continue;
    const auto same_model = [&](const auto& x) { return x.model == r.model; };
    if (r.kind == journal_kind::finished) {
      s.finished = true;
      s.open.clear();
    } else if (r.kind == journal_kind::gave_up) {
      s.gave_up = r.text;
      s.open.clear();
    } else if (std::none_of(s.answers.begin(), s.answers.end(), same_model)) {
      std::erase_if(s.open, same_model);
      if (r.kind == journal_kind::asked) {
        s.open.push_back({r.model, r.attempt, r.text});
      } else {
        s.answers.push_back({r.model, r.attempt, r.at_s, r.text});
      }
    }
  }
  return out;
}

}  // namespace shoal::run
