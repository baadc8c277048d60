// SPDX-License-Identifier: BSL-1.0
/// @file Options of a request, and its body as a server reads it.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"

namespace shoal::openai {

/// What an answer must look like.
enum class answer_format {
  text,         ///< anything
  json_object,  ///< some JSON object ("JSON mode")
  json_schema,  ///< JSON of `options::schema`
};

/// How a model is asked. What is not set is left to the server.
struct options {
  std::string system{};                     ///< text of the system message; empty: none
  std::optional<double> temperature{};      ///< >= 0; 0: the likeliest token each time
  std::optional<double> top_p{};            ///< (0, 1]
  std::optional<std::uint64_t> seed{};      ///< of the server's random numbers
  std::optional<std::size_t> max_tokens{};  ///< longest answer, tokens, >= 1
  std::vector<std::string> stop{};          ///< words before which the answer ends
  std::optional<std::size_t>
      top_logprobs{};  ///< log-probabilities of each token, and of so many likeliest; [0, 20]
  answer_format format = answer_format::text;
  nlohmann::json schema{};                          ///< a JSON schema, for `answer_format::json_schema`
  bool stream = true;                               ///< ask for the answer piece by piece
  nlohmann::json extra = nlohmann::json::object();  ///< further members of the body, and in place of ours
};

/// Which interface is spoken.
enum class dialect {
  chat,    ///< `/v1/chat/completions`
  text,    ///< `/v1/completions`: no chat template, no system message
  ollama,  ///< Ollama's own `/api/chat`
};

/// One turn of a chat.
struct turn {
  std::string role{};  ///< "system", "user" or "assistant"
  std::string content{};
};

/// @throws invalid_argument  when a figure is out of its range.
inline void check(const options& how) {
  const auto refuse = [](const char* name, double value, const char* wanted) {
    throw invalid_argument(message("openai: ", name, " ", value, " is not ", wanted));
  };
  if (how.temperature && !(*how.temperature >= 0 && std::isfinite(*how.temperature))) {
    refuse("temperature", *how.temperature, "a finite number >= 0");
  }
  if (how.top_p && !(*how.top_p > 0 && *how.top_p <= 1)) refuse("top_p", *how.top_p, "in (0, 1]");
  if (how.max_tokens && *how.max_tokens == 0) refuse("max_tokens", 0, ">= 1");
  if (how.top_logprobs && *how.top_logprobs > 20) {
    refuse("top_logprobs", static_cast<double>(*how.top_logprobs), "<= 20");
  }
  if (how.format == answer_format::json_schema && !how.schema.is_object()) {
    throw invalid_argument("openai: the answer format json_schema needs a schema");
  }
  if (!how.extra.is_object()) throw invalid_argument("openai: extra is not an object");
}

namespace detail {

inline void add_format(nlohmann::json& body, const options& how) {
  if (how.format == answer_format::json_object) body["response_format"] = {{"type", "json_object"}};
  if (how.format == answer_format::json_schema) {
    body["response_format"] = {
        {"type", "json_schema"},
        {"json_schema", {{"name", "answer"}, {"strict", true}, {"schema", how.schema}}}};
  }
}

inline nlohmann::json ollama_body(const options& how) {
  nlohmann::json body{{"stream", how.stream}};
  nlohmann::json& inner = body["options"] = nlohmann::json::object();
  if (how.temperature) inner["temperature"] = *how.temperature;
  if (how.top_p) inner["top_p"] = *how.top_p;
  if (how.seed) inner["seed"] = *how.seed;
  if (how.max_tokens) inner["num_predict"] = *how.max_tokens;
  if (!how.stop.empty()) inner["stop"] = how.stop;
  if (how.format == answer_format::json_object) body["format"] = "json";
  if (how.format == answer_format::json_schema) body["format"] = how.schema;
  if (how.top_logprobs) {
    body["logprobs"] = true;
    body["top_logprobs"] = *how.top_logprobs;
  }
  return body;
}

}  // namespace detail

/// The body of a request.
/// @param turns  of the chat; the completion interface sends their contents, one behind the other.
inline nlohmann::json write_body(dialect spoken, const std::string& model, const std::vector<turn>& turns,
                                 const options& how) {
  nlohmann::json body = spoken == dialect::ollama ? detail::ollama_body(how) : nlohmann::json::object();
  if (!model.empty()) body["model"] = model;
  if (spoken == dialect::text) {
    std::string prompt;
    for (const turn& t : turns) prompt += t.content;
    body["prompt"] = std::move(prompt);
  } else {
    nlohmann::json& messages = body["messages"] = nlohmann::json::array();
    if (!how.system.empty()) messages.push_back({{"role", "system"}, {"content", how.system}});
    for (const turn& t : turns) messages.push_back({{"role", t.role}, {"content", t.content}});
  }
  if (spoken != dialect::ollama) {
    if (how.temperature) body["temperature"] = *how.temperature;
    if (how.top_p) body["top_p"] = *how.top_p;
    if (how.seed) body["seed"] = *how.seed;
    if (how.max_tokens) body["max_tokens"] = *how.max_tokens;
    if (!how.stop.empty()) body["stop"] = how.stop;
    if (how.top_logprobs && spoken == dialect::text) body["logprobs"] = *how.top_logprobs;
    if (how.top_logprobs && spoken == dialect::chat) {
      body["logprobs"] = true;
      body["top_logprobs"] = *how.top_logprobs;
    }
    detail::add_format(body, how);
    if (how.stream) {
      body["stream"] = true;
      body["stream_options"] = {{"include_usage", true}};
    }
  }
  body.update(how.extra);
  return body;
}

/// A body as the bytes that are sent. Text that is not UTF-8 is mended: JSON can hold no other.
inline std::string to_bytes(const nlohmann::json& body) {
  return body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace shoal::openai
