// SPDX-License-Identifier: BSL-1.0
/// @file Matrix aliases. Every figure of "model i at subtask k" is a matrix of models x subtasks.
#pragma once

#include <Eigen/Core>

namespace shoal {

/// Figures of models at subtasks: rows are models, columns are subtasks.
using matrix = Eigen::ArrayXXd;

/// One figure for each model, or for each subtask.
using vector = Eigen::ArrayXd;

/// Yes or no for each model at each subtask: rows are models, columns are subtasks.
using mask = Eigen::Array<bool, Eigen::Dynamic, Eigen::Dynamic>;

}  // namespace shoal
