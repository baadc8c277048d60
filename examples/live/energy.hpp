// SPDX-License-Identifier: BSL-1.0
/// @file Energy: the processor's own counter where it can be read, operations counted otherwise.
#pragma once

#include <cstdint>
#include <fstream>
#include <optional>

namespace live {

/// Joules that the processor package has used (RAPL), or nothing where the system does not show them.
inline std::optional<double> package_joules() {
  std::ifstream counter("/sys/class/powercap/intel-rapl:0/energy_uj");
  std::uint64_t microjoules = 0;
  if (!(counter >> microjoules)) return std::nullopt;
  return 1e-6 * static_cast<double>(microjoules);
}

/// What one multiplication or addition is taken to cost where there is no counter: 10 Gop/s for each watt,
/// about what a server core does in single precision.
inline constexpr double joules_per_operation = 1e-10;

}  // namespace live
