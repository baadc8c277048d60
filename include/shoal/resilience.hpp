// SPDX-License-Identifier: BSL-1.0
/// @file Umbrella: retries, hedges, circuit breakers, load balancing and health. Needs Eigen alone.
#pragma once

#include "shoal/run/backoff.hpp"
#include "shoal/run/balance.hpp"
#include "shoal/run/circuit_breaker.hpp"
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
#include "shoal/run/resumed.hpp"
#include "shoal/run/retry_budget.hpp"
#include "shoal/run/sliding_counts.hpp"
