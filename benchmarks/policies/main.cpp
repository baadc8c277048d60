// SPDX-License-Identifier: BSL-1.0
/// @file The policies of the runtime: what each costs, and what it does, on simulated calls. CPU time.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "shoal/core/random.hpp"
#include "shoal/run/balance.hpp"
#include "shoal/run/circuit_breaker.hpp"
#include "shoal/run/failure_detector.hpp"
#include "shoal/run/hedge.hpp"
#include "shoal/run/journal_file.hpp"
#include "shoal/run/retry_budget.hpp"

using namespace shoal;
using namespace shoal::run;

namespace {

time_point at(double s) { return later(time_point{} + std::chrono::hours(1000), s); }

double cpu_s() {
  std::timespec t{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

double keep = 0;  // printed at the end: what is measured is not optimised away

/// Median of five: nanoseconds for one call of `one(i)`, i growing.
template <class One>
void cost(const char* what, One one) {
  constexpr int times = 200000;
  std::vector<double> ns;
  for (int round = 0; round < 5; ++round) {
    const double from = cpu_s();
    for (int i = 0; i < times; ++i) keep += static_cast<double>(one(round * times + i));
    ns.push_back(1e9 * (cpu_s() - from) / times);
  }
  std::sort(ns.begin(), ns.end());
  std::printf("%-44s %8.0f\n", what, ns[2]);
}

struct view {
  std::size_t n = 0;
  std::vector<std::size_t> running{};
  std::size_t size() const { return n; }
  std::size_t model(std::size_t c) const { return c; }
  std::size_t in_flight(std::size_t c) const { return running[c]; }
  std::size_t queued(std::size_t) const { return 0; }
  std::size_t limit(std::size_t) const { return 8; }
  bool has_room(std::size_t c) const { return running[c] < 8; }
  double expected_s(std::size_t c) const { return 1 + 0.1 * static_cast<double>(c); }
  double energy_j(std::size_t c) const { return 10 - 0.1 * static_cast<double>(c); }
  double weight(std::size_t) const { return 1; }
  std::size_t rank(std::size_t c) const { return c; }
};

/// Log-normal with median 0.1 s; one in a hundred hangs 100 times as long.
double draw_s(random_engine& engine) {
  double z = -6;
  for (int i = 0; i < 12; ++i) z += uniform_01(engine);
  return 0.1 * std::exp(0.3 * z) * (uniform_01(engine) < 0.01 ? 100 : 1);
}

double quantile(std::vector<double> v, double q) {
  const auto at = v.begin() + static_cast<std::ptrdiff_t>(q * static_cast<double>(v.size()));
  std::nth_element(v.begin(), at, v.end());
  return *at;
}

/// 200,000 calls, of which those slower than `delay_s(record)` get a second one while the budget lasts.
template <class Delay>
void tail(const char* what, double share, Delay delay_s) {
  random_engine engine(1);
  latency_record seen;
  hedge_budget budget(share);
  std::vector<double> took;
  double extra = 0;
  constexpr int calls = 200000;
  for (int i = 0; i < calls; ++i) {
    double s = draw_s(engine);
    budget.call();
    const std::optional<double> delay = delay_s(seen);
    if (delay && s > *delay && budget.take()) {
      ++extra;
      s = std::min(s, *delay + draw_s(engine));
    }
    seen.add(s);
    took.push_back(s);
  }
  std::printf("%-32s %8.3f %8.3f %8.3f %8.3f %8.2f %%\n", what, quantile(took, 0.5), quantile(took, 0.99),
              quantile(took, 0.999), quantile(took, 0.9999), 100 * extra / calls);
}

/// 100 requests a second, each tried up to four times, while the model refuses a share of all calls.
double calls_per_request(double refused, bool budgeted) {
  random_engine engine(2);
  retry_budget budget;
  double calls = 0;
  constexpr int requests = 60000;
  for (int i = 0; i < requests; ++i) {
    const time_point now = at(0.01 * i);
    budget.request(now);
    for (int attempt = 0; attempt < 4; ++attempt) {
      if (attempt > 0 && budgeted && !budget.take(now)) break;
      ++calls;
      if (uniform_01(engine) >= refused) break;
    }
  }
  return calls / requests;
}

/// Beats every 250 ms, +- `jitter_s`, a share of them lost: false alarms in an hour, and seconds from death
/// to suspicion (mean, most).
template <class Detector>
void detect(const char* what, Detector fresh, double jitter_s, double lost) {
  random_engine engine(3);
  int alarms = 0;
  Detector d = fresh;
  d.beat(at(0));
  for (int i = 1; i <= 14400; ++i) {
    const time_point now = at(0.25 * i + jitter_s * (uniform_01(engine) - 0.5));
    if (uniform_01(engine) < lost) continue;
    alarms += d.suspects(now);
    d.beat(now);
  }
  double sum_s = 0;
  double most_s = 0;
  for (int death = 0; death < 200; ++death) {
    Detector mortal = fresh;
    int i = 0;
    for (; i < 120; ++i) {
      if (uniform_01(engine) >= lost) mortal.beat(at(0.25 * i + jitter_s * (uniform_01(engine) - 0.5)));
    }
    const double died_s = 0.25 * i - 0.25 * uniform_01(engine);
    const double found_s = std::max(0.0, seconds_between(at(died_s), mortal.suspects_at()));
    sum_s += found_s;
    most_s = std::max(most_s, found_s);
  }
  std::printf("%-28s %5.0f ms %5.0f %% %12d %10.2f %10.2f\n", what, 1e3 * jitter_s, 100 * lost, alarms,
              sum_s / 200, most_s);
}

void journal_cost(const char* what, sync_policy sync, int records) {
  std::string folder = (std::filesystem::temp_directory_path() / "shoal-bench-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) return;
  {
    journal_writer writer(journal_file(folder + "/journal"), 1, "run", sync);
    journal_record r{.kind = journal_kind::answered, .subtask = 0, .model = 3, .attempt = 1};
    r.text.assign(200, 'x');
    const double from = cpu_s();
    const auto clock = std::chrono::steady_clock::now();
    for (int i = 0; i < records; ++i) {
      r.subtask = static_cast<std::size_t>(i);
      writer.append(r, at(0));
    }
    std::printf("%-44s %8.2f %10.2f\n", what, 1e6 * (cpu_s() - from) / records,
                1e6 * seconds_between(clock, std::chrono::steady_clock::now()) / records);
  }
  std::filesystem::remove_all(folder);
}

}  // namespace

int main() {
  std::printf("%-44s %8s\n", "one call of", "CPU ns");
  random_engine engine(1);
  {
    retry_budget budget;
    cost("retry_budget: request, take", [&](int i) {
      budget.request(at(1e-4 * i));
      return budget.take(at(1e-4 * i));
    });
  }
  {
    circuit_breaker b;
    cost("circuit_breaker: allows, began, succeeded", [&](int i) {
      const time_point now = at(1e-4 * i);
      return b.allows(now) && b.succeeded(b.began(now), now);
    });
  }
  {
    latency_record r;
    cost("latency_record: add", [&](int) {
      r.add(0.01 + uniform_01(engine));
      return 0;
    });
    hedge_budget budget;
    cost("hedge_delay_s, hedge_budget: call, take", [&](int) {
      budget.call();
      return *hedge_delay_s({}, r) + (budget.take() ? 1 : 0);
    });
  }
  {
    phi_accrual d;
    cost("phi_accrual: beat, suspects", [&](int i) {
      d.beat(at(0.25 * i));
      return d.suspects(at(0.25 * i));
    });
  }
  for (const std::size_t n : {std::size_t{10}, std::size_t{100}}) {
    view v{n, std::vector<std::size_t>(n, 3)};
    const auto name = [&](const char* policy) {
      return std::string(policy) + ", " + std::to_string(n) + " models";
    };
    cost(name("two_choices").c_str(), [&](int) { return two_choices{}(v, engine); });
    cost(name("least_in_flight").c_str(), [&](int) { return least_in_flight{}(v, engine); });
    cost(name("least_expected_finish").c_str(), [&](int) { return least_expected_finish{}(v, engine); });
    weighted_round_robin wrr;
    cost(name("weighted_round_robin").c_str(), [&](int) { return wrr(v, engine); });
  }

  std::printf("\n%-32s %8s %8s %8s %8s %10s\n", "hedging, seconds", "p50", "p99", "p99.9", "p99.99",
              "extra calls");
  tail("none", 0, [](const latency_record&) { return std::optional<double>(); });
  tail("at p95, budget 2 %", 0.02,
       [](const latency_record& r) { return r.count() < 20 ? std::optional<double>() : r.quantile(0.95); });
  tail("as it stands (p98, budget 2 %)", 0.02, [](const latency_record& r) { return hedge_delay_s({}, r); });
  tail("most_extra = 0.05 (p95)", 0.05,
       [](const latency_record& r) { return hedge_delay_s({.most_extra = 0.05}, r); });

  std::printf("\n%-32s %12s %12s\n", "calls for each request", "four tries", "with budget");
  for (const double refused : {0.01, 0.1, 0.5, 1.0}) {
    std::printf("%3.0f %% of calls are refused %7s %12.2f %12.2f\n", 100 * refused, "",
                calls_per_request(refused, false), calls_per_request(refused, true));
  }

  std::printf("\n%-28s %8s %7s %12s %10s %10s\n", "beats every 250 ms", "jitter", "lost", "false alarms",
              "found, s", "at most");
  for (const auto& [jitter_s, lost] : {std::pair{0.02, 0.0}, std::pair{0.1, 0.01}, std::pair{0.2, 0.05}}) {
    detect("phi_accrual", phi_accrual{}, jitter_s, lost);
    detect("fixed_timeout, 0.78 s", fixed_timeout{0.78}, jitter_s, lost);
  }

  std::printf("\n%-44s %8s %10s\n", "journal: one record of 200 bytes", "CPU us", "us");
  journal_cost("left to the system", sync_policy::never(), 50000);
  journal_cost("synced at once", sync_policy::every_record(), 200);
  if (keep == 0.5) std::puts("");
}
