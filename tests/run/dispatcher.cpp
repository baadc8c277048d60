// SPDX-License-Identifier: BSL-1.0
#include "shoal/run/dispatcher.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "catch.hpp"
#include "run/played_model.hpp"
#include "shoal/sim/virtual_time.hpp"

namespace {

using namespace shoal;
using namespace shoal::run;
using played::answers;
using played::deed;
using played::fails;
using played::stalls;

/// Keeps what it is told.
struct listener {
  std::vector<std::string>* story;
  void operator()(event&& e) const {
    std::string line(name_of(e.kind));
    if (e.subtask != no_subtask) line += " " + std::to_string(e.subtask);
    if (e.model != no_model) line += " " + std::string(e.model_name);
    story->push_back(line);
  }
  bool may(std::size_t, std::size_t) const { return true; }
  bool valid(std::size_t, const answer<>& a) const { return a.value != "nonsense"; }
};

struct scene {
  sim::virtual_time on{};
  std::vector<model> models{};
  std::vector<std::shared_ptr<played::model::state>> played{};
  infer::async_backends<> backends{};
  std::vector<std::string> story{};
  std::vector<std::pair<std::size_t, dispatched<>>> ended{};

  void add(std::string name, std::function<deed(std::size_t)> script) {
    model m;
    m.name = std::move(name);
    m.time_s = 1;
    m.energy_j = static_cast<double>(models.size() + 1);
    models.push_back(m);
    played.push_back(std::make_shared<played::model::state>(played::model::state{on, std::move(script)}));
    backends.emplace_back(played::model{played.back()});
  }
  template <class Balance = first_usable>
  auto dispatch(resilience how, Balance b = {}) {
    return dispatcher<std::string, sim::virtual_time, Balance, listener>(
        on, models, std::move(backends), std::move(how), std::move(b), {&story});
  }
  template <class D>
  order_id give(D& d, std::size_t tag, std::size_t route = 0, int priority = 0,
                time_point deadline = time_point::max(), bool repeatable = true) {
    order<> o;
    o.what.subtask = "part " + std::to_string(tag);
    o.route = route;
    o.priority = priority;
    o.deadline = deadline;
    o.repeatable = repeatable;
    o.tag = tag;
    return d.submit(std::move(o),
                    [this, tag](dispatched<>&& out) { ended.emplace_back(tag, std::move(out)); });
  }
  void run_all() {
    while (on.step()) {
    }
  }
  double at(time_point start) const { return seconds_between(start, on.now()); }
};

resilience calm() {
  resilience r = resilience::none();
  return r;
}

std::string value_of(const dispatched<>& d) { return std::get<0>(d.what).value; }
infer::failed_call failure_of(const dispatched<>& d) { return std::get<1>(d.what); }

}  // namespace

TEST_CASE("an order is answered by the first model of its route", "[run]") {
  scene s;
  s.add("a", [](std::size_t) { return answers(2); });
  s.add("b", [](std::size_t) { return answers(1); });
  auto d = s.dispatch(calm());
  d.add_route({1, 0});
  s.give(d, 7);
  CHECK(s.ended.empty());
  s.run_all();
  REQUIRE(s.ended.size() == 1);
  CHECK(s.ended[0].first == 7);
  CHECK(value_of(s.ended[0].second) == "b");
  CHECK(s.ended[0].second.model == 1);
  CHECK(s.ended[0].second.took_s == Approx(1));
  CHECK(s.story == std::vector<std::string>{"started 7 b", "answered 7 b"});
  CHECK(d.outstanding() == 0);
  CHECK(d.open() == 0);
}

TEST_CASE("a model bears no more calls than its limit, and the most urgent order goes first", "[run]") {
  scene s;
  s.add("a", [](std::size_t) { return answers(); });
  resilience how = calm();
  how.concurrency = {2};
  auto d = s.dispatch(how);
  d.add_route({0});
  for (std::size_t k = 0; k < 6; ++k) s.give(d, k, 0, k == 4 ? 1 : 0);
  s.run_all();
  CHECK(s.played[0]->most_running == 2);
  std::vector<std::size_t> order;
  for (const auto& [tag, out] : s.ended) order.push_back(tag);
  CHECK(order == std::vector<std::size_t>{0, 1, 4, 2, 3, 5});
}

TEST_CASE("a full queue sheds the least urgent order", "[run]") {
  scene s;
  s.add("a", [](std::size_t) { return answers(); });
  resilience how = calm();
  how.queue = 2;
  auto d = s.dispatch(how);
  d.add_route({0});
  s.give(d, 0);
  s.give(d, 1, 0, 1);
  s.give(d, 2);
  s.give(d, 3);        // no more urgent than those that wait: it is shed itself
  s.give(d, 4, 0, 5);  // takes the place of 2
  s.run_all();
  REQUIRE(s.ended.size() == 5);
  for (const auto& [tag, out] : s.ended) {
    CAPTURE(tag);
    CHECK((out.what.index() == 1) == (tag == 2 || tag == 3));
    if (out.what.index() == 1) CHECK(failure_of(out).text == "shed: 2 orders wait for model \"a\"");
  }
}

TEST_CASE("a call that fails is made on another model at once", "[run]") {
  scene s;
  s.add("a", [](std::size_t) { return fails(); });
  s.add("b", [](std::size_t) { return answers(); });
  resilience how = calm();
  how.tries = 3;
  auto d = s.dispatch(how);
  d.add_route({0, 1});
  const time_point start = s.on.now();
  s.give(d, 0);
  s.run_all();
  REQUIRE(s.ended.size() == 1);
  CHECK(value_of(s.ended[0].second) == "b");
  CHECK(s.at(start) == Approx(2));
  CHECK(s.played[1]->asked[0].attempt == 2);
}

TEST_CASE("the only model is asked again after a wait that its Retry-After bounds from below", "[run]") {
  scene s;
  s.add("a",
        [](std::size_t n) { return n == 0 ? fails(1, infer::failure_kind::refused, true, 30) : answers(); });
  resilience how = calm();
  how.tries = 3;
  how.patience_s = 100;
  auto d = s.dispatch(how);
  d.add_route({0});
  const time_point start = s.on.now();
  s.give(d, 0);
  s.run_all();
  REQUIRE(s.ended.size() == 1);
  CHECK(s.ended[0].second.what.index() == 0);
  CHECK(s.at(start) >= 32);
  CHECK(s.at(start) < 32 + how.backoff.base_s);
}

TEST_CASE("what may not be repeated is not, and what a model refuses for good is not asked of it again",
          "[run]") {
  scene s;
  s.add("a", [](std::size_t) { return fails(1, infer::failure_kind::refused, false); });
  s.add("b", [](std::size_t) { return answers(); });
  resilience how = calm();
  how.tries = 9;
  auto d = s.dispatch(how);
  d.add_route({0});
  d.add_route({0, 1});
  s.give(d, 0, 0);
  s.give(d, 1, 1, 0, time_point::max(), false);
  s.run_all();
  REQUIRE(s.ended.size() == 2);
  CHECK(failure_of(s.ended[0].second).text == "as told");
  CHECK(failure_of(s.ended[1].second).text == "as told");
  CHECK(s.played[0]->calls == 2);
  CHECK(s.played[1]->calls == 0);
}

TEST_CASE("a call that lasts too long is given up, and its model keeps its place until it has returned",
          "[run]") {
  scene s;
  s.add("a", [](std::size_t n) { return n == 0 ? stalls() : answers(); });
  s.add("b", [](std::size_t) { return answers(); });
  resilience how = calm();
  how.tries = 2;
  how.try_timeout = std::chrono::seconds(3);
  auto d = s.dispatch(how);
  d.add_route({0, 1});
  s.give(d, 0);
  s.run_all();
  REQUIRE(s.ended.size() == 1);
  CHECK(value_of(s.ended[0].second) == "b");
  CHECK(s.played[0]->cancelled == 1);
  CHECK(s.story == std::vector<std::string>{"started 0 a", "failed 0 a", "started 0 b", "answered 0 b"});
}

TEST_CASE("a deadline ends what runs and what waits", "[run]") {
  scene s;
  s.add("a", [](std::size_t) { return stalls(); });
  auto d = s.dispatch(calm());
  d.add_route({0});
  const time_point start = s.on.now();
  s.give(d, 0, 0, 0, later(start, 2));
  s.give(d, 1, 0, 0, later(start, 1));
  s.run_all();
  REQUIRE(s.ended.size() == 2);
  CHECK(s.ended[0].first == 1);
  CHECK(s.ended[1].first == 0);
  for (const auto& [tag, out] : s.ended) CHECK(failure_of(out).kind == infer::failure_kind::timeout);
  CHECK(s.at(start) == Approx(2));
  CHECK(s.played[0]->cancelled == 1);
  CHECK(d.outstanding() == 0);
}

TEST_CASE("cancelling reaches a running call at once, and a waiting one never starts", "[run]") {
  scene s;
  s.add("a", [](std::size_t) { return stalls(); });
  auto d = s.dispatch(calm());
  d.add_route({0});
  const order_id first = s.give(d, 0);
  const order_id second = s.give(d, 1);
  CHECK(d.cancel(second));
  CHECK(d.cancel(first));
  CHECK_FALSE(d.cancel(first));
  CHECK(s.played[0]->cancelled == 1);
  s.run_all();
  CHECK(s.ended.size() == 2);
  CHECK(s.played[0]->calls == 1);
  CHECK(d.outstanding() == 0);
  // Both places are free again.
  s.played[0]->script = [](std::size_t) { return answers(); };
  s.give(d, 2);
  s.run_all();
  CHECK(s.ended.size() == 3);
}

TEST_CASE("a slow call gets a second one beside it, and the first valid answer wins", "[run]") {
  scene s;
  bool slow = false;
  s.add("a", [&](std::size_t) { return slow ? answers(100) : answers(1); });
  s.add("b", [](std::size_t) { return answers(1); });
  resilience how = calm();
  how.hedge = hedging{};
  auto d = s.dispatch(how);
  d.add_route({0, 1});
  for (std::size_t k = 0; k < 100; ++k) {
    s.give(d, k);
    s.run_all();
  }
  CHECK(s.played[1]->calls == 0);
  slow = true;
  const time_point start = s.on.now();
  s.give(d, 100);
  while (s.ended.size() < 101) s.on.step();
  CHECK(s.at(start) < 2.2);
  CHECK(value_of(s.ended.back().second) == "b");
  CHECK(s.played[0]->cancelled == 1);
  const std::vector<std::string> last(s.story.end() - 5, s.story.end());
  CHECK(last == std::vector<std::string>{"started 100 a", "hedged 100 b", "started 100 b", "answered 100 b",
                                         "cancelled 100 a"});
  s.run_all();
  CHECK(d.outstanding() == 0);
}

TEST_CASE("hedges are at most 2 in 100 calls, and none is made where others wait", "[run]") {
  scene s;
  random_engine engine(3);
  for (const char* name : {"a", "b", "c"}) {
    s.add(name,
          [&](std::size_t) { return answers(uniform_01(engine) < 0.01 ? 50 : 1 + uniform_01(engine)); });
  }
  resilience how = calm();
  how.hedge = hedging{};
  how.concurrency = {1000, 1000, 1000};
  auto d = s.dispatch(how, round_robin{});
  d.add_route({0, 1, 2});
  for (std::size_t k = 0; k < 5000; ++k) {
    s.give(d, k);
    s.on.run_to(later(s.on.now(), 0.05));
  }
  s.run_all();
  CHECK(s.ended.size() == 5000);
  std::size_t hedged = 0;
  for (const std::string& line : s.story) hedged += line.starts_with("hedged");
  CHECK(hedged <= 100);
  CHECK(hedged >= 30);
}

TEST_CASE("a model that fails is left alone, tried again after a while, and taken back", "[run]") {
  scene s;
  bool broken = true;
  s.add("a", [&](std::size_t) { return broken ? fails(0.01) : answers(0.01); });
  s.add("b", [](std::size_t) { return answers(0.01); });
  resilience how = calm();
  how.tries = 2;
  how.breaker = breaker_options{};
  auto d = s.dispatch(how);
  d.add_route({0, 1});
  for (std::size_t k = 0; k < 100; ++k) {
    s.give(d, k);
    s.on.run_to(later(s.on.now(), 0.02));
  }
  CHECK(s.played[0]->calls == 5);
  CHECK(s.ended.size() == 100);
  for (const auto& [tag, out] : s.ended) CHECK(value_of(out) == "b");
  broken = false;
  s.on.run_to(later(s.on.now(), 10));
  for (std::size_t k = 100; k < 110; ++k) {
    s.give(d, k);
    s.on.run_to(later(s.on.now(), 0.02));
  }
  CHECK(s.played[0]->calls == 15);
  CHECK(std::count(s.story.begin(), s.story.end(), "breaker opened a") == 1);
  CHECK(std::count(s.story.begin(), s.story.end(), "breaker closed a") == 1);
}

TEST_CASE("a single deployment is not cut off for good: orders wait for its probe", "[run]") {
  scene s;
  bool broken = true;
  s.add("a", [&](std::size_t) { return broken ? fails(0.01) : answers(0.01); });
  resilience how;
  how.tries = 100;
  how.patience_s = 1000;
  auto d = s.dispatch(how);
  d.add_route({0});
  for (std::size_t k = 0; k < 10; ++k) s.give(d, k);
  s.on.run_to(later(s.on.now(), 60));
  CHECK(s.ended.empty());
  CHECK(s.played[0]->calls <= 12);
  broken = false;
  s.run_all();
  CHECK(s.ended.size() == 10);
  for (const auto& [tag, out] : s.ended) CHECK(out.what.index() == 0);
}

TEST_CASE("with no usable model and no patience an order fails, and is not left hanging", "[run]") {
  scene s;
  s.add("a", [](std::size_t) { return answers(); });
  auto d = s.dispatch(calm());
  d.add_route({0});
  d.set_dead(0);
  s.give(d, 0);
  CHECK(s.ended.empty());
  s.run_all();
  REQUIRE(s.ended.size() == 1);
  CHECK(failure_of(s.ended[0].second).text == "no model of its route can be asked now");
}

TEST_CASE("a dead model's calls and queue go elsewhere, and it begins afresh when it is back", "[run]") {
  scene s;
  s.add("a", [](std::size_t n) { return n < 2 ? stalls() : answers(); });
  s.add("b", [](std::size_t) { return answers(); });
  resilience how = calm();
  how.tries = 2;
  how.concurrency = {2, 8};
  auto d = s.dispatch(how);
  d.add_route({0, 1});
  for (std::size_t k = 0; k < 5; ++k) s.give(d, k);
  CHECK(s.played[0]->running == 2);
  d.set_dead(0);
  s.run_all();
  CHECK(s.ended.size() == 5);
  for (const auto& [tag, out] : s.ended) CHECK(value_of(out) == "b");
  d.set_alive(0);
  for (std::size_t k = 5; k < 7; ++k) s.give(d, k);
  s.run_all();
  CHECK(s.played[0]->calls == 4);
  CHECK(d.outstanding() == 0);
}

TEST_CASE("a draining model finishes what it runs and gets nothing new", "[run]") {
  scene s;
  s.add("a", [](std::size_t) { return answers(); });
  s.add("b", [](std::size_t) { return answers(); });
  auto d = s.dispatch(calm());
  d.add_route({0, 1});
  s.give(d, 0);
  s.give(d, 1);
  d.drain(0);
  s.give(d, 2);
  s.run_all();
  CHECK(s.played[0]->calls == 1);
  CHECK(s.played[0]->cancelled == 0);
  CHECK(s.played[1]->calls == 2);
  CHECK(s.ended.size() == 3);
}

TEST_CASE("an answer that is not valid counts as none", "[run]") {
  scene s;
  s.add("nonsense", [](std::size_t) { return answers(); });
  s.add("b", [](std::size_t) { return answers(); });
  resilience how = calm();
  how.tries = 2;
  auto d = s.dispatch(how);
  d.add_route({0, 1});
  s.give(d, 0);
  s.run_all();
  REQUIRE(s.ended.size() == 1);
  CHECK(value_of(s.ended[0].second) == "b");
}

TEST_CASE("whatever backends do, every order ends once and the books balance", "[run]") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    random_engine engine(seed);
    scene s;
    const std::size_t models = 1 + uniform_below(engine, 5);
    for (std::size_t i = 0; i < models; ++i) {
      s.add("m" + std::to_string(i), [&](std::size_t) -> deed {
        const double draw = uniform_01(engine);
        if (draw < 0.1) return stalls();
        if (draw < 0.3)
          return fails(uniform_01(engine), infer::failure_kind::refused, uniform_01(engine) < 0.8,
                       uniform_01(engine) < 0.2 ? 1 : 0);
        return answers(uniform_01(engine) < 0.05 ? 30 : uniform_01(engine));
      });
    }
    resilience how;
    how.seed = seed;
    how.queue = 1 + uniform_below(engine, 20);
    how.tries = 1 + uniform_below(engine, 5);
    how.try_timeout = std::chrono::duration<double>(2);
    how.patience_s = 3 * uniform_01(engine);
    for (std::size_t i = 0; i < models; ++i) how.concurrency.push_back(1 + uniform_below(engine, 3));
    auto d = s.dispatch(how, two_choices{});
    for (std::size_t r = 0; r < 3; ++r) {
      std::vector<std::size_t> route;
      for (std::size_t i = 0; i < models; ++i) {
        if (uniform_below(engine, 2) == 0) route.push_back(i);
      }
      if (route.empty()) route.push_back(0);
      d.add_route(route);
    }
    std::vector<order_id> ids;
    std::size_t given = 0;
    for (std::size_t turn = 0; turn < 120; ++turn) {
      const double draw = uniform_01(engine);
      const std::size_t i = uniform_below(engine, models);
      if (draw < 0.03) d.set_dead(i);
      if (draw > 0.05 && draw < 0.1) d.set_alive(i);
      if (draw > 0.1 && draw < 0.12) d.drain(i);
      if (draw > 0.12 && draw < 0.15) d.undrain(i);
      if (draw > 0.15 && draw < 0.2 && !ids.empty()) d.cancel(ids[uniform_below(engine, ids.size())]);
      ids.push_back(
          s.give(d, given++, uniform_below(engine, 3), static_cast<int>(uniform_below(engine, 3)),
                 uniform_01(engine) < 0.5 ? time_point::max() : later(s.on.now(), 4 * uniform_01(engine)),
                 uniform_01(engine) < 0.9));
      s.on.run_to(later(s.on.now(), 0.2 * uniform_01(engine)));
      for (std::size_t m = 0; m < models; ++m) {
        REQUIRE(d.at(m).in_flight <= d.at(m).limit);
        REQUIRE(s.played[m]->running >= d.at(m).in_flight);
      }
    }
    for (std::size_t i = 0; i < models; ++i) d.set_alive(i);
    s.run_all();
    REQUIRE(s.ended.size() == given);
    std::vector<bool> seen(given);
    for (const auto& [tag, out] : s.ended) {
      REQUIRE_FALSE(seen[tag]);
      seen[tag] = true;
    }
    REQUIRE(d.outstanding() == 0);
    REQUIRE(d.open() == 0);
  }
}
