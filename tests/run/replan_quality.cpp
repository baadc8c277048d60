// SPDX-License-Identifier: BSL-1.0
#include <cstddef>
#include <string>
#include <vector>

#include "catch.hpp"
#include "run/support.hpp"
#include "shoal/assign/exact.hpp"
#include "shoal/run/replan.hpp"

using namespace shoal;

namespace {

/// Four equal subtasks; "m0" is bad and cheap, "m1" fair, "m2" good and dear, and "m2" was to do them all.
run::job quality_job(assign::requirement require) {
  const fleet<> models = support::models(3);
  task_graph graph = support::graph(4);
  assign::problem p = assign::make_problem(models, graph);
  p.compatibility.row(0).setConstant(0.2);
  p.compatibility.row(1).setConstant(0.6);
  p.compatibility.row(2).setConstant(0.9);
  p.require = require;
  return run::make_job(models, std::move(graph), std::move(p), assign::weighted{}, assign::plan(4, {2}));
}

/// The first two subtasks are done; the good model has just failed the third.
run::progress third_failed(const run::job& j) {
  run::progress now;
  now.open = {false, false, true, true};
  now.stuck = {false, false, true, false};
  now.committed = {{2}, {2}, {}, {}};
  now.planned = {{}, {}, {}, {2}};
  now.failed = mask::Constant(3, 4, false);
  now.failed(2, 2) = true;
  now.failures_in_a_row.assign(j.models.size(), 0);
  return now;
}

}  // namespace

TEST_CASE("a quality that is out of reach is missed by as little as can be", "[run]") {
  using assign::quality_rule;
  const assign::requirement missed[] = {{quality_rule::mean, 0.85},
                                        {quality_rule::sum, 3.4},
                                        {quality_rule::each, 0.8},
                                        {quality_rule::product, 0.6}};
  for (const assign::requirement& require : missed) {
    INFO("rule " << std::string(name_of(require.rule)));
    const run::job j = quality_job(require);
    for (const bool own : {true, false}) {
      const run::reassignment r = own ? run::replan{assign::exact{}}(j, third_failed(j))
                                      : run::replan{support::slow_exact{}}(j, third_failed(j));
      CHECK(r.chosen[2] == std::vector<std::size_t>{1});
      CHECK(r.degraded);
      CHECK_FALSE(r.note.empty());
      // By the rule `each` the third decides the quality, so the last one takes what is cheapest at it.
      CHECK(r.chosen[3] == std::vector<std::size_t>{require.rule == quality_rule::each ? 1U : 2U});
    }
  }
}

TEST_CASE("a quality that is still within reach is kept", "[run]") {
  const run::job j = quality_job({assign::quality_rule::mean, 0.8});
  const run::reassignment r = run::replan{assign::exact{}}(j, third_failed(j));
  CHECK(r.chosen[2] == std::vector<std::size_t>{1});
  CHECK(r.chosen[3] == std::vector<std::size_t>{2});
  CHECK_FALSE(r.degraded);
}
