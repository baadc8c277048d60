// SPDX-License-Identifier: BSL-1.0
#include <glpk.h>

#include <thread>
#include <vector>

#include "assign/random_instance.hpp"
#include "catch.hpp"
#include "shoal/glpk/solver.hpp"

using namespace shoal::assign;

TEST_CASE("several threads solve at once and get what one gets alone", "[glpk]") {
  const shoal::glpk::solver shared{};
  constexpr std::size_t instances = 60;
  std::vector<solution> alone;
  for (std::size_t c = 0; c < instances; ++c) {
    const oracle::instance t = oracle::random_instance(c * 37, 5);
    alone.push_back(shared(t.p, t.o));
  }
  constexpr std::size_t threads = 4;
  std::vector<std::vector<solution>> together(threads);
  {
    std::vector<std::jthread> running;
    for (std::size_t t = 0; t < threads; ++t) {
      running.emplace_back([&shared, &mine = together[t], t] {
        for (std::size_t c = 0; c < instances; ++c) {
          // Each thread begins elsewhere, so that different problems meet.
          const oracle::instance one = oracle::random_instance(((c + 17 * t) % instances) * 37, 5);
          mine.push_back(shared(one.p, one.o));
        }
      });
    }
  }
  for (std::size_t t = 0; t < threads; ++t) {
    for (std::size_t c = 0; c < instances; ++c) {
      const solution& expected = alone[(c + 17 * t) % instances];
      const solution& found = together[t][c];
      REQUIRE(found.verdict == expected.verdict);
      REQUIRE(found.chosen == expected.chosen);
      REQUIRE(found.objective == expected.objective);
      REQUIRE(found.best == expected.best);
      REQUIRE(found.nodes == expected.nodes);
    }
  }
}

TEST_CASE("a caller's own GLPK objects on the same thread live on", "[glpk]") {
  glp_term_out(GLP_OFF);
  glp_prob* own = glp_create_prob();
  glp_add_cols(own, 1);
  glp_set_obj_coef(own, 1, 2);
  glp_set_col_bnds(own, 1, GLP_LO, 3, 0);

  problem p(2, 2);
  p.energy_j << 1, 2, 2, 1;
  CHECK(shoal::glpk::solver{}(p, weighted{}).objective == 2);

  CHECK(glp_term_out(GLP_OFF) == GLP_OFF);  // as the caller left it
  CHECK(glp_simplex(own, nullptr) == 0);
  CHECK(glp_get_obj_val(own) == 6);
  glp_delete_prob(own);
  glp_free_env();
}
