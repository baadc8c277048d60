// SPDX-License-Identifier: BSL-1.0
/// @file Umbrella: rankings, means that hold when some sources do not, and when answers are enough. Needs
/// Eigen alone.
#pragma once

#include "shoal/aggregate/ranking.hpp"
#include "shoal/aggregate/rankings.hpp"
#include "shoal/aggregate/robust_means.hpp"
#include "shoal/aggregate/robust_vectors.hpp"
#include "shoal/aggregate/stopping.hpp"
#include "shoal/aggregate/until.hpp"
