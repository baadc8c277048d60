// SPDX-License-Identifier: BSL-1.0
/// @file Models on virtual time that do what a script says: for tests of the runtime.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "shoal/infer/async_backend.hpp"
#include "shoal/run/moment.hpp"
#include "shoal/sim/virtual_time.hpp"

namespace played {

using namespace shoal;
using run::later;

/// What a call on a model of these tests does: answer or fail after so many seconds, or never.
struct deed {
  double after_s = 1;
  std::optional<infer::failed_call> failure{};
  bool never = false;
};

inline deed answers(double after_s = 1) { return {after_s}; }
inline deed fails(double after_s = 1, infer::failure_kind kind = infer::failure_kind::refused,
                  bool retryable = true, double retry_after_s = 0) {
  return {after_s, infer::failed_call{kind, "as told", retryable, retry_after_s}};
}
inline deed stalls() { return {0, {}, true}; }

/// A model on virtual time: its n-th call does `script(n)`; a cancelled one says so `cancel_s` later.
struct model {
  struct state {
    sim::virtual_time& on;
    std::function<deed(std::size_t)> script;
    std::size_t calls = 0;
    std::size_t cancelled = 0;
    std::size_t running = 0;
    std::size_t most_running = 0;
    std::vector<infer::request<>> asked{};
    std::map<infer::call_id, std::pair<run::timer, std::unique_ptr<infer::completion<>>>> open{};

    void end(infer::call_id id, infer::reply<> r) {
      auto node = open.extract(id);
      if (node.empty()) return;
      --running;
      on.cancel(node.mapped().first);
      (*node.mapped().second)(std::move(r));
    }
  };
  std::shared_ptr<state> s;

  void start(const infer::request<>& r, infer::call_id id, infer::completion<> done) {
    const deed d = s->script(s->calls++);
    s->most_running = std::max(s->most_running, ++s->running);
    s->asked.push_back(r);
    auto& entry = s->open[id];
    entry.second = std::make_unique<infer::completion<>>(std::move(done));
    if (d.never) return;
    infer::reply<> out = answer<>{.value = r.model};
    if (d.failure) out = *d.failure;
    entry.first =
        s->on.at(later(s->on.now(), d.after_s), [st = s, id, out = std::move(out)] { st->end(id, out); });
  }
  void cancel(infer::call_id id) {
    if (s->open.count(id) == 0) return;
    ++s->cancelled;
    s->on.post([st = s, id] {
      st->end(id, infer::failed_call{infer::failure_kind::cancelled, "told to stop", false, 0});
    });
  }
};
static_assert(infer::async_backend<model>);

}  // namespace played
