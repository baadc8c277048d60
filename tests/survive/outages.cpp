// SPDX-License-Identifier: BSL-1.0
/// @file Outage logs and the rates fitted to them, against tables and published fits.
#include <cmath>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "catch.hpp"
#include "shoal/core/random.hpp"
#include "shoal/survive/lifetimes.hpp"
#include "shoal/survive/outages.hpp"

using namespace shoal;
using survive::durations;
using survive::outage_log;

TEST_CASE("an exponential rate has the interval of the chi-square tables", "[survive]") {
  durations d{std::vector<double>(10, 100.0), {}};
  const auto fit = survive::fit_exponential(d);
  CHECK(fit.rate.value == Approx(0.01));
  CHECK(fit.mean == Approx(100));
  CHECK(fit.rate.low == Approx(9.59078 / 2000).epsilon(1e-5));    // chi-square, 20 degrees, 2.5 %
  CHECK(fit.rate.high == Approx(34.16961 / 2000).epsilon(1e-5));  // 97.5 %
  d.cut = {1000};
  CHECK(survive::fit_exponential(d).rate.value == Approx(0.005));
  CHECK(survive::fit_exponential(d).rate.high == Approx(36.78071 / 4000).epsilon(1e-5));  // 22 degrees
  CHECK(survive::fit_exponential({{1.0}, {}}, 0.9).rate.low == Approx(-std::log(0.95)).epsilon(1e-12));
}

TEST_CASE("the lives of 23 ball bearings give the published Weibull fit", "[survive]") {
  // Lieblein & Zelen 1956, million revolutions; the fit is in Lawless 2003, section 5.2.
  const durations d{{17.88, 28.92, 33.00, 41.52, 42.12, 45.60, 48.48,  51.84,  51.96,  54.12,  55.56, 67.80,
                     68.64, 68.64, 68.88, 84.12, 93.12, 98.64, 105.12, 105.84, 127.92, 128.04, 173.40},
                    {}};
  const auto fit = survive::fit_weibull(d);
  CHECK(fit.shape.value == Approx(2.10).epsilon(0.005));
  CHECK(fit.scale.value == Approx(81.88).epsilon(0.001));
  CHECK(fit.shape.low == Approx(1.52).epsilon(0.03));
  CHECK(fit.shape.high == Approx(2.79).epsilon(0.03));
  CHECK(fit.scale.low == Approx(67.6).epsilon(0.02));
  CHECK(fit.scale.high == Approx(99.2).epsilon(0.02));
  CHECK(fit.log_likelihood > survive::fit_exponential(d).log_likelihood);
}

TEST_CASE("the fitted Weibull is a maximum of the likelihood, cut durations included", "[survive]") {
  random_engine engine(3);
  durations d;
  for (int i = 0; i < 60; ++i) {
    const double t = 5 * std::pow(-std::log(1 - uniform_01(engine)), 1 / 0.7);
    if (t < 8) {
      d.ended.push_back(t);
    } else {
      d.cut.push_back(8);
    }
  }
  const auto likelihood = [&](double k, double s) {
    double sum = 0;
    for (const double t : d.ended) sum += std::log(k / s) + (k - 1) * std::log(t / s) - std::pow(t / s, k);
    for (const double t : d.cut) sum -= std::pow(t / s, k);
    return sum;
  };
  const auto fit = survive::fit_weibull(d);
  const double k = fit.shape.value;
  const double s = fit.scale.value;
  CHECK(fit.log_likelihood == Approx(likelihood(k, s)).epsilon(1e-12));
  for (const double change : {0.999, 1.001}) {
    CHECK(likelihood(k * change, s) < fit.log_likelihood);
    CHECK(likelihood(k, s * change) < fit.log_likelihood);
  }
  CHECK(fit.shape.low < 0.7);
  CHECK(fit.shape.high > 0.7);
  CHECK(fit.scale.low < 5);
  CHECK(fit.scale.high > 5);
  // With the shape held at 1 it is the exponential.
  CHECK(likelihood(1, survive::fit_exponential(d).mean) ==
        Approx(survive::fit_exponential(d).log_likelihood).epsilon(1e-12));
}

TEST_CASE("intervals hold the true rate about as often as they say", "[survive]") {
  random_engine engine(8);
  int held = 0;
  int shape_held = 0;
  for (int round = 0; round < 200; ++round) {
    durations d;
    for (int i = 0; i < 20; ++i) d.ended.push_back(-std::log(1 - uniform_01(engine)) / 3);
    const auto rate = survive::fit_exponential(d, 0.9).rate;
    const auto shape = survive::fit_weibull(d, 0.9).shape;
    held += rate.low <= 3 && 3 <= rate.high ? 1 : 0;
    shape_held += shape.low <= 1 && 1 <= shape.high ? 1 : 0;
  }
  CHECK(held >= 168);  // 180 expected, standard deviation 4.2
  CHECK(held <= 192);
  CHECK(shape_held >= 164);
}

TEST_CASE("a log is read, sorted and merged", "[survive]") {
  const auto logs = survive::read_outages(
      "end_s,trace,start_s,severity,note\n30,b,20,1,x\n5,a,0,0.5,\n12,a,8,0.1,\n20,a,10,0.9,\n");
  REQUIRE(logs.size() == 2);
  CHECK(logs[1].name == "a");
  REQUIRE(logs[1].outages.size() == 2);
  CHECK(logs[1].outages[1].start_s == 8);
  CHECK(logs[1].outages[1].end_s == 20);
  CHECK(survive::up_times(logs[1]).ended == std::vector<double>{3});
  CHECK(survive::up_times(logs[1]).cut.empty());
  CHECK(survive::down_times(logs[1]).ended == std::vector<double>{5, 12});
  CHECK(survive::measured_availability(logs[1]) == Approx(3.0 / 20));
  auto longer = logs[1];
  longer.until_s = 40;
  CHECK(survive::up_times(longer).cut == std::vector<double>{20});
  const auto severe = survive::read_outages("trace,start_s,end_s,severity\na,0,5,0.5\na,8,12,0.9\n", 0.6);
  CHECK(severe[0].outages.size() == 1);
}

TEST_CASE("sources that fail together are told from those that do not", "[survive]") {
  const outage_log a{"a", {{0, 10}, {50, 60}}, 0, 100};
  const outage_log b{"b", {{5, 15}, {90, 100}}, 0, 100};
  const auto found = survive::compare_outages(a, b);
  CHECK(found.watched_s == 100);
  CHECK(found.first == Approx(0.2));
  CHECK(found.second == Approx(0.2));
  CHECK(found.both == Approx(0.05));
  CHECK(found.ratio == Approx(1.25));
  CHECK(survive::compare_outages(a, {"c", {}, 200, 300}).watched_s == 0);
}

TEST_CASE("measured outages of services are fitted", "[survive]") {
  std::ifstream file(SHOAL_TEST_DATA "/outages/some.csv", std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto logs = survive::read_outages(text);
  REQUIRE(logs.size() == 3);
  for (const outage_log& log : logs) {
    const auto up = survive::up_times(log);
    const auto fit = survive::fit_weibull(up);
    CHECK(fit.log_likelihood >= survive::fit_exponential(up).log_likelihood);
    CHECK(fit.shape.low < fit.shape.value);
    CHECK(fit.shape.value < fit.shape.high);
    // What users report comes in bursts: a service that has just been down is likely to be down again.
    if (log.name.find("user_reported") != std::string::npos) CHECK(fit.shape.high < 1);
  }
}

TEST_CASE("logs and durations that make no sense are refused", "[survive]") {
  const auto refusal = [](const std::string& text) -> std::string {
    try {
      survive::read_outages(text);
    } catch (const csv_error& e) {
      return e.what();
    }
    return "accepted";
  };
  CHECK(refusal("") == "line 1: there is no header");
  CHECK(refusal("trace,start_s\n") == "line 1: there is no column end_s");
  CHECK(refusal("start_s,end_s\n9,5\n") == "line 2: end_s 5 is not after start_s 9");
  CHECK(refusal("start_s,end_s\n1,soon\n") == "line 2: end_s \"soon\" is not a finite number");
  CHECK(refusal("start_s,end_s\n1\n") == "line 2: 1 fields where the header has 2");
  CHECK_THROWS_AS(survive::up_times({"a", {{5, 6}, {1, 2}}, 0, 10}), invalid_argument);
  CHECK_THROWS_AS(survive::fit_exponential({}), invalid_argument);
  CHECK_THROWS_AS(survive::fit_exponential({{1, -1}, {}}), invalid_argument);
  CHECK_THROWS_AS(survive::fit_exponential({{1}, {}}, 1), invalid_argument);
  CHECK_THROWS_AS(survive::fit_weibull({{2, 2}, {3}}), invalid_argument);
}
