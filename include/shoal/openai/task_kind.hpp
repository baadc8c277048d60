// SPDX-License-Identifier: BSL-1.0
/// @file The backend kind "openai" of task files: `{"kind": "openai", "url": "...", "model": "..."}`.
#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include "shoal/json/backend.hpp"
#include "shoal/json/cursor.hpp"
#include "shoal/openai/backend.hpp"
#include "shoal/openai/confidence.hpp"
#include "shoal/openai/options.hpp"
#include "shoal/openai/plan_schema.hpp"

namespace shoal::openai {

namespace detail {

inline void read_format(const json::cursor& at, options& out) {
  const auto schema = at.find("schema");
  const auto format = at.find("format");
  if (schema) {
    if (format) format->refuse("either \"format\" or \"schema\" is needed");
    if (!schema->value().is_object()) schema->refuse_not("a JSON schema");
    out.format = answer_format::json_schema;
    out.schema = schema->value();
  } else if (format) {
    switch (format->one_of({"text", "json", "plan"})) {
      case 1:
        out.format = answer_format::json_object;
        break;
      case 2:
        out.format = answer_format::json_schema;
        out.schema = plan_schema();
        break;
      default:
        break;
    }
  }
}

}  // namespace detail

/// Options as files write them; see docs/servers.md.
/// @throws json::value_error
inline options read_options(const json::cursor& at) {
  at.only({"system", "temperature", "top_p", "seed", "max_tokens", "stop", "top_logprobs", "format", "schema",
           "stream", "extra"});
  options out;
  if (const auto system = at.find("system")) out.system = system->text();
  if (const auto temperature = at.find("temperature")) out.temperature = temperature->amount();
  if (const auto top_p = at.find("top_p")) {
    out.top_p = top_p->share();
    if (*out.top_p == 0) top_p->refuse_not("in (0, 1]");
  }
  if (const auto seed = at.find("seed")) out.seed = seed->whole(0);
  if (const auto tokens = at.find("max_tokens")) out.max_tokens = tokens->whole(1);
  if (const auto stop = at.find("stop")) {
    for (std::size_t i = 0; i < stop->size(); ++i) out.stop.push_back((*stop)[i].name());
  }
  if (const auto top = at.find("top_logprobs")) {
    out.top_logprobs = top->whole(0);
    if (*out.top_logprobs > 20) top->refuse_not("<= 20");
  }
  detail::read_format(at, out);
  if (const auto stream = at.find("stream")) out.stream = stream->boolean();
  if (const auto extra = at.find("extra")) {
    if (!extra->value().is_object()) extra->refuse_not("an object");
    out.extra = extra->value();
  }
  return out;
}

/// The hosted model that an object describes.
/// @throws json::value_error
inline hosted_model read_hosted_model(const json::cursor& at) {
  at.only({"kind", "url", "model", "key_env", "dialect", "options", "confidence", "ca_file", "connect_s",
           "response_bytes"});
  hosted_model out;
  out.where.url = at.at("url").name();
  if (const auto model = at.find("model")) out.model = model->name();
  if (const auto key = at.find("key_env")) out.where.key_env = key->name();
  if (const auto ca = at.find("ca_file")) out.where.ca_file = ca->name();
  if (const auto wait = at.find("connect_s")) out.where.connect_s = wait->amount();
  if (const auto bytes = at.find("response_bytes")) out.where.response_bytes = bytes->whole(1);
  if (const auto spoken = at.find("dialect")) {
    constexpr dialect all[] = {dialect::chat, dialect::text, dialect::ollama};
    out.spoken = all[spoken->one_of({"chat", "text", "ollama"})];
  }
  if (const auto how = at.find("options")) out.how = read_options(*how);
  if (const auto confidence = at.find("confidence")) {
    const std::size_t which = confidence->one_of({"mean-logprob", "margin", "entropy"});
    if (which == 0) out.confidence = mean_logprob{};
    if (which == 1) out.confidence = margin{};
    if (which == 2) out.confidence = entropy{};
    const std::size_t wanted = which == 0 ? 0 : 2;
    if (!out.how.top_logprobs) out.how.top_logprobs = wanted;
    if (*out.how.top_logprobs < wanted) confidence->refuse("it needs options.top_logprobs >= 2");
  }
  return out;
}

/// Reader of the kind "openai", for `json::read_task_file`.
/// @throws json::value_error  also where the key is not in the environment.
inline infer::any_backend<> read_backend(const json::cursor& at, const std::filesystem::path& folder) {
  hosted_model m = read_hosted_model(at);
  if (!m.where.ca_file.empty()) m.where.ca_file = (folder / m.where.ca_file).string();
  try {
    return backend(std::move(m));
  } catch (const invalid_argument& e) {
    at.refuse(e.what());
  }
}

}  // namespace shoal::openai
