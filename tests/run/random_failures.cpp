// SPDX-License-Identifier: BSL-1.0
/// @file Random graphs, plans and failures: nothing is lost, and both executors agree with an oracle that
/// walks through each subtask by itself.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "run/support.hpp"
#include "shoal/core/random.hpp"
#include "shoal/infer/failure.hpp"
#include "shoal/run/replan.hpp"

using namespace shoal;
using support::models;
using support::story;

namespace {

constexpr std::size_t model_count = 4;

// What happens to subtask k on model i: answers, or how it fails.
enum class fate { answers, refuses, crashes, bad_answer };

struct scenario {
  run::job job{};
  std::vector<std::vector<fate>> fates{};  // by subtask, by model
  std::size_t attempts = 1;
};

scenario make_scenario(std::uint64_t seed) {
  random_engine engine(stream_seed(20261120, seed));
  scenario out;
  const std::size_t m = 1 + uniform_below(engine, 5);
  task_graph g;
  for (std::size_t k = 0; k < m; ++k) {
    g.add({.name = "s" + std::to_string(k),
           .input = "in" + std::to_string(k),
           .replicas = 1 + uniform_below(engine, 2)});
    for (std::size_t before = 0; before < k; ++before) {
      if (uniform_below(engine, 4) == 0) g.connect(before, k);
    }
  }
  const double harm = uniform_01(engine);
  out.fates.assign(m, std::vector<fate>(model_count, fate::answers));
  for (auto& row : out.fates) {
    for (fate& f : row) {
      if (uniform_01(engine) < harm) f = static_cast<fate>(1 + uniform_below(engine, 3));
    }
  }
  out.attempts = 1 + uniform_below(engine, 4);
  out.job = support::job_of(models(model_count), std::move(g));
  return out;
}

infer::backends<> backends_of(const scenario& s) {
  return support::all_models(model_count, [&s](const infer::request<>& r) -> std::string {
    const std::size_t k = std::stoul(r.subtask.substr(1));
    const std::size_t i = std::stoul(r.model.substr(1));
    switch (s.fates[k][i]) {
      case fate::refuses:
        throw infer::failure(infer::failure_kind::refused, "busy");
      case fate::bad_answer:
        throw infer::failure(infer::failure_kind::bad_answer, "gibberish");
      case fate::crashes:
        throw std::runtime_error("broke");
      case fate::answers:
        break;
    }
    std::string out = r.subtask + "@" + r.model;
    for (const auto& need : r.needs) out += "(" + need.value + ")";
    return out;
  });
}

// Without capacity and quality each subtask stands alone: it goes to the cheapest models that have not failed
// it, as many as it wants or as are left, until one answers or the attempts are used up.
struct expected {
  run::ending end = run::ending::exhausted;
  std::vector<std::size_t> answered{};
  std::vector<std::size_t> failed{};
};
std::vector<expected> walk(const scenario& s) {
  const task_graph& g = s.job.graph;
  std::vector<expected> out(g.size());
  for (std::size_t k = 0; k < g.size(); ++k) {
    const auto& needs = g.needs(k);
    if (std::any_of(needs.begin(), needs.end(),
                    [&](std::size_t need) { return out[need].end != run::ending::answered; })) {
      out[k].end = run::ending::unmet_need;
      continue;
    }
    std::size_t next = 0;
    for (std::size_t attempt = 0; attempt < s.attempts && next < model_count; ++attempt) {
      for (std::size_t r = 0; r < g[k].replicas && next < model_count; ++r, ++next) {
        (s.fates[k][next] == fate::answers ? out[k].answered : out[k].failed).push_back(next);
      }
      if (!out[k].answered.empty()) {
        out[k].end = run::ending::answered;
        break;
      }
    }
  }
  return out;
}

template <class Executor>
std::string difference(const scenario& s, const Executor& execute) {
  // No model is lost for its failures alone, so that the order of subtasks cannot matter.
  const run::options o{.attempts = s.attempts, .replan = run::replan{support::slow_exact{}, {}, 1000}};
  story seen;
  const auto out = execute(s.job, backends_of(s), o, seen);
  if (const std::string flaw = seen.flaw(s.job, out); !flaw.empty()) return flaw;
  const std::vector<expected> wanted = walk(s);
  for (std::size_t k = 0; k < wanted.size(); ++k) {
    const auto& o_k = out.subtasks[k];
    const std::string where = s.job.graph[k].name + ": ";
    if (o_k.end != wanted[k].end) return where + "ended as " + std::string(name_of(o_k.end));
    if (o_k.answers.size() != wanted[k].answered.size()) return where + "another number of answers";
    for (std::size_t a = 0; a < o_k.answers.size(); ++a) {
      if (o_k.answers[a].source != "m" + std::to_string(wanted[k].answered[a]))
        return where + "another source";
    }
    std::vector<std::size_t> failed;
    for (const auto& f : o_k.failures) failed.push_back(f.model);
    std::sort(failed.begin(), failed.end());
    if (failed != wanted[k].failed) return where + "other failures";
    if (o_k.end == run::ending::answered) {
      std::string value = s.job.graph[k].name + "@" + o_k.answers[0].source;
      for (const std::size_t need : s.job.graph.needs(k)) value += "(" + *out.subtasks[need].value + ")";
      if (o_k.value != value) return where + "another value";
    }
  }
  return {};
}

}  // namespace

TEST_CASE("random failures: both executors end every subtask as the oracle does", "[run]") {
  std::map<run::ending, std::size_t> endings;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const scenario s = make_scenario(seed);
    INFO("seed " << seed);
    CHECK(difference(s, run::inline_executor{}) == "");
    CHECK(difference(s, run::thread_pool_executor{}) == "");
    for (const auto& e : walk(s)) ++endings[e.end];
  }
  // The scenarios are worth something only if they end in every way.
  CHECK(endings[run::ending::answered] > 300);
  CHECK(endings[run::ending::exhausted] > 100);
  CHECK(endings[run::ending::unmet_need] > 50);
}

TEST_CASE("random failures under capacity, quality and stops lose nothing", "[run]") {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    scenario s = make_scenario(seed);
    random_engine engine(stream_seed(99, seed));
    assign::problem& p = s.job.problem;
    for (Eigen::Index i = 0; i < p.capacity.size(); ++i) {
      p.capacity[i] = static_cast<double>(2 + uniform_below(engine, 6));
    }
    for (Eigen::Index at = 0; at < p.compatibility.size(); ++at) p.compatibility(at) = uniform_01(engine);
    p.require = assign::requirement{assign::quality_rule::mean, 0.3};
    const std::size_t stop_at = uniform_below(engine, 30);
    const bool replace = uniform_below(engine, 2) == 0;
    support::with_both([&](auto execute) {
      std::stop_source source;
      run::options o{.attempts = s.attempts,
                     .replace_lost_replicas = replace,
                     .replan = run::replan{support::slow_exact{}, {}, 2},
                     .stop = source.get_token()};
      story seen;
      std::size_t events = 0;
      const auto out = execute(s.job, backends_of(s), o, [&](const run::event& e) {
        seen(e);
        if (++events == stop_at) source.request_stop();
      });
      INFO("seed " << seed);
      CHECK(seen.flaw(s.job, out) == "");
    });
  }
}
