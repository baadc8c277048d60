// SPDX-License-Identifier: BSL-1.0
#include "shoal/json/write_swarm.hpp"

#include <string>
#include <variant>
#include <vector>

#include "catch.hpp"
#include "random_swarm.hpp"
#include "shoal/json/read_swarm.hpp"

using namespace shoal;

namespace {

bool same(const matrix& a, const matrix& b) {
  return a.rows() == b.rows() && a.cols() == b.cols() && (a == b).all();
}
bool same(const vector& a, const vector& b) { return a.size() == b.size() && (a == b).all(); }

bool same(const model& a, const model& b) {
  return a.name == b.name && a.accuracy == b.accuracy && a.relevance == b.relevance &&
         a.energy_j == b.energy_j && a.time_s == b.time_s && a.capacity == b.capacity &&
         a.failure_probability == b.failure_probability && a.group == b.group;
}

bool same(const subtask& a, const subtask& b) {
  return a.name == b.name && a.input == b.input && a.instruction == b.instruction && a.count == b.count &&
         a.replicas == b.replicas && a.survival == b.survival && a.separate_groups == b.separate_groups;
}

// Order apart: a matrix of volumes has none.
bool same_edges(const task_graph& a, const task_graph& b) {
  const auto sorted = [](std::vector<data_edge> edges) {
    std::sort(edges.begin(), edges.end(), [](const data_edge& x, const data_edge& y) {
      return std::pair(x.from, x.to) < std::pair(y.from, y.to);
    });
    return edges;
  };
  return sorted(a.edges()) == sorted(b.edges());
}

bool same(const assign::objective& a, const assign::objective& b) {
  using namespace shoal::assign;
  if (a.time != b.time || a.rule.index() != b.rule.index()) return false;
  if (const auto* w = std::get_if<weighted>(&a.rule)) {
    const auto& other = std::get<weighted>(b.rule);
    return w->energy == other.energy && w->time == other.time;
  }
  if (const auto* e = std::get_if<epsilon>(&a.rule)) {
    const auto& other = std::get<epsilon>(b.rule);
    return e->minimise == other.minimise && e->at_most == other.at_most;
  }
  if (const auto* l = std::get_if<lexicographic>(&a.rule)) {
    return l->first == std::get<lexicographic>(b.rule).first;
  }
  const auto& c = std::get<chebyshev>(a.rule);
  const auto& other = std::get<chebyshev>(b.rule);
  return c.energy == other.energy && c.time == other.time;
}

void check_same(const json::swarm& a, const json::swarm& b) {
  REQUIRE(a.models.size() == b.models.size());
  for (std::size_t i = 0; i < a.models.size(); ++i) CHECK(same(a.models[i], b.models[i]));
  REQUIRE(a.growth.size() == b.growth.size());
  for (std::size_t i = 0; i < a.growth.size(); ++i) {
    REQUIRE(a.growth[i].has_value() == b.growth[i].has_value());
    if (a.growth[i]) CHECK((a.growth[i]->a == b.growth[i]->a && a.growth[i]->b == b.growth[i]->b));
  }
  REQUIRE(a.groups.size() == b.groups.size());
  for (std::size_t g = 0; g < a.groups.size(); ++g) {
    CHECK(a.groups[g].name == b.groups[g].name);
    CHECK(a.groups[g].failure_probability == b.groups[g].failure_probability);
  }
  REQUIRE(a.graph.size() == b.graph.size());
  for (std::size_t k = 0; k < a.graph.size(); ++k) {
    CHECK(same(a.graph[k], b.graph[k]));
    CHECK(a.graph.needs(k) == b.graph.needs(k));
  }
  CHECK(same_edges(a.graph, b.graph));
  const assign::problem& p = a.problem;
  const assign::problem& q = b.problem;
  CHECK(same(p.compatibility, q.compatibility));
  CHECK((p.allowed == q.allowed).all());
  CHECK(same(p.energy_j, q.energy_j));
  CHECK(same(p.time_s, q.time_s));
  CHECK(same(p.load, q.load));
  CHECK(same(p.capacity, q.capacity));
  CHECK(same(p.failure_probability, q.failure_probability));
  CHECK(p.group == q.group);
  CHECK(same(p.count, q.count));
  CHECK(p.replicas == q.replicas);
  CHECK(same(p.survival, q.survival));
  CHECK(p.separate_groups == q.separate_groups);
  REQUIRE(p.require.has_value() == q.require.has_value());
  if (p.require) {
    CHECK(p.require->rule == q.require->rule);
    CHECK(p.require->at_least == q.require->at_least);
  }
  CHECK(same(a.distance_s, b.distance_s));
  CHECK(same(a.objective, b.objective));
}

}  // namespace

TEST_CASE("a swarm that is written reads back the same", "[json]") {
  random_engine engine(11);
  for (int round = 0; round < 300; ++round) {
    const nlohmann::json document = test::random_swarm(engine);
    INFO(document.dump());
    const json::swarm first = json::read_swarm(document);
    validate(first.problem);
    const std::string text = json::write_swarm(first).dump();
    const json::swarm second = json::read_swarm(text);
    check_same(first, second);
    CHECK(json::write_swarm(second).dump() == text);
  }
}

TEST_CASE("a written swarm says what differs from the defaults, and little more", "[json]") {
  const std::string text = R"({"models":[{"name":"a","energy_j":1.5,"time_s":0.0,"accuracy":1.0,)"
                           R"("relevance":1.0,"failure_probability":0.0}],)"
                           R"("subtasks":[{"name":"x"},{"name":"y","needs":["x"]}],)"
                           R"("compatibility":[[0.1,null]],)"
                           R"("objective":{"rule":"weighted","energy":1.0,"time":1.0,"time_rule":"total"}})";
  CHECK(json::write_swarm(json::read_swarm(text)).dump() == text);
}
