// SPDX-License-Identifier: BSL-1.0
/// @file Decomposer concept: what splits a task into subtasks.
#pragma once

#include <concepts>

#include "shoal/task/graph.hpp"
#include "shoal/task/task.hpp"

namespace shoal::decompose {

/// A decomposer must conserve the task: every part of its text lands in the input of some subtask, once and
/// in order, so that the inputs put together give the text back. Edges carry data and form no cycle. The
/// task's instruction goes with every part. An empty text gives an empty graph (but for `given`, whose parts
/// may bring inputs of their own). Text that a policy cannot split (invalid UTF-8, over its size limit) is
/// refused with `invalid_task`.
/// @snippet examples/my_decomposer.cpp plug
template <class D>
concept decomposer = std::copy_constructible<D> && requires(const D& d, const task& t) {
  { d(t) } -> std::same_as<task_graph>;
};

}  // namespace shoal::decompose
