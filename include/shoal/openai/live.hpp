// SPDX-License-Identifier: BSL-1.0
/// @file Live figures of a server: is it ready, how busy is it, how long is its queue, how fast does it
/// write.
#pragma once

#include <charconv>
#include <cstddef>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "shoal/core/clock.hpp"
#include "shoal/json/parse.hpp"
#include "shoal/openai/client.hpp"
#include "shoal/openai/failure.hpp"
#include "shoal/openai/reply.hpp"

namespace shoal::openai {

/// Figures that a server gave of itself; what it does not give is missing.
struct live_figures {
  bool ready = false;                          ///< it answers, and its model is loaded
  std::string note{};                          ///< where it is not ready: why
  std::optional<std::size_t> slots{};          ///< requests that it works on at once, at most
  std::optional<std::size_t> busy{};           ///< requests that it works on
  std::optional<std::size_t> queued{};         ///< requests that wait
  std::optional<double> tokens_per_s{};        ///< of the answers, since the server began
  std::optional<double> tokens_written{};      ///< of all answers, since the server began
  std::chrono::steady_clock::time_point at{};  ///< when they were read
};

/// The metrics of a text in Prometheus's format, by name; of a metric with labels, the sum. Lines that are no
/// metric are passed over.
/// @source Prometheus exposition formats, text-based format.
inline std::map<std::string, double, std::less<>> read_metrics(std::string_view text) {
  std::map<std::string, double, std::less<>> out;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const std::size_t name_end = line.find_first_of("{ \t");
    if (line.empty() || line[0] == '#' || name_end == std::string_view::npos || name_end == 0) continue;
    const std::string_view name = line.substr(0, name_end);
    line.remove_prefix(name_end);
    if (line[0] == '{') {
      const std::size_t close = line.rfind('}');  // a label's value may hold one, what follows may not
      if (close == std::string_view::npos) continue;
      line.remove_prefix(close + 1);
    }
    const std::size_t start = line.find_first_not_of(" \t");
    if (start == std::string_view::npos) continue;
    line.remove_prefix(start);
    double value = 0;
    const auto read = std::from_chars(line.data(), line.data() + line.size(), value);
    const bool whole =
        read.ptr == line.data() + line.size() || *read.ptr == ' ' || *read.ptr == '\t' || *read.ptr == '\r';
    if (read.ec == std::errc() && whole) out[std::string(name)] += value;
  }
  return out;
}

namespace detail {

inline void add_slots(std::string_view body, live_figures& out) {
  const nlohmann::json slots = json::parse(body);
  if (!slots.is_array()) return;
  std::size_t busy = 0;
  for (const nlohmann::json& slot : slots) {
    const nlohmann::json* working = given(slot, "is_processing");
    if (working != nullptr && working->is_boolean() && working->get<bool>()) ++busy;
  }
  out.slots = slots.size();
  out.busy = busy;
}

inline void add_metrics(std::string_view body, live_figures& out) {
  const auto metrics = read_metrics(body);
  const auto find = [&](std::string_view name) -> std::optional<double> {
    const auto at = metrics.find(name);
    if (at == metrics.end() || !(at->second >= 0 && at->second < 0x1p53)) return std::nullopt;
    return at->second;
  };
  const auto whole = [&](std::string_view name, std::optional<std::size_t>& into) {
    if (const auto value = find(name)) into = static_cast<std::size_t>(*value);
  };
  if (!out.busy) whole("llamacpp:requests_processing", out.busy);
  whole("llamacpp:requests_deferred", out.queued);
  whole("vllm:num_requests_running", out.busy);
  whole("vllm:num_requests_waiting", out.queued);
  for (const char* name :
       {"llamacpp:tokens_predicted_total", "vllm:generation_tokens_total", "vllm:generation_tokens"}) {
    if (const auto value = find(name)) out.tokens_written = value;
  }
  if (const auto speed = find("llamacpp:predicted_tokens_seconds")) out.tokens_per_s = speed;
}

}  // namespace detail

/// Reads `/health`, `/slots` and `/metrics` (llama-server, vLLM), and where there is no `/health` the list of
/// models. What a server does not have is missing from the figures; no failure is thrown but `cancelled`.
inline live_figures look(const client& at,
                         std::chrono::steady_clock::time_point deadline = client::no_deadline,
                         const std::stop_token& stop = {}) {
  live_figures out;
  out.at = std::chrono::steady_clock::now();
  // A server without the path is none that fails.
  const auto page = [&](const char* path) -> std::optional<std::string> {
    try {
      return at.page(path, deadline, stop);
    } catch (const failure& f) {
      if (f.why == cause::cancelled) throw;
      out.note = f.what();
      return std::nullopt;
    }
  };
  const auto passing = [](const auto& read) {
    try {
      read();
    } catch (const bad_input&) {  // a page of another kind under that path
    }
  };
  out.ready = page("/health").has_value();
  if (!out.ready && out.note.find("HTTP 404") == std::string::npos) return out;
  if (!out.ready) {
    try {
      static_cast<void>(at.models(deadline, stop));
      out.ready = true;
    } catch (const failure& f) {
      if (f.why == cause::cancelled) throw;
      out.note = f.what();
      return out;
    }
  }
  if (const auto body = page("/slots")) passing([&] { detail::add_slots(*body, out); });
  if (const auto body = page("/metrics")) passing([&] { detail::add_metrics(*body, out); });
  out.note.clear();
  return out;
}

/// Tokens a second between two looks at one server; nothing where it does not count them.
inline std::optional<double> tokens_per_s_between(const live_figures& before, const live_figures& after) {
  const double seconds = std::chrono::duration<double>(after.at - before.at).count();
  if (!before.tokens_written || !after.tokens_written || !(seconds > 0)) return std::nullopt;
  const double written = *after.tokens_written - *before.tokens_written;
  if (!(written >= 0)) return std::nullopt;  // it was restarted
  return written / seconds;
}

}  // namespace shoal::openai
