// SPDX-License-Identifier: BSL-1.0
/// @file Exceptions: what shoal throws, and when.
///
/// Bad input is refused at the door, before anything runs, by an exception whose text names the culprit and
/// its value. An expected outcome (infeasible, no quorum, a backend that failed) is a value, never an
/// exception.
#pragma once

#include <stdexcept>

namespace shoal {

/// Base of everything that shoal throws.
struct error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Input that was refused; the text names the culprit and its value.
struct bad_input : error {
  using error::error;
};

/// A model descriptor or a fleet with a figure out of range, or a name used twice.
struct invalid_model : bad_input {
  using bad_input::bad_input;
};

/// A task or subtask with a figure out of range, or text that is not UTF-8.
struct invalid_task : bad_input {
  using bad_input::bad_input;
};

/// A task graph with a cycle, a name used twice, or an edge to nowhere.
struct invalid_graph : bad_input {
  using bad_input::bad_input;
};

/// An assignment problem whose shapes, figures or objective make no sense.
struct invalid_problem : bad_input {
  using bad_input::bad_input;
};

/// A policy, calculator or function called with an argument out of its range.
struct invalid_argument : bad_input {
  using bad_input::bad_input;
};

}  // namespace shoal
