// SPDX-License-Identifier: BSL-1.0
/// @file The exception of an exact method that does not get through within its bound.
#pragma once

#include "shoal/core/error.hpp"

namespace shoal::survive {

/// An exact method was asked for and did not get through within its memory or its steps; the text says which.
struct limit_reached : error {
  using error::error;
};

}  // namespace shoal::survive
