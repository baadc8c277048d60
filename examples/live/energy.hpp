// SPDX-License-Identifier: BSL-1.0
/// @file Energy: the processor's own counter where it can be read, operations counted otherwise.
#pragma once

#include <optional>

#include "shoal/run/rapl.hpp"

namespace live {

/// Joules that processors and memory have used since the first call (RAPL), or nothing where the system does
/// not show them.
inline std::optional<double> package_joules() {
  static shoal::run::rapl_meter meter;
  return meter.joules();
}

/// What one multiplication or addition is taken to cost where there is no counter: 10 Gop/s for each watt,
/// about what a server core does in single precision.
inline constexpr double joules_per_operation = 1e-10;

}  // namespace live
