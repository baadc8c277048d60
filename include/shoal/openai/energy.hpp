// SPDX-License-Identifier: BSL-1.0
/// @file Joules of this machine: RAPL's counters, or a command of the user's.
#pragma once

#include <charconv>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "shoal/infer/child_process.hpp"

namespace shoal::openai {

/// Reads a counter of joules that only grows; nothing where it cannot be read.
using energy_counter = std::function<std::optional<double>()>;

/// RAPL's counters of the processor packages, together; empty where there are none or they may not be read
/// (they often belong to root). They count what the whole machine does, and nothing of a graphics card.
/// Their wrapping is followed as long as no more than one falls between two readings (minutes apart at most).
/// @param folder  where the kernel shows them.
/// @source Linux, Documentation/power/powercap/powercap.rst.
inline energy_counter rapl_counter(const std::filesystem::path& folder = "/sys/class/powercap") {
  struct zone {
    std::filesystem::path file{};
    double range_j = 0;
    double last_j = 0;
  };
  const auto read = [](const std::filesystem::path& file) -> std::optional<double> {
    std::uint64_t microjoules = 0;
    std::ifstream stream(file);
    if (!(stream >> microjoules)) return std::nullopt;
    return static_cast<double>(microjoules) * 1e-6;
  };
  std::vector<zone> zones;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(folder, none)) {
    // "intel-rapl:0" is a package (AMD's are named so too); "intel-rapl:0:1" a part of it.
    const std::string name = entry.path().filename().string();
    if (name.rfind("intel-rapl:", 0) != 0 || name.find(':', 11) != std::string::npos) continue;
    const auto now = read(entry.path() / "energy_uj");
    const auto range = read(entry.path() / "max_energy_range_uj");
    if (now && range) zones.push_back({entry.path() / "energy_uj", *range, *now});
  }
  if (zones.empty()) return {};
  struct state {
    std::vector<zone> zones{};
    double total_j = 0;
  };
  return [s = std::make_shared<state>(state{std::move(zones), 0}), read]() -> std::optional<double> {
    for (zone& z : s->zones) {
      const auto now = read(z.file);
      if (!now) return std::nullopt;
      s->total_j += *now >= z.last_j ? *now - z.last_j : *now + z.range_j - z.last_j;
      z.last_j = *now;
    }
    return s->total_j;
  };
}

/// A command that prints the joules of a counter that only grows, as one number; it runs by `sh -c`.
inline energy_counter command_counter(std::string command) {
  return [c = std::move(command)]() -> std::optional<double> {
    try {
      const std::string said = infer::run_child({"sh", "-c", c}, "", {.output_bytes = 4096}, {});
      double joules = 0;
      const std::size_t start = said.find_first_not_of(" \t\n");
      if (start == std::string::npos) return std::nullopt;
      const auto end = std::from_chars(said.data() + start, said.data() + said.size(), joules);
      if (end.ec != std::errc() || !std::isfinite(joules)) return std::nullopt;
      return joules;
    } catch (const infer::failure&) {
      return std::nullopt;
    }
  };
}

}  // namespace shoal::openai
