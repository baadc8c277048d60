// SPDX-License-Identifier: BSL-1.0
/// @file Everything for a large and a small model that work together. Needs Eigen alone.
#pragma once

#include "shoal/hybrid/batch.hpp"
#include "shoal/hybrid/beam.hpp"
#include "shoal/hybrid/cascade.hpp"
#include "shoal/hybrid/choice.hpp"
#include "shoal/hybrid/confidence.hpp"
#include "shoal/hybrid/cost_model.hpp"
#include "shoal/hybrid/generate.hpp"
#include "shoal/hybrid/llm_to_slm.hpp"
#include "shoal/hybrid/model.hpp"
#include "shoal/hybrid/projector.hpp"
#include "shoal/hybrid/speculative.hpp"
#include "shoal/hybrid/text_model.hpp"
