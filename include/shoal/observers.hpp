// SPDX-License-Identifier: BSL-1.0
/// @file Umbrella: who watches runs. Metrics, progress bars, recorders and the page of a run. Needs Eigen
/// alone.
#pragma once

#include "shoal/run/call_counts.hpp"
#include "shoal/run/call_tracker.hpp"
#include "shoal/run/progress_bar.hpp"
#include "shoal/run/prometheus.hpp"
