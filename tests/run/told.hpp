// SPDX-License-Identifier: BSL-1.0
/// @file Events for tests of observers: told by hand, drawn at random, and those of a made-up run.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "shoal/core/random.hpp"
#include "shoal/run/event.hpp"

namespace told {

using shoal::random_engine;
using shoal::uniform_01;
using shoal::uniform_below;
using shoal::run::event;
using shoal::run::event_kind;
using shoal::run::no_model;
using shoal::run::no_subtask;

/// Events with the names that they view.
struct story {
  std::vector<std::string> models{};
  std::vector<std::string> subtasks{};
  std::vector<event> events{};

  /// Adds an event; its names are those of its indices.
  event& add(event e) {
    if (e.model != no_model) e.model_name = models.at(e.model);
    if (e.subtask != no_subtask) e.subtask_name = subtasks.at(e.subtask);
    events.push_back(std::move(e));
    return events.back();
  }

  template <class Observer>
  void tell(Observer& see) const {
    for (const event& e : events) see(e);
  }
};

/// Names that mean something to a format that holds them.
inline std::vector<std::string> hostile_names() {
  return {"plain",
          "",
          "a\"b\\c\nd",
          "</script><script>alert(1)</script>",
          "<b onload='x'>&amp;",
          "]]>--><!--",
          std::string("nul\0in it", 9),
          "bad \xFF\xC3 bytes",
          "\xE2\x80\xAEright to left",
          std::string(5000, 'x') + "\xC3\xA9",
          "${PATH} %s %n",
          "other",
          "\x1b[31mred\x7f\r\n\t"};
}

/// Any events in any order: most make no sense.
inline story nonsense(std::uint64_t seed, std::size_t count) {
  random_engine engine(seed);
  story out{hostile_names(), hostile_names(), {}};
  const double odd[] = {0,
                        -1,
                        1e-9,
                        0.5,
                        3,
                        1e300,
                        -1e300,
                        std::numeric_limits<double>::infinity(),
                        -std::numeric_limits<double>::infinity(),
                        std::numeric_limits<double>::quiet_NaN()};
  const auto number = [&] {
    return uniform_below(engine, 4) == 0 ? odd[uniform_below(engine, std::size(odd))]
                                         : 10 * uniform_01(engine);
  };
  const auto index = [&](std::size_t size) -> std::size_t {
    return uniform_below(engine, 8) == 0 ? no_model : static_cast<std::size_t>(uniform_below(engine, size));
  };
  for (std::size_t i = 0; i < count; ++i) {
    event e{.kind = static_cast<event_kind>(uniform_below(engine, 16)),
            .subtask = index(out.subtasks.size()),
            .model = index(out.models.size()),
            .attempt = static_cast<std::size_t>(uniform_below(engine, 3)),
            .at_s = number(),
            .wait_s = number(),
            .text = out.models[uniform_below(engine, out.models.size())],
            .used = {.input_tokens = engine() >> uniform_below(engine, 64),
                     .output_tokens = uniform_below(engine, 9),
                     .time_s = number(),
                     .energy_j = number()}};
    if (uniform_below(engine, 2) == 0) {
      e.failure = static_cast<shoal::infer::failure_kind>(uniform_below(engine, 5));
    }
    out.add(std::move(e));
  }
  return out;
}

/// The story of a run that makes sense: calls one after the other on each model, some of which fail and are
/// retried, hedged, cancelled or late; breakers open, a model dies and comes back.
inline story made_up(std::uint64_t seed, std::size_t models, std::size_t subtasks) {
  random_engine engine(seed);
  story out;
  for (std::size_t i = 0; i < models; ++i) out.models.push_back("model-" + std::to_string(i + 1));
  for (std::size_t k = 0; k < subtasks; ++k) out.subtasks.push_back("part-" + std::to_string(k + 1));
  std::vector<double> free_s(models, 0);
  const auto took = [&] { return 0.1 + 0.4 * uniform_01(engine) * uniform_01(engine); };
  for (std::size_t k = 0; k < subtasks; ++k) {
    const double ready_s = 0.02 * static_cast<double>(k);
    std::size_t i = static_cast<std::size_t>(uniform_below(engine, models));
    bool done = false;
    for (std::size_t attempt = 1; attempt <= 3 && !done; ++attempt) {
      double at = std::max(ready_s, free_s[i]);
      if (free_s[i] > ready_s) {
        out.add({.kind = event_kind::queued, .subtask = k, .model = i, .attempt = attempt, .at_s = ready_s});
      }
      out.add({.kind = event_kind::started, .subtask = k, .model = i, .attempt = attempt, .at_s = at});
      const double lasts = took();
      const auto luck = uniform_below(engine, 20);
      if (luck == 0) {  // fails; the same model again
        free_s[i] = at + lasts;
        out.add({.kind = event_kind::failed,
                 .subtask = k,
                 .model = i,
                 .attempt = attempt,
                 .at_s = free_s[i],
                 .failure = shoal::infer::failure_kind::refused,
                 .text = "503 overloaded"});
        out.add({.kind = event_kind::retried,
                 .subtask = k,
                 .model = i,
                 .attempt = attempt,
                 .at_s = free_s[i],
                 .wait_s = 0.1});
        free_s[i] += 0.1;
      } else if (luck == 1) {  // times out; another model, and a late answer
        free_s[i] = at + 1;
        out.add({.kind = event_kind::failed,
                 .subtask = k,
                 .model = i,
                 .attempt = attempt,
                 .at_s = at + 1,
                 .failure = shoal::infer::failure_kind::timeout,
                 .text = "no answer within 1 s"});
        out.add({.kind = event_kind::late, .subtask = k, .model = i, .attempt = attempt, .at_s = at + 1.4});
        free_s[i] = at + 1.4;
        i = (i + 1) % models;
        out.add({.kind = event_kind::reassigned,
                 .subtask = k,
                 .model = i,
                 .attempt = attempt + 1,
                 .at_s = at + 1});
      } else if (luck == 2 && models > 1) {  // slow: hedged, the hedge wins
        const std::size_t other = (i + 1) % models;
        const double hedge_s = std::max(at + 0.3, free_s[other]);
        out.add(
            {.kind = event_kind::hedged, .subtask = k, .model = other, .attempt = attempt, .at_s = hedge_s});
        out.add(
            {.kind = event_kind::started, .subtask = k, .model = other, .attempt = attempt, .at_s = hedge_s});
        free_s[other] = hedge_s + lasts;
        out.add({.kind = event_kind::answered,
                 .subtask = k,
                 .model = other,
                 .attempt = attempt,
                 .at_s = free_s[other],
                 .used = {90, 20, lasts, 30 * lasts}});
        out.add({.kind = event_kind::cancelled,
                 .subtask = k,
                 .model = i,
                 .attempt = attempt,
                 .at_s = free_s[other]});
        free_s[i] = free_s[other];
        done = true;
      } else {
        free_s[i] = at + lasts;
        out.add({.kind = event_kind::answered,
                 .subtask = k,
                 .model = i,
                 .attempt = attempt,
                 .at_s = free_s[i],
                 .used = {90, 20, lasts, 30 * lasts}});
        done = true;
      }
    }
    out.add({.kind = done ? event_kind::finished : event_kind::gave_up,
             .subtask = k,
             .at_s = free_s[i],
             .text = done ? "" : "every attempt failed; the last: refused, 503 overloaded"});
  }
  const double end_s = *std::max_element(free_s.begin(), free_s.end());
  const auto about = [&](event_kind kind, std::size_t i, double share, double wait_s = 0) {
    out.add({.kind = kind, .subtask = no_subtask, .model = i, .at_s = share * end_s, .wait_s = wait_s});
  };
  about(event_kind::breaker_opened, 0, 0.3, 0.1 * end_s);
  about(event_kind::breaker_closed, 0, 0.42);
  about(event_kind::model_dead, models - 1, 0.55);
  about(event_kind::model_back, models - 1, 0.7);
  std::stable_sort(out.events.begin(), out.events.end(),
                   [](const event& a, const event& b) { return a.at_s < b.at_s; });
  return out;
}

}  // namespace told
