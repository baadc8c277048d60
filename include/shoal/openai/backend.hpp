// SPDX-License-Identifier: BSL-1.0
/// @file Backends: a model behind a server, as an executor calls it.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>

#include "shoal/infer/async_backend.hpp"
#include "shoal/infer/backend.hpp"
#include "shoal/infer/reply.hpp"
#include "shoal/infer/request.hpp"
#include "shoal/openai/asking.hpp"
#include "shoal/openai/client.hpp"
#include "shoal/openai/confidence.hpp"
#include "shoal/openai/engine.hpp"
#include "shoal/openai/options.hpp"
#include "shoal/openai/server.hpp"
#include "shoal/task/answer.hpp"

namespace shoal::openai {

/// The text that a model gets for a request: the instruction, the input, and the answers that it uses under
/// their subtasks' names, with blank lines between. Line ends at the end of each are where a text was cut,
/// and are left out.
inline std::string prompt_of(const infer::request<>& r) {
  std::string out;
  const auto add = [&](std::string_view part) {
    while (part.ends_with('\n') || part.ends_with('\r')) part.remove_suffix(1);
    if (part.empty()) return;
    if (!out.empty()) out += "\n\n";
    out += part;
  };
  add(r.instruction);
  add(r.input);
  for (const auto& need : r.needs) add(need.subtask + ":\n" + need.value);
  return out;
}

/// A model behind a server, and how it is asked.
struct hosted_model {
  server where{};
  std::string model{};  ///< as the server calls it; empty: the server has only one
  options how{};
  dialect spoken = dialect::chat;
  std::function<std::string(const infer::request<>&)> prompt = prompt_of;
  /// Makes a confidence of the answer's tokens; empty, or nothing to go by: 1. Needs `how.top_logprobs`.
  std::function<std::optional<double>(std::span<const token_figure>)> confidence = {};
};

namespace detail {

inline question question_for(const hosted_model& m, const infer::request<>& r) {
  return {.model = m.model,
          .turns = {{"user", m.prompt(r)}},
          .how = m.how,
          .spoken = m.spoken,
          .deadline = r.deadline,
          .idempotency_key = r.idempotency_key};
}

inline answer<> answer_of(completion&& c, const hosted_model& m) {
  answer<> out;
  if (m.confidence) out.confidence = m.confidence(c.tokens).value_or(1.0);
  out.value = std::move(c.text);
  out.used.input_tokens = c.input_tokens;
  out.used.output_tokens = c.output_tokens;
  out.used.time_s = c.seconds;
  return out;
}

inline infer::reply<> reply_of(result<completion>&& end, const hosted_model& m) {
  if (auto* f = std::get_if<failure>(&end)) {
    return infer::failed_call{f->kind, f->what(), f->retryable, f->retry_after_s};
  }
  return answer_of(std::get<completion>(std::move(end)), m);
}

}  // namespace detail

/// A backend that waits for its server. Callable from any number of threads at once.
class backend {
 public:
  /// @throws invalid_argument  when a figure makes no sense or the key is not in the environment.
  explicit backend(hosted_model m) : model_(std::move(m)), client_(model_.where) { check(model_.how); }

  /// @throws failure
  answer<> operator()(const infer::request<>& r, std::stop_token stop) const {
    return detail::answer_of(client_.ask(detail::question_for(model_, r), stop), model_);
  }

  const client& server_client() const { return client_; }

 private:
  hosted_model model_;
  client client_;
};

static_assert(infer::backend<backend>);

/// A backend that is told when its server has answered: thousands of calls on one thread. Copies share their
/// calls.
class async_backend {
 public:
  /// @param by  lives as long as calls are begun.
  /// @throws invalid_argument  when a figure makes no sense or the key is not in the environment.
  async_backend(const engine& by, hosted_model m)
      : model_(std::make_shared<const hosted_model>(std::move(m))),
        client_(by, model_->where),
        running_(std::make_shared<calls>()) {
    check(model_->how);
  }

  void start(const infer::request<>& r, infer::call_id id, infer::completion<> done) {
    const auto told = std::make_shared<infer::completion<>>(std::move(done));
    // A call that ends at once waits here until it is known.
    const std::scoped_lock lock(running_->guard);
    try {
      running_->by_id[id] = client_.ask(detail::question_for(*model_, r),
                                        [m = model_, all = running_, id, told](result<completion> end) {
                                          {
                                            const std::scoped_lock own(all->guard);
                                            all->by_id.erase(id);
                                          }
                                          (*told)(detail::reply_of(std::move(end), *m));
                                        });
    } catch (...) {
      (*told)(infer::current_failure());
    }
  }

  void cancel(infer::call_id id) {
    const std::scoped_lock lock(running_->guard);
    if (const auto at = running_->by_id.find(id); at != running_->by_id.end()) at->second();
  }

 private:
  struct calls {
    std::mutex guard{};
    std::unordered_map<infer::call_id, cancel_handle> by_id{};
  };

  std::shared_ptr<const hosted_model> model_;
  async_client client_;
  std::shared_ptr<calls> running_;
};

static_assert(infer::async_backend<async_backend>);

}  // namespace shoal::openai
