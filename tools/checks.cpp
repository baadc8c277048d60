// SPDX-License-Identifier: BSL-1.0
#include <charconv>
#include <string>
#include <system_error>

#include "shoal/core/csv.hpp"
#include "shoal/core/message.hpp"
#include "verbs.hpp"

namespace shoal::tools {

namespace {

// CLI11 takes what strtold takes (nan, hexadecimal), so options are checked as files are.
template <class Accept>
CLI::Validator check(const std::string& wanted, const Accept& accept) {
  return CLI::Validator(
      [=](std::string& text) { return accept(text) ? std::string() : quoted(text) + " is not " + wanted; },
      "");
}

}  // namespace

CLI::Validator positive_number() {
  return check("a finite number > 0", [](const std::string& text) {
    const auto value = finite_number(text);
    return value && *value > 0;
  });
}

CLI::Validator number_at_least_0() {
  return check("a finite number >= 0", [](const std::string& text) {
    const auto value = finite_number(text);
    return value && *value >= 0;
  });
}

CLI::Validator whole_number(std::uint64_t least) {
  return check(message("a whole number >= ", least), [least](const std::string& text) {
    std::uint64_t value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    return failed == std::errc{} && end == text.data() + text.size() && value >= least &&
           (text.front() != '0' || text.size() == 1);
  });
}

}  // namespace shoal::tools
