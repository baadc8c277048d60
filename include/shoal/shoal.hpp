// SPDX-License-Identifier: BSL-1.0
/// @file Everything that needs Eigen alone.
#pragma once

#include "shoal/aggregate/aggregator.hpp"
#include "shoal/aggregate/result.hpp"
#include "shoal/assign/evaluate.hpp"
#include "shoal/assign/solver.hpp"
#include "shoal/core/csv.hpp"
#include "shoal/core/error.hpp"
#include "shoal/core/log_domain.hpp"
#include "shoal/core/matrix.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/random.hpp"
#include "shoal/core/utf8.hpp"
#include "shoal/decompose/decomposer.hpp"
#include "shoal/infer/backend.hpp"
#include "shoal/infer/failure.hpp"
#include "shoal/model/descriptor.hpp"
#include "shoal/model/fleet.hpp"
#include "shoal/task/answer.hpp"
#include "shoal/task/graph.hpp"
#include "shoal/version.hpp"
