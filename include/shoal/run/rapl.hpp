// SPDX-License-Identifier: BSL-1.0
/// @file RAPL: what the processors and the memory of this machine use, as the processors count it (Linux).
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"

namespace shoal::run {

/// Joules of all processor packages and their memory since the meter was made, by the counters that Linux
/// shows under /sys/class/powercap (Intel and AMD). Only root may read them since Linux 5.10, unless the
/// files' rights say otherwise. A counter that wraps around is followed, if it is read at least once on each
/// way round: some 20 minutes at 200 W.
/// @source Linux kernel, Documentation/power/powercap/powercap.rst.
class rapl_meter {
 public:
  /// @param root  the folder of the zones.
  explicit rapl_meter(std::string root = "/sys/class/powercap") { find(root); }

  /// False where there are no such counters, or they may not be read.
  bool available() const { return !zones_.empty(); }

  /// Joules since the meter was made; empty where a counter cannot be read.
  /// @complexity one small file for each zone.
  std::optional<double> joules() { return sum(); }

  /// Names of the zones that are counted: "package-0", "dram".
  std::vector<std::string> zones() const {
    std::vector<std::string> out;
    for (const zone& z : zones_) out.push_back(z.name);
    return out;
  }

 private:
  struct zone {
    std::string name{};
    std::string file{};
    std::uint64_t wraps_at_uj = 0;
    std::uint64_t last_uj = 0;
    std::uint64_t used_uj = 0;
  };

  template <class = when_used>
  static std::optional<std::string> line(const std::string& path) {
    std::FILE* const file = std::fopen(path.c_str(), "rb");
    if (file == nullptr) return std::nullopt;
    char buffer[128];
    const std::size_t got = std::fread(buffer, 1, sizeof buffer, file);
    std::fclose(file);
    const std::string_view text(buffer, got);
    const std::string_view first = text.substr(0, text.find('\n'));
    if (first.empty()) return std::nullopt;
    return std::string(first);
  }

  template <class = when_used>
  static std::optional<std::uint64_t> number(const std::string& path) {
    const std::optional<std::string> text = line(path);
    std::uint64_t out = 0;
    if (!text) return std::nullopt;
    const auto [end, bad] = std::from_chars(text->data(), text->data() + text->size(), out);
    if (bad != std::errc{} || end != text->data() + text->size()) return std::nullopt;
    return out;
  }

  // Zones are numbered without gaps. A package holds its cores, so those are not counted beside it; its
  // memory it does not hold.
  template <class = when_used>
  void find(const std::string& root) {
    for (std::size_t package = 0;; ++package) {
      const std::string folder = message(root, "/intel-rapl:", package);
      const std::optional<std::string> name = line(folder + "/name");
      if (!name) break;
      if (name->rfind("package", 0) != 0) continue;
      add(*name, folder);
      for (std::size_t part = 0;; ++part) {
        const std::string inner = message(root, "/intel-rapl:", package, ":", part);
        const std::optional<std::string> of = line(inner + "/name");
        if (!of) break;
        if (*of == "dram") add(*of, inner);
      }
    }
  }

  template <class = when_used>
  void add(const std::string& name, const std::string& folder) {
    const auto now = number(folder + "/energy_uj");
    const auto wraps_at = number(folder + "/max_energy_range_uj");
    if (now && wraps_at) zones_.push_back({name, folder + "/energy_uj", *wraps_at, *now, 0});
  }

  template <class = when_used>
  std::optional<double> sum() {
    if (zones_.empty()) return std::nullopt;
    double out = 0;
    for (zone& z : zones_) {
      const std::optional<std::uint64_t> now = number(z.file);
      if (!now) return std::nullopt;
      z.used_uj += *now >= z.last_uj ? *now - z.last_uj : z.wraps_at_uj - z.last_uj + *now;
      z.last_uj = *now;
      out += 1e-6 * static_cast<double>(z.used_uj);
    }
    return out;
  }

  std::vector<zone> zones_{};
};

}  // namespace shoal::run
