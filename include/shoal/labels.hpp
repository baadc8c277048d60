// SPDX-License-Identifier: BSL-1.0
/// @file Umbrella: what many workers' labels, numbers and duels say together, and the table that
/// they come in. Needs Eigen alone.
#pragma once

#include "shoal/aggregate/auto_labels.hpp"
#include "shoal/aggregate/bradley_terry.hpp"
#include "shoal/aggregate/confusion_em.hpp"
#include "shoal/aggregate/dawid_skene.hpp"
#include "shoal/aggregate/decorrelated_vote.hpp"
#include "shoal/aggregate/glad.hpp"
#include "shoal/aggregate/ibcc.hpp"
#include "shoal/aggregate/inverse_variance.hpp"
#include "shoal/aggregate/label_estimate.hpp"
#include "shoal/aggregate/label_matrix.hpp"
#include "shoal/aggregate/label_vote.hpp"
#include "shoal/aggregate/running_labels.hpp"
#include "shoal/aggregate/shared_mistakes.hpp"
#include "shoal/aggregate/stack.hpp"
#include "shoal/aggregate/worker_changes.hpp"
#include "shoal/aggregate/worker_pairs.hpp"
#include "shoal/core/csv.hpp"
#include "shoal/infer/recorded_answers.hpp"
#include "shoal/task/crowd.hpp"
