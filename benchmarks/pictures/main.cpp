// SPDX-License-Identifier: BSL-1.0
/// @file What each policy of the runtime does to latency and energy: simulated, drawn, and as tables.
///
///     benchmark_pictures FOLDER [SECONDS of simulated time for each point, 7200 where not given]
///
/// Writes policy-*.svg into the folder. Every point is one run of the runtime itself on virtual time, of seed
/// 1: the same figures on every machine.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "chart.hpp"
#include "redundancy.hpp"
#include "shoal/sim/simulation.hpp"

namespace {

using namespace shoal;
using pictures::chart;
using pictures::curve;

double for_s = 7200;
std::string folder;

/// Eight models of eight places each; a call takes 1 s, more or less, and 10 J.
sim::scenario usual() {
  sim::scenario s;
  for (std::size_t i = 0; i < 8; ++i) {
    model m;
    m.name = "m" + std::to_string(i);
    m.group = i < 4 ? "west" : "east";
    m.time_s = 1;
    m.energy_j = 10;
    s.models.push_back(m);
    sim::behaviour b;
    b.time_s = {1, 0.3, {}};
    b.energy_j = {10, 0.2, {}};
    s.behaviours.push_back(b);
    s.rules.concurrency.push_back(8);
  }
  s.balance = sim::balance_named("two choices");
  s.orders_per_s = 20;
  s.deadline_s = 60;
  s.for_s = for_s;
  return s;
}

using records = std::vector<std::vector<sim::simulation_record>>;  // variants x points

/// Runs every variant at every point, side by side.
records sweep(std::size_t variants, const std::vector<double>& x,
              const std::function<sim::scenario(std::size_t, double)>& make) {
  records out(variants, std::vector<sim::simulation_record>(x.size()));
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t at = next++; at < variants * x.size(); at = next++) {
      const std::size_t v = at / x.size();
      out[v][at % x.size()] = sim::simulate(make(v, x[at % x.size()]), 1);
    }
  };
  std::vector<std::jthread> pool;
  for (unsigned t = 1; t < std::max(std::thread::hardware_concurrency(), 1U); ++t) pool.emplace_back(work);
  work();
  pool.clear();
  return out;
}

double lost_percent(const sim::simulation_record& r) {
  return 100 * static_cast<double>(r.given_up) / static_cast<double>(std::max<std::size_t>(r.orders, 1));
}
double joules(const sim::simulation_record& r) {
  return r.answered > 0 ? r.spent_j / static_cast<double>(r.answered)
                        : std::numeric_limits<double>::quiet_NaN();
}

template <class Figure>
std::vector<double> over(const std::vector<sim::simulation_record>& points, Figure figure) {
  std::vector<double> out;
  for (const sim::simulation_record& r : points) out.push_back(figure(r));
  return out;
}

pictures::panel lost_panel(const records& r) {
  pictures::panel out{"orders without an answer, %", {}, false};
  for (std::size_t v = 0; v < r.size(); ++v) out.curves.push_back({over(r[v], lost_percent), v, 0, ""});
  return out;
}
pictures::panel joules_panel(const records& r) {
  pictures::panel out{"joules for each answer", {}, false};
  for (std::size_t v = 0; v < r.size(); ++v) out.curves.push_back({over(r[v], joules), v, 0, ""});
  return out;
}
pictures::panel seconds_panel(const records& r) {
  pictures::panel out{"seconds: p50 \u00b7\u00b7\u00b7, p99 - -, p99.9 \u2014", {}, true};
  for (std::size_t v = 0; v < r.size(); ++v) {
    out.curves.push_back({over(r[v], [](const auto& one) { return one.p50_s; }), v, 2, "p50"});
    out.curves.push_back({over(r[v], [](const auto& one) { return one.p99_s; }), v, 1, "p99"});
    out.curves.push_back({over(r[v], [](const auto& one) { return one.p999_s; }), v, 0, "p99.9"});
  }
  return out;
}

void table(const chart& c, const records& r) {
  std::printf("\n%s\n%-34s %10s %9s %9s %9s %9s %9s %8s %8s\n", c.title.c_str(), "", "x", "lost %", "p50 s",
              "p99 s", "p99.9 s", "J/answer", "calls/o", "hedges");
  for (std::size_t v = 0; v < r.size(); ++v) {
    for (std::size_t i = 0; i < c.x.size(); ++i) {
      const sim::simulation_record& one = r[v][i];
      std::printf("%-34s %10.4g %9.3g %9.3g %9.3g %9.3g %9.4g %8.3f %8llu%s\n", c.legend[v].c_str(), c.x[i],
                  lost_percent(one), one.p50_s, one.p99_s, one.p999_s, joules(one),
                  static_cast<double>(one.calls) / static_cast<double>(one.orders),
                  static_cast<unsigned long long>(one.hedges), one.findings.empty() ? "" : "  FINDINGS");
    }
  }
}

void write(const std::string& name, const chart& c) {
  std::ofstream(folder + "/policy-" + name + ".svg", std::ios::binary) << pictures::file_of(c);
}

void draw(const std::string& name, chart c, const std::function<sim::scenario(std::size_t, double)>& make) {
  const records r = sweep(c.legend.size(), c.x, make);
  c.panels = {lost_panel(r), seconds_panel(r), joules_panel(r)};
  table(c, r);
  write(name, c);
}

void retries() {
  chart c{"Retries against calls that fail, in a fleet that is three quarters busy",
          "Orders lost, seconds to an answer and joules, over the share of calls whose answer is not valid.",
          {0, 5, 10, 20, 30, 40, 50, 60, 70},
          "calls that fail, %",
          false,
          {"none", "retries, no budget", "retries, 20 % budget"},
          {}};
  draw("retries", c, [](std::size_t v, double percent) {
    sim::scenario s = usual();
    for (sim::behaviour& b : s.behaviours) b.wrong = percent / 100;
    s.orders_per_s = 46;
    s.deadline_s = 20;
    s.rules.hedge.reset();
    s.rules.breaker.reset();
    if (v == 0) s.rules.tries = 1;
    if (v < 2) s.rules.retries.reset();
    return s;
  });
}

void hedging() {
  chart c{
      "Hedging against calls that drag",
      "Orders lost, seconds to an answer and joules, over the share of calls that take 100 times as long.",
      {0.1, 0.2, 0.5, 1, 2, 5, 10},
      "calls that take 100 x as long, %",
      true,
      {"none", "2 % extra calls", "10 % extra calls"},
      {}};
  draw("hedging", c, [](std::size_t v, double percent) {
    sim::scenario s = usual();
    for (sim::behaviour& b : s.behaviours) {
      b.drags = percent / 100;
      b.drag = 100;
    }
    s.rules.concurrency.assign(8, 32);  // calls that drag hold their places
    s.deadline_s = 300;
    s.rules.breaker.reset();
    if (v == 0) s.rules.hedge.reset();
    if (v == 2) {
      s.rules.hedge->most_extra = 0.1;
      s.rules.hedge->quantile = 0.9;
    }
    return s;
  });
}

void breaker() {
  chart c{"Circuit breakers against models that hang",
          "Orders lost, seconds to an answer and joules, over how long one of eight models hangs, every 10 "
          "minutes.",
          {10, 20, 50, 100, 200, 500},
          "seconds that one of eight models hangs",
          true,
          {"none", "circuit breaker"},
          {}};
  draw("breaker", c, [](std::size_t v, double seconds) {
    sim::scenario s = usual();
    for (double at = 60; at < for_s; at += 600) {
      s.faults.push_back({sim::fault_kind::stall, {static_cast<std::size_t>(at / 600) % 8}, at, seconds, 1});
    }
    s.rules.try_timeout = std::chrono::duration<double>(5);
    s.rules.hedge.reset();
    s.balance = sim::balance_named("round robin");
    if (v == 0) s.rules.breaker.reset();
    return s;
  });
}

void balancing() {
  const std::vector<const char*> names{"round robin", "two choices", "least expected finish", "energy first",
                                       "least in flight"};
  chart c{"Load balancing on models of two kinds",
          "Seconds to an answer and joules, over the load, for five balancers.",
          {20, 30, 40, 50, 60, 70, 80, 90},
          "load, % of what the fleet bears",
          false,
          {names.begin(), names.end()},
          {}};
  const records r = sweep(names.size(), c.x, [&](std::size_t v, double percent) {
    sim::scenario s = usual();
    double capacity = 0;
    for (std::size_t i = 0; i < 8; ++i) {  // four quick ones of 20 J, four slow ones of 6 J
      const double time_s = i < 4 ? 0.5 : 2;
      s.behaviours[i].time_s.median = s.models[i].time_s = time_s;
      s.behaviours[i].energy_j.median = s.models[i].energy_j = i < 4 ? 20 : 6;
      capacity += 8 / (time_s * std::exp(0.3 * 0.3 / 2));
    }
    s.orders_per_s = capacity * percent / 100;
    s.rules.hedge.reset();
    s.rules.breaker.reset();
    s.balance = sim::balance_named(names[v]);
    return s;
  });
  const auto panel_of = [&](const char* title, bool logarithmic, auto figure) {
    pictures::panel p{title, {}, logarithmic};
    for (std::size_t v = 0; v < r.size(); ++v) p.curves.push_back({over(r[v], figure), v, 0, ""});
    return p;
  };
  c.panels = {panel_of("p50, seconds to an answer", true, [](const auto& one) { return one.p50_s; }),
              panel_of("p99, seconds to an answer", true, [](const auto& one) { return one.p99_s; }),
              panel_of("joules for each answer", false, joules)};
  table(c, r);
  write("balancing", c);
}

void overload() {
  chart c{"Queues and shedding under overload",
          "Orders lost and seconds to an answer of urgent and other orders, and joules, over the load.",
          {50, 80, 100, 120, 150, 200, 300},
          "load, % of what the fleet bears",
          false,
          {"endless queue: all orders", "queue of 16: urgent, one in five", "queue of 16: all others"},
          {}};
  const records r = sweep(2, c.x, [](std::size_t v, double percent) {
    sim::scenario s = usual();
    s.orders_per_s = 64 / std::exp(0.3 * 0.3 / 2) * percent / 100;
    s.for_s = for_s / 2;
    s.deadline_s = 30;
    s.rules.hedge.reset();
    s.rules.breaker.reset();
    s.rules.queue = v == 0 ? 1'000'000 : 16;
    if (v == 1) s.classes = {{"urgent", 1, 1}, {"others", 4, 0}};
    return s;
  });
  const auto of_class = [&](std::size_t k, auto figure) {
    std::vector<double> out;
    for (const sim::simulation_record& one : r[1]) out.push_back(figure(one.classes[k]));
    return out;
  };
  const auto lost = [](const sim::class_record& k) {
    return 100 * static_cast<double>(k.given_up) / static_cast<double>(k.orders);
  };
  const auto p50 = [](const auto& k) { return k.p50_s; };
  const auto p99 = [](const auto& k) { return k.p99_s; };
  pictures::panel seconds{"seconds: p50 \u00b7\u00b7\u00b7, p99 \u2014", {}, true};
  seconds.curves = {{over(r[0], p50), 0, 2, "p50"},  {over(r[0], p99), 0, 0, "p99"},
                    {of_class(0, p50), 1, 2, "p50"}, {of_class(0, p99), 1, 0, "p99"},
                    {of_class(1, p50), 2, 2, "p50"}, {of_class(1, p99), 2, 0, "p99"}};
  c.panels = {
      {"orders without an answer, %",
       {{over(r[0], lost_percent), 0, 0, ""}, {of_class(0, lost), 1, 0, ""}, {of_class(1, lost), 2, 0, ""}},
       false},
      seconds,
      {"joules for each answer", {{over(r[0], joules), 0, 0, ""}, {over(r[1], joules), 2, 0, ""}}, false}};
  chart both = c;
  both.legend = {"endless queue", "queue of 16, by priority"};
  table(both, r);
  write("overload", c);
}

void health() {
  chart c{
      "Heartbeats against models that are cut off",
      "Orders lost, seconds to an answer and joules, over how long a region is cut off, every 10 minutes.",
      {1, 2, 5, 10, 20, 50, 100},
      "seconds that one of two regions is cut off",
      true,
      {"none", "heartbeats of 5 s", "heartbeats of 0.25 s"},
      {}};
  draw("health", c, [](std::size_t v, double seconds) {
    sim::scenario s = usual();
    for (double at = 60; at < for_s; at += 600) {
      s.faults.push_back({sim::fault_kind::cut_off, {0, 1, 2, 3}, at, seconds, 1});
    }
    s.rules.try_timeout = std::chrono::duration<double>(20);
    s.rules.hedge.reset();
    s.rules.breaker.reset();
    s.heartbeat_s = v == 0 ? 0 : v == 1 ? 5 : 0.25;
    return s;
  });
}

void slow_start() {
  chart c{"Slow start of models that come back",
          "Orders lost, seconds to an answer and joules, over how slow a model is in its first half minute.",
          {1, 2, 5, 10, 20},
          "times as slow for 30 s after a restart",
          true,
          {"full load at once", "slow start of 40 s"},
          {}};
  draw("slow-start", c, [](std::size_t v, double factor) {
    sim::scenario s = usual();
    for (double at = 60; at < for_s; at += 120) {
      const std::size_t i = static_cast<std::size_t>(at / 120) % 8;
      s.faults.push_back({sim::fault_kind::crash, {i}, at, 20, 1});
      s.faults.push_back({sim::fault_kind::slow, {i}, at + 20, 30, factor});
    }
    s.balance = sim::balance_named("weighted round robin");
    s.rules.hedge.reset();
    s.rules.breaker.reset();
    s.heartbeat_s = 0.5;
    s.health.slow_start_s = v == 0 ? 0 : 40;
    s.health.least_weight = 0.05;
    return s;
  });
}

void redundancy() {
  chart c{"Redundancy: several models for each order",
          "Orders lost, seconds to an answer and joules, over the number of models that are asked at once.",
          {1, 2, 3, 4, 5},
          "models asked for each order",
          false,
          {"the first valid answer is enough", "two valid answers are needed"},
          {}};
  c.panels = {{"orders without an answer, %", {}, true},
              {"seconds: p50 \u00b7\u00b7\u00b7, p99 - -, p99.9 \u2014", {}, true},
              {"joules for each answer", {}, false}};
  std::printf("\n%s\n%-34s %10s %9s %9s %9s %9s %9s\n", c.title.c_str(), "", "x", "lost %", "p50 s", "p99 s",
              "p99.9 s", "J/answer");
  for (std::size_t v = 0; v < 2; ++v) {
    std::vector<std::vector<double>> y(5);
    for (const double m : c.x) {
      sim::scenario s = usual();
      for (sim::behaviour& b : s.behaviours) {
        b.wrong = 0.05;
        b.stalls = 0.01;
        b.drags = 0.02;
        b.drag = 10;
      }
      s.orders_per_s = 6;
      s.deadline_s = 30;
      pictures::redundant_record r;
      if (static_cast<std::size_t>(m) > v)
        r = pictures::play_replicas(s, static_cast<std::size_t>(m), v + 1, 1);
      const bool any = r.answered > 0;
      const double none = std::numeric_limits<double>::quiet_NaN();
      const double figures[] = {
          any ? 100 * static_cast<double>(r.orders - r.answered) / static_cast<double>(r.orders) : none,
          any ? r.p50_s : none, any ? r.p99_s : none, any ? r.p999_s : none,
          any ? r.spent_j / static_cast<double>(r.answered) : none};
      for (std::size_t f = 0; f < 5; ++f) y[f].push_back(figures[f]);
      std::printf("%-34s %10.4g %9.3g %9.3g %9.3g %9.3g %9.4g\n", c.legend[v].c_str(), m, figures[0],
                  figures[1], figures[2], figures[3], figures[4]);
    }
    c.panels[0].curves.push_back({y[0], v + 1, 0, ""});
    c.panels[1].curves.push_back({y[1], v + 1, 2, "p50"});
    c.panels[1].curves.push_back({y[2], v + 1, 1, "p99"});
    c.panels[1].curves.push_back({y[3], v + 1, 0, "p99.9"});
    c.panels[2].curves.push_back({y[4], v + 1, 0, ""});
  }
  c.legend.insert(c.legend.begin(), "");
  write("redundancy", c);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "benchmark_pictures FOLDER [SECONDS]\n");
    return 2;
  }
  folder = argv[1];
  if (argc > 2) for_s = std::atof(argv[2]);
  retries();
  hedging();
  breaker();
  balancing();
  overload();
  health();
  slow_start();
  redundancy();
  return 0;
}
