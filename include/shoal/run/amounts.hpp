// SPDX-License-Identifier: BSL-1.0
/// @file Amounts in words that people read: times, energies, counts.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"

namespace shoal::run::detail {

/// "0:07", "12:40", "3:05:00"; "-" for what is no time.
template <class = when_used>
std::string clock_text(double seconds) {
  if (!(seconds >= 0 && seconds < 1e9)) return "-";
  const auto whole = static_cast<std::uint64_t>(seconds);
  const auto two = [](std::uint64_t n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  const std::string tail = ":" + two(whole % 60);
  return whole < 3600 ? std::to_string(whole / 60) + tail
                      : std::to_string(whole / 3600) + ":" + two(whole / 60 % 60) + tail;
}

/// A number of three digits with its unit: "7.25 J", "31.4 kJ".
template <class = when_used>
std::string amount_text(double value, std::string_view unit) {
  constexpr std::string_view prefixes[] = {"", "k", "M", "G", "T", "P"};
  std::size_t p = 0;
  while (value >= 999.5 && p + 1 < std::size(prefixes)) {
    value /= 1000;
    ++p;
  }
  if (!(value < 999.5)) return message("over 999 ", prefixes[p], unit);
  const double step = value >= 99.95 ? 1 : value >= 9.995 ? 10 : 100;
  return message(std::round(value * step) / step, ' ', prefixes[p], unit);
}

/// "384 ms", "12.4 s", "3:05 min", "2:03:05 h".
template <class = when_used>
std::string seconds_text(double s) {
  const auto digits = [](double value) {  // three of them
    const double step = value >= 99.95 ? 1 : value >= 9.995 ? 10 : 100;
    return to_text(std::round(value * step) / step);
  };
  if (!(s > 0)) return "0 s";
  if (s < 0.9995e-3) return digits(1e6 * s) + " \u00B5s";
  if (s < 0.9995) return digits(1e3 * s) + " ms";
  if (s < 119.95) return digits(s) + " s";
  if (!(s < 1e12)) return "\u221E";
  const auto whole = static_cast<long long>(std::round(s));
  const auto two = [](long long n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  if (whole < 3600) return message(whole / 60, ':', two(whole % 60), " min");
  return message(whole / 3600, ':', two(whole / 60 % 60), ':', two(whole % 60), " h");
}

/// "12,032".
template <class = when_used>
std::string count_text(std::uint64_t n) {
  std::string out = std::to_string(n);
  for (std::size_t at = out.size(); at > 3;) out.insert(at -= 3, 1, ',');
  return out;
}

/// "7.7 %"; "0 %" of nothing.
template <class = when_used>
std::string share_text(std::uint64_t part, std::uint64_t whole) {
  const double percent = whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  const double step = percent >= 9.95 ? 1 : percent >= 0.995 ? 10 : 100;
  return to_text(std::round(percent * step) / step) + " %";
}

}  // namespace shoal::run::detail
