// SPDX-License-Identifier: BSL-1.0
/// @file Umbrella: who watches runs. Metrics, progress bars, recorders and the page of a run. Needs Eigen
/// alone.
#pragma once

#include "shoal/core/svg.hpp"
#include "shoal/run/amounts.hpp"
#include "shoal/run/call_counts.hpp"
#include "shoal/run/call_tracker.hpp"
#include "shoal/run/progress_bar.hpp"
#include "shoal/run/prometheus.hpp"
#include "shoal/run/recorder.hpp"
#include "shoal/run/report_page.hpp"
#include "shoal/run/report_style.hpp"
#include "shoal/run/timeline.hpp"
#include "shoal/run/timeline_lanes.hpp"
