// SPDX-License-Identifier: BSL-1.0
/// @file Replies of `/v1/chat/completions` and `/v1/completions`, whole or in chunks, whichever server they
/// come from.
///
/// Servers agree on `choices` and differ in the rest: usage, timings and log-probabilities may be missing,
/// and the log-probabilities of either interface come in the shape of the other. docs/servers.md has the
/// table.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "shoal/core/message.hpp"
#include "shoal/json/cursor.hpp"
#include "shoal/openai/bytes.hpp"
#include "shoal/openai/completion.hpp"
#include "shoal/openai/failure.hpp"

namespace shoal::openai::detail {

// A member that is there and not null.
inline const nlohmann::json* given(const nlohmann::json& object, const char* key) {
  if (!object.is_object()) return nullptr;
  const auto member = object.find(key);
  return member == object.end() || member->is_null() ? nullptr : &*member;
}

inline std::string text_of(const nlohmann::json& object, const char* key) {
  const nlohmann::json* member = given(object, key);
  return member != nullptr && member->is_string() ? member->get<std::string>() : std::string();
}

// Figures are a server's extras: one that makes no sense counts as missing.
inline double amount_of(const nlohmann::json& object, const char* key) {
  const nlohmann::json* member = given(object, key);
  const double value = member != nullptr && member->is_number() ? member->get<double>() : 0;
  return value > 0 && std::isfinite(value) ? value : 0;
}
inline std::uint64_t count_of(const nlohmann::json& object, const char* key) {
  return static_cast<std::uint64_t>(std::min(amount_of(object, key), 0x1p53));
}

inline double logprob_of(const nlohmann::json& value) {
  const double logprob = value.is_number() ? value.get<double>() : 0;
  return std::isnan(logprob) ? 0 : std::min(logprob, 0.0);
}

// {"content": [{"token", "logprob", "top_logprobs": [{"token", "logprob"}]}]}, the chat interface's shape.
inline void add_chat_tokens(const nlohmann::json& content, completion& out) {
  for (const nlohmann::json& one : content) {
    const nlohmann::json* logprob = given(one, "logprob");
    if (logprob == nullptr || !logprob->is_number()) continue;
    token_figure& t = out.tokens.emplace_back();
    t.token = text_of(one, "token");
    t.logprob = logprob_of(*logprob);
    if (const nlohmann::json* top = given(one, "top_logprobs"); top != nullptr && top->is_array()) {
      for (const nlohmann::json& other : *top) {
        if (const nlohmann::json* l = given(other, "logprob")) t.likeliest.push_back(logprob_of(*l));
      }
    }
    std::sort(t.likeliest.rbegin(), t.likeliest.rend());
  }
}

// {"tokens": [...], "token_logprobs": [...], "top_logprobs": [{"token": logprob}]}, the completion
// interface's.
inline void add_text_tokens(const nlohmann::json& logprobs, completion& out) {
  const nlohmann::json* each = given(logprobs, "token_logprobs");
  if (each == nullptr || !each->is_array()) return;
  const nlohmann::json* names = given(logprobs, "tokens");
  const nlohmann::json* top = given(logprobs, "top_logprobs");
  for (std::size_t i = 0; i < each->size(); ++i) {
    if (!(*each)[i].is_number()) continue;  // the first token of an echoed prompt has none
    token_figure& t = out.tokens.emplace_back();
    t.logprob = logprob_of((*each)[i]);
    if (names != nullptr && names->is_array() && i < names->size() && (*names)[i].is_string()) {
      t.token = (*names)[i].get<std::string>();
    }
    if (top != nullptr && top->is_array() && i < top->size() && (*top)[i].is_object()) {
      for (const auto& [token, l] : (*top)[i].items()) t.likeliest.push_back(logprob_of(l));
    }
    std::sort(t.likeliest.rbegin(), t.likeliest.rend());
  }
}

inline void add_tokens(const nlohmann::json& choice, completion& out) {
  const nlohmann::json* logprobs = given(choice, "logprobs");
  if (logprobs == nullptr) return;
  const nlohmann::json* content = given(*logprobs, "content");
  if (content != nullptr && content->is_array()) {
    add_chat_tokens(*content, out);
  } else {
    add_text_tokens(*logprobs, out);
  }
}

// Whatever stands beside the choices. In a stream, the last one to say something is right.
inline void add_figures(const nlohmann::json& root, completion& out) {
  if (const std::string model = text_of(root, "model"); !model.empty()) out.model = model;
  if (const nlohmann::json* used = given(root, "usage")) {
    if (const auto n = count_of(*used, "prompt_tokens")) out.input_tokens = n;
    if (const auto n = count_of(*used, "completion_tokens")) out.output_tokens = n;
  }
  if (const nlohmann::json* times = given(root, "timings")) {  // llama-server
    out.server.prompt_s = amount_of(*times, "prompt_ms") / 1000;
    out.server.generate_s = amount_of(*times, "predicted_ms") / 1000;
    if (out.input_tokens == 0) out.input_tokens = count_of(*times, "prompt_n") + count_of(*times, "cache_n");
    if (out.output_tokens == 0) out.output_tokens = count_of(*times, "predicted_n");
  }
}

// The first choice; null where the chunk has none, which only a stream may.
inline const nlohmann::json* first_choice(const nlohmann::json& root) {
  const json::cursor choices = json::cursor(root).at("choices");
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (!choices[i].value().is_object()) choices[i].refuse_not("an object");
    if (count_of(choices[i].value(), "index") == 0) return &choices[i].value();
  }
  return nullptr;
}

inline void check_finish(const completion& c) {
  if (c.finish != "content_filter") return;
  failure f(cause::content_filter, "the answer was withheld by a content filter", 200);
  f.partial = c.text;
  throw f;
}

// The text of a whole choice: `message.content` in a chat, `text` in a completion.
inline std::string whole_text(const nlohmann::json& choice) {
  const json::cursor at(choice, "/choices/0");
  if (const auto text = at.find("text")) return text->text();
  const json::cursor message = at.at("message");
  if (const std::string no = text_of(message.value(), "refusal"); !no.empty()) {
    throw failure(cause::content_filter, shoal::message("the model refused: ", quoted(no)), 200);
  }
  return message.at("content").text();
}

}  // namespace shoal::openai::detail

namespace shoal::openai {

/// Reads a whole reply.
/// @throws json::value_error when it is none; failure: it has no choice, or a filter withheld it.
inline completion read_completion(const loose_document& document) {
  const nlohmann::json& root = document.root;
  const nlohmann::json* choice = detail::first_choice(root);
  if (choice == nullptr) throw failure(cause::no_choices, "the answer has no choices", 200);
  completion out;
  out.finish = detail::text_of(*choice, "finish_reason");
  detail::check_finish(out);
  out.text = utf8_mended(document.text(detail::whole_text(*choice)));
  detail::add_tokens(*choice, out);
  detail::add_figures(root, out);
  return out;
}

/// Puts the chunks of a stream together.
class chunk_reader {
 public:
  /// @param see  is called with each piece of text, in whole characters; may be empty.
  explicit chunk_reader(std::function<void(std::string_view)> see = {}) : see_(std::move(see)) {}

  /// Takes one chunk. Where it says nothing but a text, beside figures that do not add up, the key of that
  /// text; empty otherwise.
  /// @throws json::value_error when it is none; failure: a filter withheld the rest; whatever `see` throws.
  std::string_view take(const loose_document& chunk) {
    detail::add_figures(chunk.root, so_far_);
    const nlohmann::json* choice = detail::first_choice(chunk.root);
    if (choice == nullptr) return {};
    had_choice_ = true;
    const nlohmann::json* delta = detail::given(*choice, "delta");
    const char* const key = delta != nullptr ? "content" : "text";
    const nlohmann::json* text = detail::given(delta != nullptr ? *delta : *choice, key);
    if (text != nullptr) {
      const json::cursor place(*text, delta != nullptr ? "/choices/0/delta/content" : "/choices/0/text");
      add(chunk.text(place.text()));
    }
    const std::size_t tokens = so_far_.tokens.size();
    detail::add_tokens(*choice, so_far_);
    const std::string why = detail::text_of(*choice, "finish_reason");
    if (!why.empty()) so_far_.finish = why;
    detail::check_finish(so_far_);
    const bool more = text == nullptr || !why.empty() || tokens != so_far_.tokens.size();
    return more ? std::string_view() : key;
  }

  /// Adds a piece of text.
  void add(std::string_view piece) {
    const std::string whole = characters_.take(piece);
    if (whole.empty()) return;
    so_far_.text += whole;
    if (see_) see_(whole);
  }

  /// What has come so far, to be read and added to.
  completion& so_far() { return so_far_; }

  /// True once the server has said why the answer ended.
  bool finished() const { return !so_far_.finish.empty(); }
  bool had_choice() const { return had_choice_; }

  /// The whole, at the end of the stream.
  completion take_whole() {
    const std::string rest = characters_.rest();
    so_far_.text += rest;
    if (see_ && !rest.empty()) see_(rest);
    return std::move(so_far_);
  }

 private:
  std::function<void(std::string_view)> see_;
  completion so_far_{};
  whole_characters characters_{};
  bool had_choice_ = false;
};

}  // namespace shoal::openai
