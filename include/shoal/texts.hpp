// SPDX-License-Identifier: BSL-1.0
/// @file Umbrella: how alike texts are, and the text in their middle. Needs Eigen alone.
#pragma once

#include "shoal/aggregate/bleu.hpp"
#include "shoal/aggregate/chrf.hpp"
#include "shoal/aggregate/medoid.hpp"
#include "shoal/aggregate/ngrams.hpp"
#include "shoal/aggregate/normalized.hpp"
#include "shoal/aggregate/rover.hpp"
#include "shoal/aggregate/ter.hpp"
#include "shoal/aggregate/text_tokens.hpp"
#include "shoal/core/unicode.hpp"
#include "shoal/core/unicode_tables.hpp"
