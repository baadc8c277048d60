// SPDX-License-Identifier: BSL-1.0
/// @file Ollama's own interface, `/api/chat`: one JSON object a line, times in nanoseconds.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "shoal/json/cursor.hpp"
#include "shoal/openai/reply.hpp"
#include "shoal/openai/sse.hpp"

namespace shoal::openai {

/// Splits a stream of bytes, cut anywhere, into lines.
class line_reader {
 public:
  /// @param longest  bytes of a line.
  explicit line_reader(std::size_t longest = std::size_t{16} << 20U) : longest_(longest) {}

  /// Takes bytes and calls `see(line)` for each line that they complete and that is not blank.
  /// @throws event_too_long; whatever `see` throws. Nothing more can be read then.
  template <class See>
  void take(std::string_view bytes, See&& see) {
    for (const char c : bytes) {
      if (c != '\n') {
        line_ += c;
        if (line_.size() > longest_)
          throw event_too_long(message("a line is longer than ", longest_, " bytes"));
      } else if (const std::string line = std::exchange(line_, {});
                 line.find_first_not_of(" \t\r") != std::string::npos) {
        see(std::string_view(line));
      }
    }
  }

 private:
  std::size_t longest_;
  std::string line_{};
};

/// Takes one object of Ollama's: a piece of the answer, the last of which has the figures.
/// @throws json::value_error when it is none.
inline void take_ollama(const loose_document& object, chunk_reader& into) {
  const nlohmann::json& root = object.root;
  completion& c = into.so_far();
  const json::cursor done = json::cursor(root).at("done");
  if (const std::string model = detail::text_of(root, "model"); !model.empty()) c.model = model;
  if (const nlohmann::json* message = detail::given(root, "message")) {
    into.add(object.text(detail::text_of(*message, "content")));
  }
  if (const nlohmann::json* logprobs = detail::given(root, "logprobs");
      logprobs != nullptr && logprobs->is_array()) {
    detail::add_chat_tokens(*logprobs, c);
  }
  if (!done.boolean()) return;
  const std::string why = detail::text_of(root, "done_reason");
  c.finish = why.empty() ? "stop" : why;
  c.input_tokens = detail::count_of(root, "prompt_eval_count");
  c.output_tokens = detail::count_of(root, "eval_count");
  c.server.prompt_s = detail::amount_of(root, "prompt_eval_duration") / 1e9;
  c.server.generate_s = detail::amount_of(root, "eval_duration") / 1e9;
}

}  // namespace shoal::openai
