// SPDX-License-Identifier: BSL-1.0
/// @file In-line executor: one call after the other, on the caller's thread.
#pragma once

#include <algorithm>
#include <exception>
#include <type_traits>
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
    const time_point began = clock::now();
    time_point now = began;  // read again after whatever may have taken long
    const auto now_s = [&] { return seconds_between(began, now); };

    std::exception_ptr observer_error;
    const auto notify = [&](const event& e) {
      if (observer_error) return;
      try {
        see(e);
      } catch (...) {
        observer_error = std::current_exception();
      }
    };
    // Nobody looks: nothing need be told.
    constexpr bool seen = !std::is_same_v<std::remove_cvref_t<Observer>, no_observer>;
    using notified = std::conditional_t<seen, decltype(notify), no_observer>;
    const auto teller = [&] {
      if constexpr (seen) {
        return notify;
      } else {
        return no_observer{};
      }
    };
    ledger<Value, notified> book(j, o, teller());

    const auto tell = [&](const call& c, event e) {
      if constexpr (!seen) return;
      e.subtask = c.subtask;
      e.model = c.model;
      e.attempt = c.attempt;
      e.at_s = now_s();
      e.subtask_name = j.graph[c.subtask].name;
      e.model_name = j.models[c.model].name;
      notify(e);
    };
    const auto ask = [&](const call& c) {
      infer::request<Value> r = book.request_for(c);
      const time_point from = now;
      r.deadline = std::min(o.deadline, later(from, o.try_timeout.count()));
      book.began(c);
      book.asked();
      tell(c, {.kind = event_kind::started});
      auto result = detail::guarded<answer<Value>>([&] { return backends[c.model](r, o.stop); });
      now = clock::now();
      if (result.index() == 0 && now >= r.deadline) {
        result = infer::failed_call{infer::failure_kind::timeout, "its answer came after the deadline"};
      }
      if (result.index() == 0) {
        answer<Value>& a = std::get<0>(result);
        const double took_s = seconds_between(from, now);
        tell(c, {.kind = event_kind::answered, .used = book.used(a.used, c.subtask, c.model, took_s)});
        book.answered(c, c.model, std::move(a), took_s, now_s());
        if (detail::heard_enough(combine, book, c.subtask)) book.enough(c.subtask, now_s());
        return;
      }
      infer::failed_call& thrown = std::get<1>(result);
      if (const auto end = detail::over(o, now)) {  // the run's end is why it failed
        thrown.kind = detail::kind_of(end->how);
        thrown.text = end->why;
      }
      tell(c, {.kind = event_kind::failed, .failure = thrown.kind, .text = thrown.text});
      book.missed(c.subtask,
                  {c.model, j.models[c.model].name, c.attempt, thrown.kind, std::move(thrown.text), now_s()});
      if (!detail::over(o, now)) book.failed(c, now_s());
    };

    for (bool open = true; !book.done();) {
      if (const auto end = detail::over(o, now); end && std::exchange(open, false)) {
        book.close(end->how, end->why, now_s());
      }
      const action next = book.take();
      if (next.todo == action::kind::ask) {
        ask(next.what);
      } else if (next.todo == action::kind::move) {
        const reassignment found = detail::replanned(o, j, book.to_move());
        now = clock::now();
        book.move(found, now_s());
      } else if (next.todo == action::kind::combine) {
        const std::size_t k = next.what.subtask;
        auto [value, why] = detail::combined(combine, book.answers(k));
        if constexpr (!std::is_same_v<Combine, first_answer>) now = clock::now();
        book.settle(k, std::move(value), std::move(why), now_s());
      }
    }
    outcomes<Value> out = book.finish(now_s());
    out.observer_error = observer_error;
    return out;
  }
};

}  // namespace shoal::run
