// SPDX-License-Identifier: BSL-1.0
/// @file Umbrella: the event-driven runtime, its policies for failures, health, the journal, simulations. Needs
/// Eigen alone; run/journal_file.hpp, which needs POSIX, is not in it.
#pragma once

#include "shoal/run/accounting.hpp"
#include "shoal/run/backoff.hpp"
#include "shoal/run/balance.hpp"
#include "shoal/run/circuit_breaker.hpp"
#include "shoal/run/energy_meter.hpp"
#include "shoal/run/event_executor.hpp"
#include "shoal/run/failure_detector.hpp"
#include "shoal/run/health.hpp"
#include "shoal/run/hedge.hpp"
#include "shoal/run/job_digest.hpp"
#include "shoal/run/journal.hpp"
#include "shoal/run/journal_answers.hpp"
#include "shoal/run/journal_writer.hpp"
#include "shoal/run/latency.hpp"
#include "shoal/run/measured.hpp"
#include "shoal/run/moment.hpp"
#include "shoal/run/rapl.hpp"
#include "shoal/run/resumed.hpp"
#include "shoal/run/retry_budget.hpp"
#include "shoal/run/sliding_counts.hpp"
#include "shoal/sim/mission.hpp"
#include "shoal/sim/shrink.hpp"
#include "shoal/sim/simulation.hpp"
#include "shoal/sim/virtual_time.hpp"
