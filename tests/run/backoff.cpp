// SPDX-License-Identifier: BSL-1.0
#include "shoal/run/backoff.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <string>
#include <vector>

#include "catch.hpp"
#include "moments.hpp"

using namespace shoal;
using namespace shoal::run;

TEST_CASE("waits before retries are uniform below a ceiling that doubles up to the cap", "[run]") {
  const full_jitter wait{.base_s = 0.1, .cap_s = 1};
  const double ceilings[] = {0.1, 0.2, 0.4, 0.8, 1, 1};
  random_engine engine(1);
  for (std::size_t retry = 1; retry <= std::size(ceilings); ++retry) {
    const double ceiling = ceilings[retry - 1];
    std::vector<double> seen(4000);
    for (double& s : seen) s = wait(retry, 0, engine);
    std::sort(seen.begin(), seen.end());
    CHECK(seen.front() >= 0);
    CHECK(seen.back() < ceiling);
    // Kolmogorov-Smirnov against the uniform distribution, 1.63 / sqrt(n) at 1 %.
    double most = 0;
    for (std::size_t i = 0; i < seen.size(); ++i) {
      const double share = static_cast<double>(i) / 4000;
      most = std::max(most, std::max(std::abs(seen[i] / ceiling - share),
                                     std::abs(seen[i] / ceiling - share - 1.0 / 4000)));
    }
    CHECK(most < 1.63 / std::sqrt(4000));
  }
}

TEST_CASE("a model that asked to be left alone is left alone, and not called by all at once after", "[run]") {
  const full_jitter wait{};
  random_engine engine(2);
  std::vector<double> seen(100);
  for (double& s : seen) s = wait(3, 7.5, engine);
  const auto [least, most] = std::minmax_element(seen.begin(), seen.end());
  CHECK(*least >= 7.5);
  CHECK(*most < 7.5 + 0.2);
  CHECK(*most - *least > 0.15);
}

TEST_CASE("the ceiling stays at the cap for any number of retries", "[run]") {
  const full_jitter wait{.base_s = 1e-300, .cap_s = 20};
  random_engine engine(3);
  for (const std::size_t retry : {std::size_t{1500}, std::size_t{1} << 40U, ~std::size_t{0}}) {
    for (int i = 0; i < 100; ++i) {
      const double s = wait(retry, 0, engine);
      CHECK((s >= 0 && s < 20));
    }
  }
}

TEST_CASE("equal engines give equal waits", "[run]") {
  random_engine a(4);
  random_engine b(4);
  for (std::size_t retry = 1; retry < 50; ++retry)
    CHECK(full_jitter{}(retry, 0, a) == full_jitter{}(retry, 0, b));
}

TEST_CASE("a back-off out of range is refused with its value", "[run]") {
  const auto refusal = [](const full_jitter& b) {
    try {
      validate(b);
    } catch (const invalid_argument& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  CHECK(refusal({}).empty());
  CHECK(refusal({.base_s = 0}) == "back-off: base_s 0 is not a finite number > 0");
  CHECK(refusal({.base_s = 2, .cap_s = 1}) == "back-off: cap_s 1 is not a finite number >= base_s");
  CHECK_FALSE(refusal({.base_s = std::nan("")}).empty());
  CHECK_FALSE(refusal({.cap_s = INFINITY}).empty());
}

TEST_CASE("moments add seconds without overflow", "[run]") {
  CHECK(seconds_between(at(1.5), at(4)) == 2.5);
  CHECK(seconds_between(at(4), at(1.5)) == -2.5);
  CHECK(later(at(0), 1e300) == time_point::max());
  CHECK(later(at(0), INFINITY) == time_point::max());
  CHECK(later(time_point::max(), 0) == time_point::max());
  CHECK(later(time_point{}, 9e9) < time_point::max());
}
