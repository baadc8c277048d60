// SPDX-License-Identifier: BSL-1.0
#include "shoal/sim/simulation.hpp"

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "catch.hpp"
#include "shoal/sim/shrink.hpp"

namespace {

using namespace shoal;
using namespace shoal::sim;

/// A handful of models of which everything can go wrong; everything about it depends on the seed.
scenario trouble(std::uint64_t seed) {
  random_engine engine(seed);
  scenario s;
  const std::size_t n = 2 + uniform_below(engine, 5);
  for (std::size_t i = 0; i < n; ++i) {
    model m;
    m.name = "m" + std::to_string(i);
    m.group = i < n / 2 ? "east" : "west";
    s.models.push_back(m);
    behaviour b;
    b.time_s = {0.2 + uniform_01(engine), uniform_01(engine), {}};
    b.refuses = 0.05 * uniform_01(engine);
    b.stalls = 0.01 * uniform_01(engine);
    b.drags = 0.01;
    b.wrong = 0.02 * uniform_01(engine);
    b.deaf = 0.3;
    b.loses = 0.005 * uniform_01(engine);
    if (uniform_below(engine, 2) == 0) b.mttf_s = 1000;
    s.behaviours.push_back(b);
    s.rules.concurrency.push_back(1 + uniform_below(engine, 3));
    s.hazards.push_back({fault_kind::stall, {i}, 3000, 30});
    s.hazards.push_back({fault_kind::slow, {i}, 2000, 100, 20});
    s.hazards.push_back({fault_kind::wrong, {i}, 5000, 60});
  }
  s.hazards.push_back({fault_kind::cut_off, {0, n - 1}, 3000, 60});  // the network parts
  std::vector<std::size_t> east;
  for (std::size_t i = 0; i < n / 2; ++i) east.push_back(i);
  s.hazards.push_back({fault_kind::crash, east, 2000, 120});  // a region goes down
  s.routes = {{0, 1}, {1, 0}};
  if (n > 2) s.routes.push_back({2, 0, 1});
  s.rules.queue = 2 + uniform_below(engine, 20);
  s.rules.try_timeout = std::chrono::duration<double>(uniform_below(engine, 2) == 0 ? 5 : 1e9);
  const char* balances[] = {"least expected finish", "first usable", "round robin", "weighted round robin",
                            "least in flight",       "two choices",  "by priority", "energy first"};
  s.balance = balance_named(balances[uniform_below(engine, 8)]);
  s.orders_per_s = 0.2 + uniform_01(engine);
  s.deadline_s = 20;
  s.cancelled = 0.05;
  s.heartbeat_s = uniform_below(engine, 3) == 0 ? 5 : 0;
  return s;
}

std::string told(const simulation_record& r) {
  std::string out;
  for (const std::string& f : r.findings) out += f + "\n";
  return out;
}

/// Virtual time that loses work: every n-th of what is posted, or of its timers.
class careless_time : public virtual_time {
 public:
  std::uint64_t lose_posted = 0;
  std::uint64_t lose_timers = 0;

  void post(run::work w) {
    if (lose_posted > 0 && ++posted_ % lose_posted == 0) return;
    virtual_time::post(std::move(w));
  }
  run::timer at(run::time_point when, run::work w) {
    const bool far = when > run::later(now(), 15) && when < run::later(now(), 25);  // deadlines
    if (lose_timers > 0 && far && ++timers_ % lose_timers == 0) return {~std::uint64_t{0}};
    return virtual_time::at(when, std::move(w));
  }

 private:
  std::uint64_t posted_ = 0;
  std::uint64_t timers_ = 0;
};

}  // namespace

TEST_CASE("a thousand hours of trouble leave nothing lost, done twice, or done too late", "[sim]") {
  std::size_t answered = 0;
  std::size_t orders = 0;
  std::set<std::uint64_t> digests;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    const scenario s = trouble(seed);
    const simulation_record r = simulate(s, seed);
    INFO("seed " << seed << "\n" << told(r));
    REQUIRE(r.findings.empty());
    REQUIRE(simulate(s, seed).digest == r.digest);
    digests.insert(r.digest);
    answered += r.answered;
    orders += r.orders;
  }
  CHECK(digests.size() == 1000);
  CHECK(static_cast<double>(answered) > 0.8 * static_cast<double>(orders));
}

TEST_CASE("orders, calls and answers add up", "[sim]") {
  const simulation_record r = simulate(trouble(4), 4);
  CHECK(r.orders == r.answered + r.given_up + r.cancelled);
  CHECK(r.calls >= r.answered);
  CHECK(r.p50_s <= r.p99_s);
  CHECK(r.p99_s <= r.p999_s);
  CHECK(r.p999_s <= r.worst_s);
  CHECK(r.virtual_s == Approx(3600 + 200 + 1));
}

TEST_CASE("a planted bug is found: a reply that gets lost", "[sim]") {
  scenario s = trouble(1);
  s.rules.try_timeout = std::chrono::duration<double>::max();
  careless_time on;
  on.lose_posted = 500;
  const simulation_record r = simulate_on(on, s, {}, 1);
  CHECK(told(r).find("were lost") != std::string::npos);
}

TEST_CASE("a planted bug is found: a deadline that is forgotten", "[sim]") {
  scenario s = trouble(1);
  s.rules = run::resilience::none();
  for (behaviour& b : s.behaviours) b.stalls = 0.1;
  careless_time on;
  on.lose_timers = 5;
  const simulation_record r = simulate_on(on, s, {}, 1);
  REQUIRE_FALSE(r.findings.empty());
  CHECK(told(r).find(" s late") != std::string::npos);
  virtual_time careful;
  CHECK(told(simulate_on(careful, s, {}, 1)).empty());
}

TEST_CASE("a planted bug is found: a result that is committed twice", "[sim]") {
  scenario s = trouble(1);
  s.behaviours[0].drags = s.behaviours[1].drags = 0.2;
  s.behaviours[0].drag = s.behaviours[1].drag = 30;
  s.rules.try_timeout = std::chrono::duration<double>(2);
  s.behaviours[0].deaf = s.behaviours[1].deaf = 1;
  bool found = false;
  for (std::uint64_t seed = 0; seed < 5 && !found; ++seed) {
    virtual_time on;
    for (const std::string& f : simulate_on(on, s, {}, seed, {.also_late = true}).findings) {
      found = found || f.find("ended 2 times") != std::string::npos;
    }
  }
  CHECK(found);
}

TEST_CASE("without models that live, orders end as failures by their deadline", "[sim]") {
  scenario s = trouble(2);
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < s.models.size(); ++i) all.push_back(i);
  virtual_time on;
  const simulation_record r = simulate_on(on, s, {{fault_kind::crash, all, 0, 1e6}}, 7);
  CHECK(told(r).empty());
  CHECK(r.answered == 0);
  CHECK(r.given_up + r.cancelled == r.orders);
}

TEST_CASE("hedging cuts the tail that a few stalled calls make", "[sim]") {
  scenario s;
  for (int i = 0; i < 4; ++i) {
    model m;
    m.name = std::string(1, static_cast<char>('a' + i));
    s.models.push_back(m);
    behaviour b;
    b.time_s = {0.1, 0.1, {}};
    b.drags = 0.01;
    b.drag = 100;
    s.behaviours.push_back(b);
    s.rules.concurrency.push_back(64);
  }
  s.rules.breaker.reset();
  s.orders_per_s = 20;
  const simulation_record with = simulate(s, 1);
  s.rules.hedge.reset();
  const simulation_record without = simulate(s, 1);
  CHECK(without.p999_s > 10 * with.p999_s);
  CHECK(static_cast<double>(with.calls) <= 1.02 * static_cast<double>(with.orders) + 1);
  CHECK(with.answered == with.orders);
}

TEST_CASE("a scenario that makes no sense is refused", "[sim]") {
  const auto refusal = [](auto change) {
    scenario s = trouble(1);
    change(s);
    try {
      simulate(s, 1);
    } catch (const invalid_argument& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  CHECK(refusal([](scenario& s) { s.models.clear(); }) == "scenario: there is no model");
  CHECK(refusal([](scenario& s) { s.behaviours.pop_back(); }).find("behaviours, but") != std::string::npos);
  CHECK(refusal([](scenario& s) { s.behaviours[0].stalls = 2; }) ==
        "model \"m0\": stalls 2 is not in [0, 1]");
  CHECK(refusal([](scenario& s) { s.orders_per_s = 0; }) ==
        "scenario: orders_per_s 0 is not a finite number > 0");
  CHECK(refusal([](scenario& s) { s.routes = {{99}}; }) == "scenario: a route names model 99");
  CHECK(refusal([](scenario& s) { s.hazards[0].models = {99}; }) == "scenario: a hazard names model 99");
}
