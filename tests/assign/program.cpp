// SPDX-License-Identifier: BSL-1.0
#include "shoal/assign/program.hpp"

#include <cmath>
#include <cstddef>

#include "assign/random_instance.hpp"
#include "catch.hpp"
#include "shoal/core/random.hpp"

using namespace shoal::assign;

namespace {

/// Any sets of models, of any size.
plan any_plan(const problem& p, shoal::random_engine& engine) {
  plan out(p.subtasks());
  for (auto& set : out) {
    for (std::size_t i = 0; i < p.models(); ++i)
      if (shoal::uniform_below(engine, 2) == 0) set.push_back(i);
  }
  return out;
}

bool meets_demands(const program& p, const plan& chosen) {
  for (std::size_t k = 0; k < chosen.size(); ++k) {
    const demand& d = p.demands[k];
    double strength = 0;
    for (std::size_t r = 0; r < chosen[k].size(); ++r) {
      const std::size_t i = chosen[k][r];
      if (!p.open.data()[p.pair(i, k)]) return false;
      strength += p.strength[i];
      for (std::size_t s = 0; s < r; ++s)
        if (d.separate && p.group[chosen[k][s]] == p.group[i]) return false;
    }
    const std::size_t size = chosen[k].size();
    if ((d.or_more ? size < d.replicas : size != d.replicas) || strength < d.strength) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("the program has the plans that the referee accepts, at the value of the objective", "[assign]") {
  shoal::random_engine engine(77);
  std::size_t accepted = 0;
  for (std::size_t c = 0; c < oracle::combinations; c += 3) {
    const oracle::instance t = oracle::random_instance(c, 51);
    const program p = first_program(t.p, t.o);
    for (int trial = 0; trial < 20; ++trial) {
      const plan chosen = any_plan(t.p, engine);
      INFO(t.name);
      const bool good = !violation(t.p, t.o, chosen);
      REQUIRE(good == (meets_demands(p, chosen) && p.keeps_rows(chosen)));
      if (!good) continue;
      ++accepted;
      const solution s = evaluate(t.p, t.o, chosen);
      REQUIRE(std::abs(p.value(chosen) - s.objective) <= 1e-12 * s.objective);
      REQUIRE(s.objective < p.ceiling());
    }
  }
  CHECK(accepted > 500);
}

TEST_CASE("ties are broken among plans that reach the first stage's value, and those alone", "[assign]") {
  shoal::random_engine engine(78);
  std::size_t compared = 0;
  for (std::size_t c = 0; c < oracle::combinations; ++c) {
    const oracle::instance t = oracle::random_instance(c, 52);
    const plan one = any_plan(t.p, engine);
    const plan two = any_plan(t.p, engine);
    if (violation(t.p, t.o, one) || violation(t.p, t.o, two)) continue;
    const solution first = evaluate(t.p, t.o, one);
    const solution other = evaluate(t.p, t.o, two);
    const auto second = second_program(t.p, t.o, first.objective);
    const bool staged =
        std::holds_alternative<lexicographic>(t.o.rule) || std::holds_alternative<chebyshev>(t.o.rule);
    INFO(t.name);
    REQUIRE(second.has_value() == staged);
    if (!second) continue;
    ++compared;
    REQUIRE((meets_demands(*second, one) && second->keeps_rows(one)));
    REQUIRE((meets_demands(*second, two) && second->keeps_rows(two)) ==
            (other.objective <= first.objective * (1 + 1e-12)));
    const auto* l = std::get_if<lexicographic>(&t.o.rule);
    const auto* w = std::get_if<chebyshev>(&t.o.rule);
    const double figure = l == nullptr ? w->energy * first.energy_j + w->time * first.time_s
                          : l->first == criterion::energy ? first.time_s
                                                          : first.energy_j;
    REQUIRE(std::abs(second->value(one) - figure) <= 1e-12 * figure);
  }
  CHECK(compared > 30);
}

TEST_CASE("rows that cannot bind are left out, and pairs that cannot fit are closed", "[assign]") {
  problem p(2, 3);
  CHECK(placement_program(p).rows() == 0);
  p.capacity << 3, 3;
  CHECK(placement_program(p).rows() == 0);
  p.capacity << 2, 3;
  CHECK(placement_program(p).rows() == 2);
  p.load(0, 1) = 2.5;
  const program closed = placement_program(p);
  CHECK_FALSE(closed.open(0, 1));
  CHECK(closed.rows() == 0);  // the other two fit together
}
