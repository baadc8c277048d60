// SPDX-License-Identifier: BSL-1.0
/// @file In-line executor: one call after the other, on the caller's thread.
#pragma once

#include <algorithm>
#include <exception>
#include <utility>
#include <variant>
#include <vector>

#include "shoal/core/clock.hpp"
#include "shoal/run/executor.hpp"
#include "shoal/run/ledger.hpp"

namespace shoal::run {

/// Makes one call at a time, on the thread that calls it, in a fixed order: equal backends give equal
/// outcomes. It starts no thread, so nothing can interrupt a call: a backend must look at its request's
/// deadline and at its stop token, which is that of the options. An answer that comes after its call's
/// deadline counts as a timeout.
struct inline_executor {
  /// @param backends  one for each model, in the job's order.
  /// @throws bad_input  when the parts do not fit together, before anything runs.
  template <class Value, observer Observer = no_observer, combiner<Value> Combine = first_answer>
  outcomes<Value> operator()(const job& j, const infer::backends<Value>& backends, const options& o = {},
                             Observer&& see = {}, const Combine& combine = {}) const {
    using clock = std::chrono::steady_clock;
    detail::check_run(j, backends, o);
    const clock::time_point began = clock::now();
    const auto now_s = [&] { return std::chrono::duration<double>(clock::now() - began).count(); };

    std::exception_ptr observer_error;
    const auto notify = [&](const event& e) {
      if (observer_error) return;
      try {
        see(e);
      } catch (...) {
        observer_error = std::current_exception();
      }
    };
    ledger<Value, decltype(notify)> book(j, o, std::vector<std::size_t>(j.models.size(), 1), notify);

    const auto ask = [&](const call& c) {
      infer::request<Value> r = book.request_for(c);
      const clock::time_point from = clock::now();
      r.deadline = std::min(o.deadline, detail::after(from, o.try_timeout));
      auto result = detail::guarded<answer<Value>>([&] { return backends[c.model](r, o.stop); });
      const clock::time_point to = clock::now();
      book.returned(c);
      if (result.index() == 0 && to >= r.deadline) {
        result = detail::call_failure{infer::failure_kind::timeout, "its answer came after the deadline"};
      }
      if (result.index() == 0) {
        const double took_s = std::chrono::duration<double>(to - from).count();
        book.answered(c, std::get<0>(std::move(result)), took_s, now_s());
      } else if (!detail::over(o)) {  // else the run's end is why it failed, and closing the book says so
        auto& thrown = std::get<1>(result);
        book.failed(c, thrown.kind, std::move(thrown.text), now_s());
      }
    };

    for (bool open = true; !book.done();) {
      if (const auto end = detail::over(o); end && std::exchange(open, false)) {
        book.close(end->how, end->why, now_s());
      }
      const action next = book.take(now_s());
      if (const auto* c = std::get_if<call>(&next)) {
        ask(*c);
      } else if (const auto* stuck = std::get_if<move_stuck>(&next)) {
        book.move(detail::replanned(o, j, stuck->now), now_s());
      } else if (const auto* ready = std::get_if<combine_answers>(&next)) {
        auto [value, why] = detail::combined(combine, book.answers(ready->subtask));
        book.settle(ready->subtask, std::move(value), std::move(why), now_s());
      }
    }
    outcomes<Value> out = book.finish(now_s());
    out.observer_error = observer_error;
    return out;
  }
};

}  // namespace shoal::run
