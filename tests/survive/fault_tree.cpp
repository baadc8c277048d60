// SPDX-License-Identifier: BSL-1.0
/// @file Fault trees against all combinations of their events.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "catch.hpp"
#include "shoal/core/random.hpp"
#include "shoal/survive/cut_sets.hpp"
#include "shoal/survive/diagram.hpp"
#include "shoal/survive/fault_tree.hpp"
#include "shoal/survive/tree_report.hpp"

using namespace shoal;
using survive::fault_tree;
using survive::node;

namespace {

bool occurs(const fault_tree& t, std::size_t state) {
  std::vector<bool> value;
  for (const auto& v : t.vertices) {
    std::size_t count = 0;
    for (const node i : v.inputs) count += value[i.index] ? std::size_t{1} : std::size_t{0};
    switch (v.kind) {
      case survive::connective::event:
        value.push_back((state >> v.event & 1U) != 0);
        break;
      case survive::connective::all:
        value.push_back(count == v.inputs.size());
        break;
      case survive::connective::any:
        value.push_back(count > 0);
        break;
      case survive::connective::at_least:
        value.push_back(count >= v.needed);
        break;
      case survive::connective::negation:
        value.push_back(count == 0);
        break;
    }
  }
  return value[t.top.index];
}

// Chance of the top event with event `fixed` certain to occur or not; none fixed: any index beyond the
// events.
double chance_of(const fault_tree& t, std::size_t fixed = 64, bool to = true) {
  double sum = 0;
  for (std::size_t state = 0; state < std::size_t{1} << t.events.size(); ++state) {
    double weight = 1;
    for (std::size_t e = 0; e < t.events.size(); ++e) {
      const bool on = (state >> e & 1U) != 0;
      const double p = e == fixed ? (to ? 1.0 : 0.0) : t.events[e].probability;
      weight *= on ? p : 1 - p;
    }
    if (weight > 0 && occurs(t, state)) sum += weight;
  }
  return sum;
}

fault_tree random_tree(random_engine& engine, bool negations) {
  fault_tree t;
  const std::size_t events = 1 + uniform_below(engine, 8);
  const std::size_t gates = 1 + uniform_below(engine, 12);
  for (std::size_t e = 0; e < events; ++e) t.event(std::to_string(e), uniform_01(engine));
  for (std::size_t g = 0; g < gates; ++g) {
    std::vector<node> inputs;
    const std::size_t n = 1 + uniform_below(engine, 4);
    for (std::size_t i = 0; i < n; ++i) {
      // Late vertices more often, so that the tree gets deep.
      const std::size_t a = uniform_below(engine, t.vertices.size());
      const std::size_t b = uniform_below(engine, t.vertices.size());
      inputs.push_back(node{static_cast<std::uint32_t>(std::max(a, b))});
    }
    const std::size_t kind = uniform_below(engine, negations ? 8 : 6);
    if (kind < 2) {
      t.top = t.all(inputs);
    } else if (kind < 4) {
      t.top = t.any(inputs);
    } else if (kind < 6) {
      t.top = t.at_least(uniform_below(engine, n + 2), inputs);
    } else {
      t.top = t.negation(inputs.front());
    }
  }
  return t;
}

// The minimal sets of a coherent tree, as bit patterns in ascending order.
std::vector<std::size_t> minimal_states(const fault_tree& t) {
  std::vector<std::size_t> found;
  for (std::size_t state = 0; state < std::size_t{1} << t.events.size(); ++state) {
    bool minimal = occurs(t, state);
    for (std::size_t e = 0; minimal && e < t.events.size(); ++e)
      minimal = (state >> e & 1U) == 0 || !occurs(t, state ^ (std::size_t{1} << e));
    if (minimal) found.push_back(state);
  }
  return found;
}

std::size_t bits(std::size_t state) {
  std::size_t n = 0;
  for (; state != 0; state &= state - 1) ++n;
  return n;
}

}  // namespace

TEST_CASE("the chance of a random tree is the sum over all states of its events", "[survive]") {
  random_engine engine(5);
  for (int round = 0; round < 300; ++round) {
    const fault_tree t = random_tree(engine, true);
    const double truth = chance_of(t);
    const auto found = survive::analyse(t);
    CHECK(found.whole.failure == Approx(truth).epsilon(1e-12).margin(1e-14));
    CHECK(found.whole.survival == Approx(1 - truth).epsilon(1e-12).margin(1e-14));
    for (std::size_t e = 0; e < t.events.size(); ++e) {
      const double with = chance_of(t, e, true);
      const double without = chance_of(t, e, false);
      const auto& i = found.events[e];
      CHECK(i.birnbaum == Approx(with - without).epsilon(1e-9).margin(1e-12));
      if (truth > 1e-9 && std::abs(i.birnbaum) > 1e-9) {
        CHECK(i.achievement_worth == Approx(with / truth).epsilon(1e-9).margin(1e-12));
        CHECK(i.fussell_vesely == Approx(i.probability * with / truth).epsilon(1e-9).margin(1e-12));
        CHECK(i.criticality == Approx(i.probability * (with - without) / truth).epsilon(1e-9).margin(1e-12));
        if (without > 1e-9) CHECK(i.reduction_worth == Approx(truth / without).epsilon(1e-7));
      }
    }
  }
}

TEST_CASE("the cut sets of a random coherent tree are its minimal states", "[survive]") {
  random_engine engine(7);
  for (int round = 0; round < 200; ++round) {
    const fault_tree t = random_tree(engine, false);
    const auto truth = minimal_states(t);
    const std::size_t order = round % 3 == 0 ? 2 : static_cast<std::size_t>(-1);
    const auto found = survive::find_cut_sets(t, {.order = order});
    std::vector<std::size_t> states;
    double last = std::numeric_limits<double>::infinity();
    for (const auto& c : found.sets) {
      std::size_t state = 0;
      double product = 1;
      for (const std::size_t e : c.events) {
        state |= std::size_t{1} << e;
        product *= t.events[e].probability;
      }
      states.push_back(state);
      CHECK(c.probability == Approx(product).epsilon(1e-12));
      CHECK(c.probability <= last * (1 + 1e-12));
      last = c.probability;
    }
    std::sort(states.begin(), states.end());
    std::vector<std::size_t> wanted;
    double rare = 0;
    double none = 1;
    std::vector<double> orders(t.events.size() + 1, 0.0);
    for (const std::size_t state : truth) {
      if (bits(state) > order) continue;
      wanted.push_back(state);
      double product = 1;
      for (std::size_t e = 0; e < t.events.size(); ++e) {
        if ((state >> e & 1U) != 0) product *= t.events[e].probability;
      }
      rare += product;
      none *= 1 - product;
      orders[bits(state)] += 1;
    }
    CHECK(states == wanted);
    CHECK(found.rare_event == Approx(rare).epsilon(1e-12).margin(1e-15));
    CHECK(found.min_cut_bound == Approx(1 - none).epsilon(1e-9).margin(1e-12));
    for (std::size_t j = 0; j < orders.size(); ++j)
      CHECK((j < found.by_order.size() ? found.by_order[j] : 0) == orders[j]);
    CHECK(found.exact.failure == Approx(chance_of(t)).epsilon(1e-12).margin(1e-14));
    if (wanted.size() == truth.size()) {
      CHECK(found.certainly_lost == 0);
    } else {
      CHECK(found.certainly_lost <= found.exact.failure);
    }
  }
}

TEST_CASE("with negations a cut set is what must occur when all others suit", "[survive]") {
  random_engine engine(13);
  for (int round = 0; round < 100; ++round) {
    const fault_tree t = random_tree(engine, true);
    std::vector<std::size_t> wanted;
    for (std::size_t state = 0; state < std::size_t{1} << t.events.size(); ++state) {
      bool minimal = occurs(t, state);
      // Smaller sets of events are smaller numbers, so they have been seen.
      for (const std::size_t w : wanted) minimal = minimal && (w & state) != w;
      if (minimal) wanted.push_back(state);
    }
    std::vector<std::size_t> found;
    for (const auto& c : survive::find_cut_sets(t).sets) {
      found.push_back(0);
      for (const std::size_t e : c.events) found.back() |= std::size_t{1} << e;
    }
    std::sort(found.begin(), found.end());
    CHECK(found == wanted);
  }
}

TEST_CASE("only the most likely cut sets are listed, and all are counted", "[survive]") {
  fault_tree t;
  std::vector<node> pairs;
  for (int i = 0; i < 60; ++i) {
    const node a = t.event("a" + std::to_string(i), 0.001 * (i + 1));
    const node b = t.event("b" + std::to_string(i), 0.01);
    pairs.push_back(t.any({a, b}));
  }
  t.top = t.at_least(30, pairs);
  const auto found = survive::find_cut_sets(t, {.listed = 3});
  // 60 choose 30 sets of pairs, and either event of each of the 30.
  double count = std::pow(2.0, 30);
  for (int i = 1; i <= 30; ++i) count *= (30.0 + i) / i;
  CHECK(found.by_order.back() == Approx(count).epsilon(1e-12));
  REQUIRE(found.sets.size() == 3);
  double best = 1;
  for (int i = 30; i < 60; ++i) best *= 0.001 * (i + 1);
  CHECK(found.sets[0].probability == Approx(best).epsilon(1e-12));
  CHECK(found.sets[1].probability == Approx(best * 30 / 31).epsilon(1e-12));
  CHECK(found.exact.failure <= found.min_cut_bound);
}

TEST_CASE("tiny chances keep their digits on both sides", "[survive]") {
  fault_tree t;
  std::vector<node> rows;
  for (int i = 0; i < 4; ++i) {
    rows.push_back(t.all({t.event("a", 1e-20), t.event("b", 1e-15)}));
  }
  t.top = t.any(rows);
  CHECK(survive::analyse(t).whole.failure == Approx(4e-35).epsilon(1e-12));
  CHECK(survive::analyse(t).events[0].birnbaum == Approx(1e-15).epsilon(1e-12));
  t.top = t.negation(t.top);
  CHECK(survive::analyse(t).whole.survival == Approx(4e-35).epsilon(1e-12));
}

TEST_CASE("constants, lone events and their complements are trees too", "[survive]") {
  fault_tree t;
  const node e = t.event("e", 0.25);
  t.event("idle", 0.5);
  t.top = e;
  CHECK(survive::analyse(t).whole.failure == 0.25);
  CHECK(survive::analyse(t).events[0].reduction_worth == std::numeric_limits<double>::infinity());
  CHECK(survive::analyse(t).events[1].birnbaum == 0);
  CHECK(survive::find_cut_sets(t).sets.size() == 1);
  t.top = t.negation(e);
  CHECK(survive::analyse(t).whole.failure == 0.75);
  CHECK(survive::analyse(t).events[0].birnbaum == -1);
  t.top = t.all({});
  CHECK(survive::analyse(t).whole.failure == 1);
  CHECK(survive::find_cut_sets(t).sets.front().events.empty());
  CHECK(survive::find_cut_sets(t).min_cut_bound == 1);
  CHECK(survive::find_cut_sets(t, {.listed = 0}).min_cut_bound == 1);
  t.top = t.any({});
  CHECK(survive::analyse(t).whole.survival == 1);
  CHECK(survive::find_cut_sets(t).sets.empty());
  t.top = t.any({e, t.negation(e)});
  CHECK(survive::analyse(t).whole.failure == 1);
  t.top = t.at_least(2, {e, e, e});
  CHECK(survive::analyse(t).whole.failure == 0.25);
}

TEST_CASE("a thousand parts in one tree are measured in one pass", "[survive]") {
  fault_tree t;
  std::vector<node> pairs;
  for (int i = 0; i < 500; ++i) pairs.push_back(t.all({t.event("a", 0.01), t.event("b", 0.02)}));
  t.top = t.any(pairs);
  const auto found = survive::analyse(t);
  const double lives = std::pow(1 - 0.0002, 500);
  CHECK(found.whole.survival == Approx(lives).epsilon(1e-12));
  CHECK(found.events[998].birnbaum == Approx(0.02 * lives / (1 - 0.0002)).epsilon(1e-10));
  CHECK(found.cells < 2000);
}

TEST_CASE("beyond its bound a diagram is refused, and says so", "[survive]") {
  random_engine engine(3);
  fault_tree t;
  std::vector<node> events;
  for (int i = 0; i < 40; ++i) events.push_back(t.event(std::to_string(i), 0.1));
  std::vector<node> gates;
  for (int g = 0; g < 80; ++g) {
    gates.push_back(t.all({events[uniform_below(engine, 40)], events[uniform_below(engine, 40)],
                           events[uniform_below(engine, 40)]}));
  }
  t.top = t.any(gates);
  try {
    survive::analyse(t, {.cells = 1000});
    CHECK(false);
  } catch (const survive::limit_reached& e) {
    CHECK(std::string(e.what()).find("more than 1000 cells") != std::string::npos);
  }
  CHECK(survive::analyse(t).whole.failure > 0);
  CHECK_THROWS_AS(survive::analyse(t, {.cells = 1}), invalid_argument);
}

TEST_CASE("trees that make no sense are refused", "[survive]") {
  fault_tree t;
  CHECK_THROWS_AS(survive::analyse(t), invalid_argument);
  CHECK_THROWS_AS(t.event("e", 1.5), invalid_argument);
  CHECK_THROWS_AS(t.all({node{7}}), invalid_argument);
  t.top = t.event("e", 0.5);
  t.events[0].probability = -1;
  CHECK_THROWS_AS(survive::analyse(t), invalid_argument);
  t.events[0].probability = 0.5;
  t.vertices.push_back({survive::connective::all, 0, 0, {node{5}}});
  CHECK_THROWS_AS(survive::analyse(t), invalid_argument);
  const auto d = survive::compile(fault_tree{{{"e", 0.5}}, {{}}, {}});
  CHECK_THROWS_AS(survive::evaluate(d, std::vector<double>{}), invalid_argument);
}
