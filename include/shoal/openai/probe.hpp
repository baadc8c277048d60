// SPDX-License-Identifier: BSL-1.0
/// @file Probe: what a model behind a server takes, by length of the prompt and by requests at once.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "shoal/core/clock.hpp"
#include "shoal/core/error.hpp"
#include "shoal/openai/backend.hpp"
#include "shoal/openai/engine.hpp"
#include "shoal/openai/failure.hpp"

namespace shoal::openai {

/// What a probe asks.
struct probe_plan {
  std::vector<std::size_t> words{16, 128};     ///< lengths of prompts, words, each >= 1
  std::vector<std::size_t> concurrency{1, 4};  ///< requests at once, each >= 1
  std::size_t requests = 8;     ///< for each length and concurrency, >= 1; more where the concurrency is
  std::size_t max_tokens = 32;  ///< longest answer, >= 1
  double timeout_s = 120;       ///< of each request, > 0
  std::function<std::optional<double>()> energy{};  ///< joules so far, a counter; empty: none is measured
};

/// Figures of one length and concurrency. Those of answers are over the requests that were answered.
struct probe_point {
  std::size_t words = 0;
  std::size_t concurrency = 0;
  std::size_t answered = 0;
  std::size_t failed = 0;
  std::string first_failure{};    ///< in words; empty: none failed
  double input_tokens = 0;        ///< mean; 0: the server does not say
  double output_tokens = 0;       ///< mean; of a server that does not count, pieces of the stream
  double first_text_s = 0;        ///< median time to the first text
  double latency_s = 0;           ///< median time to the last
  double latency_p95_s = 0;       ///< 95 % were no slower
  double tokens_per_s = 0;        ///< of one answer, median: its tokens after the first text, over their time
  double total_tokens_per_s = 0;  ///< of all answers at once
  std::optional<double> joules{};  ///< of the machine, for each request
};

namespace detail {

inline double quantile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const auto at = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5);
  return values[at];
}

// The number stands first: two prompts of a probe have no beginning in common that a server could have kept.
inline std::string probe_prompt(std::size_t number, std::size_t words) {
  static constexpr const char* list[] = {"the",   "boats", "carry", "stone", "and",
                                         "grain", "along", "a",     "river"};
  std::string out = std::to_string(number);
  for (std::size_t i = 1; i < words; ++i) out += std::string(" ") + list[i % std::size(list)];
  return out;
}

struct probe_answer {
  completion what{};
  std::size_t pieces = 0;
};

// Sends the requests of one point, so many at once, and waits for all.
inline probe_point measure(const async_client& at, const hosted_model& m, const probe_plan& plan,
                           std::size_t words, std::size_t concurrency, std::size_t& number,
                           const std::stop_token& stop) {
  struct shared {
    std::mutex guard{};
    std::condition_variable_any changed{};
    std::size_t running = 0;
    std::vector<probe_answer> answers{};
    std::vector<failure> failures{};
  } s;
  probe_point out{.words = words, .concurrency = concurrency};
  const std::size_t requests = std::max(plan.requests, concurrency);
  const auto joules_before = plan.energy ? plan.energy() : std::nullopt;
  const auto begun = std::chrono::steady_clock::now();
  std::vector<cancel_handle> calls;
  for (std::size_t i = 0; i < requests; ++i) {
    {
      std::unique_lock lock(s.guard);
      if (!s.changed.wait(lock, stop, [&] { return s.running < concurrency; })) break;
      ++s.running;
    }
    question q{.model = m.model,
               .turns = {{"user", probe_prompt(number++, words)}},
               .how = m.how,
               .spoken = m.spoken};
    q.how.stream = true;
    q.how.max_tokens = plan.max_tokens;
    q.deadline = std::chrono::steady_clock::now() + std::chrono::ceil<std::chrono::steady_clock::duration>(
                                                        std::chrono::duration<double>(plan.timeout_s));
    const auto pieces = std::make_shared<std::size_t>(0);
    calls.push_back(at.ask(
        q,
        [&s, pieces](result<completion> end) {
          const std::scoped_lock lock(s.guard);
          if (auto* f = std::get_if<failure>(&end)) {
            s.failures.push_back(std::move(*f));
          } else {
            s.answers.push_back({std::get<completion>(std::move(end)), *pieces});
          }
          --s.running;
          s.changed.notify_all();
        },
        [pieces](std::string_view) { ++*pieces; }));
  }
  {
    std::unique_lock lock(s.guard);
    if (!s.changed.wait(lock, stop, [&] { return s.running == 0; })) {
      lock.unlock();
      for (const cancel_handle& end : calls) end();
      lock.lock();
      s.changed.wait(lock, [&] { return s.running == 0; });
      throw failure(cause::cancelled, "a stop was requested");
    }
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  const auto joules_after = plan.energy ? plan.energy() : std::nullopt;
  std::vector<double> first;
  std::vector<double> whole;
  std::vector<double> speed;
  double tokens = 0;
  double read = 0;
  for (const probe_answer& a : s.answers) {
    const double written =
        a.what.output_tokens > 0 ? static_cast<double>(a.what.output_tokens) : static_cast<double>(a.pieces);
    tokens += written;
    read += static_cast<double>(a.what.input_tokens);
    whole.push_back(a.what.seconds);
    if (a.what.first_text_s == 0) continue;
    first.push_back(a.what.first_text_s);
    const double writing_s = a.what.seconds - a.what.first_text_s;
    if (written > 1 && writing_s > 0) speed.push_back((written - 1) / writing_s);
  }
  out.answered = s.answers.size();
  out.failed = s.failures.size();
  if (!s.failures.empty()) out.first_failure = s.failures.front().what();
  const double n = std::max<double>(1, static_cast<double>(out.answered));
  out.input_tokens = read / n;
  out.output_tokens = tokens / n;
  out.first_text_s = quantile(first, 0.5);
  out.latency_s = quantile(whole, 0.5);
  out.latency_p95_s = quantile(whole, 0.95);
  out.tokens_per_s = quantile(speed, 0.5);
  out.total_tokens_per_s = tokens / seconds;
  if (joules_before && joules_after && out.answered > 0) out.joules = (*joules_after - *joules_before) / n;
  return out;
}

}  // namespace detail

/// Measures a model behind a server. One request goes before all others and is not counted: it loads what is
/// loaded at first use.
/// @return  one point for each length and concurrency.
/// @throws failure  where that first request fails, or a stop is requested; invalid_argument.
inline std::vector<probe_point> probe(const hosted_model& m, const probe_plan& plan,
                                      const std::stop_token& stop = {}) {
  const auto zero = [](const std::vector<std::size_t>& all) {
    return std::find(all.begin(), all.end(), 0U) != all.end();
  };
  if (zero(plan.words) || zero(plan.concurrency) || plan.requests == 0 || plan.max_tokens == 0 ||
      !(plan.timeout_s > 0)) {
    throw invalid_argument("probe: words, concurrency, requests, max_tokens and timeout_s must be > 0");
  }
  const client first(m.where);
  std::size_t number = 1;
  question warm{.model = m.model,
                .turns = {{"user", detail::probe_prompt(number++, 4)}},
                .how = m.how,
                .spoken = m.spoken};
  warm.how.max_tokens = 1;
  warm.deadline = std::chrono::steady_clock::now() + std::chrono::ceil<std::chrono::steady_clock::duration>(
                                                         std::chrono::duration<double>(plan.timeout_s));
  static_cast<void>(first.ask(warm, stop));
  const engine threads;
  const async_client at(threads, m.where);
  std::vector<probe_point> out;
  for (const std::size_t words : plan.words) {
    for (const std::size_t together : plan.concurrency) {
      out.push_back(detail::measure(at, m, plan, words, together, number, stop));
    }
  }
  return out;
}

}  // namespace shoal::openai
