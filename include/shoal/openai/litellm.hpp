// SPDX-License-Identifier: BSL-1.0
/// @file LiteLLM's `model_list` as models of a swarm file.
#pragma once

#include <array>
#include <cctype>
#include <cstddef>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shoal/core/message.hpp"
#include "shoal/json/cursor.hpp"
#include "shoal/json/write_swarm.hpp"

namespace shoal::openai {

/// What became of a model list.
struct litellm_import {
  json::ordered swarm{};             ///< `{"models": [...]}`, each with its backend
  std::vector<std::string> notes{};  ///< what could not be taken over, one line each
};

namespace detail {

// Where a provider's own server is, and the variable that holds its key; an empty URL must be given.
struct provider {
  std::string_view prefix;
  std::string_view url;
  std::string_view key_env;
};

inline constexpr std::array<provider, 14> providers{{
    {"openai/", "https://api.openai.com/v1", "OPENAI_API_KEY"},
    {"text-completion-openai/", "https://api.openai.com/v1", "OPENAI_API_KEY"},
    {"hosted_vllm/", "", ""},
    {"vllm/", "", ""},
    {"ollama/", "http://localhost:11434", ""},
    {"ollama_chat/", "http://localhost:11434", ""},
    {"lm_studio/", "", ""},
    {"llamafile/", "http://127.0.0.1:8080/v1", ""},
    {"litellm_proxy/", "", "LITELLM_PROXY_API_KEY"},
    {"custom_openai/", "", ""},
    {"mistral/", "https://api.mistral.ai/v1", "MISTRAL_API_KEY"},
    {"groq/", "https://api.groq.com/openai/v1", "GROQ_API_KEY"},
    {"deepseek/", "https://api.deepseek.com/v1", "DEEPSEEK_API_KEY"},
    {"openrouter/", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"},
}};

inline constexpr std::string_view from_environment = "os.environ/";

// A name made of a model's, as environment variables are named.
inline std::string key_name(const std::string& model) {
  std::string out;
  for (const char c : model) {
    const auto byte = static_cast<unsigned char>(c);
    out += std::isalnum(byte) != 0 && byte < 0x80 ? static_cast<char>(std::toupper(byte)) : '_';
  }
  return out + "_API_KEY";
}

inline json::ordered litellm_options(const json::cursor& params) {
  json::ordered out = json::ordered::object();
  for (const char* key : {"temperature", "top_p", "seed", "max_tokens", "stop"}) {
    const auto value = params.find(key);
    if (!value || value->value().is_null()) continue;
    if (std::string_view(key) == "stop" && value->value().is_string()) {
      out[key] = json::ordered::array({value->text()});
    } else {
      out[key] = value->value();
    }
  }
  return out;
}

// One deployment; null where no server of the OpenAI interface is behind it.
inline json::ordered litellm_model(const json::cursor& entry, std::set<std::string>& names,
                                   std::vector<std::string>& notes) {
  const std::string& wanted = entry.at("model_name").name();
  const json::cursor params = entry.at("litellm_params");
  const std::string& full = params.at("model").name();
  const auto base = params.find("api_base");
  const auto note = [&](const std::string& what) {
    notes.push_back(entry.pointer() + " " + quoted(wanted) + ": " + what);
  };

  const provider* known = nullptr;
  for (const provider& p : providers) {
    if (full.rfind(p.prefix, 0) == 0) known = &p;
  }
  if (known == nullptr && full.find('/') != std::string::npos && !base) {
    note(message("left out: ", quoted(full),
                 " is of a provider whose interface is not OpenAI's; put a LiteLLM proxy before it"));
    return nullptr;
  }
  // A bare name is OpenAI's own model.
  const provider& by = known != nullptr ? *known : providers[0];
  std::string url(by.url);
  if (base && !base->value().is_null()) {
    url = base->name();
    if (url.rfind(from_environment, 0) == 0) {
      const char* value = std::getenv(url.c_str() + from_environment.size());
      if (value == nullptr || *value == '\0') {
        base->refuse(
            message("the environment variable ", quoted(url.substr(from_environment.size())), " is not set"));
      }
      url = value;
    }
  }
  if (url.empty()) params.refuse(message("api_base is missing: ", quoted(full), " has no server of its own"));

  json::ordered backend{{"kind", "openai"}, {"url", url}};
  backend["model"] = known != nullptr ? full.substr(known->prefix.size()) : full;
  if (known != nullptr && by.prefix == "text-completion-openai/") backend["dialect"] = "text";
  const auto key = params.find("api_key");
  if (key && key->value().is_string()) {
    if (key->text().rfind(from_environment, 0) == 0) {
      backend["key_env"] = key->text().substr(from_environment.size());
    } else if (by.key_env.empty() || base) {
      backend["key_env"] = key_name(wanted);
      note(message(
          "its api_key stands in the file and was not taken over: put it in the environment variable ",
          key_name(wanted)));
    } else {
      backend["key_env"] = by.key_env;
      note(message(
          "its api_key stands in the file and was not taken over: put it in the environment variable ",
          by.key_env));
    }
  } else if (!by.key_env.empty() && !base) {
    backend["key_env"] = by.key_env;
  }
  if (json::ordered how = litellm_options(params); !how.empty()) backend["options"] = std::move(how);

  std::string name = wanted;
  for (int copy = 2; !names.insert(name).second; ++copy) name = message(wanted, " (", copy, ")");
  json::ordered out{{"name", name}};
  if (const auto parallel = params.find("max_parallel_requests"); parallel && parallel->value().is_number()) {
    out["concurrency"] = parallel->whole(1);
  }
  out["backend"] = std::move(backend);
  return out;
}

}  // namespace detail

/// The models of a LiteLLM configuration, an object with `model_list` or that list itself. Deployments of one
/// name are models of their own, "name (2)" and so on. Keys that stand in the file are never taken over.
/// Energy, time and accuracy are not in such a file: `shoal probe` measures the first two.
/// @throws json::value_error
inline litellm_import read_litellm(const nlohmann::json& document) {
  const json::cursor root(document);
  const json::cursor list = root.value().is_array() ? root : root.at("model_list");
  litellm_import out;
  out.swarm = {{"models", json::ordered::array()}};
  std::set<std::string> names;
  for (std::size_t i = 0; i < list.size(); ++i) {
    json::ordered model = detail::litellm_model(list[i], names, out.notes);
    if (!model.is_null()) out.swarm["models"].push_back(std::move(model));
  }
  return out;
}

}  // namespace shoal::openai
