// SPDX-License-Identifier: BSL-1.0
/// @file An asynchronous backend of one's own: many calls on the way, and no thread that waits for any of
/// them.
#include <cstdio>
#include <map>
#include <string>
#include <utility>

#include <shoal/resilience.hpp>
#include <shoal/run/event_loop.hpp>
#include <shoal/shoal.hpp>

using namespace shoal;

//! [plug]
/// Stands for an engine with callbacks: it answers after a while, and can be told to forget a call.
class my_engine {
 public:
  explicit my_engine(run::event_loop& loop) : loop_(&loop) {}

  void start(const infer::request<>& r, infer::call_id id, infer::completion<> done) {
    std::string text = r.model + " did " + r.subtask;
    call& c = calls_[id];
    c.done.emplace_back(std::move(done));
    c.due = loop_->at(
        loop_->now() + std::chrono::milliseconds(2),
        [this, id, text = std::move(text)]() mutable { finish(id, answer<>{.value = std::move(text)}); });
  }

  void cancel(infer::call_id id) {
    finish(id, infer::failed_call{infer::failure_kind::cancelled, "told to stop", false, 0});
  }

 private:
  struct call {
    std::vector<infer::completion<>> done{};  // one
    run::timer due{};
  };
  void finish(infer::call_id id, infer::reply<> r) {
    auto node = calls_.extract(id);
    if (node.empty()) return;  // it has ended
    loop_->cancel(node.mapped().due);
    node.mapped().done[0](std::move(r));
  }

  run::event_loop* loop_;
  std::map<infer::call_id, call> calls_{};
};
static_assert(infer::async_backend<my_engine>);
//! [plug]

int main() {
  const fleet<> models{{.name = "quick", .energy_j = 1, .time_s = 0.002},
                       {.name = "spare", .energy_j = 2, .time_s = 0.002}};
  task_graph graph;
  for (const char* name : {"read", "think", "write"}) graph.add({.name = name});
  graph.connect(0, 1);
  graph.connect(1, 2);
  assign::problem problem = assign::make_problem(models, graph);
  const assign::solution plan = assign::exact{}(problem);
  const run::job job = run::make_job(models, std::move(graph), std::move(problem), {}, plan.chosen);

  run::event_loop loop;
  infer::async_backends<> backends;
  for (std::size_t i = 0; i < models.size(); ++i) backends.emplace_back(my_engine(loop));
  const run::event_executor<run::event_loop> execute{&loop};
  const auto out = execute(job, std::move(backends), {.stand_ins = true}, [](const run::event& e) {
    std::printf("%-9s %-6.*s %.*s\n", std::string(name_of(e.kind)).c_str(),
                static_cast<int>(e.subtask_name.size()), e.subtask_name.data(),
                static_cast<int>(e.model_name.size()), e.model_name.data());
  });
  for (const auto& o : out.subtasks) std::printf("%s\n", o.value ? o.value->c_str() : o.why.c_str());
  return out.complete() ? 0 : 1;
}
