// SPDX-License-Identifier: BSL-1.0
/// @file Any bytes as what a server sends: streams of events, lines, whole answers, errors, metrics. Whatever
/// it is, it is read to a text in UTF-8 or refused in one line, and the same wherever the stream is cut.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "shoal/openai/asking.hpp"
#include "shoal/openai/live.hpp"

namespace {

using namespace shoal;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_line(std::string_view text) {
  for (const char c : text) require(static_cast<unsigned char>(c) >= 0x20);
}

// True when the chunks of a stream, each read by itself, say the same text.
bool chunk_by_chunk(openai::dialect spoken, std::string_view bytes, const std::string& seen) {
  if (spoken == openai::dialect::ollama) return true;
  openai::event_reader events(std::size_t{1} << 16U);
  std::string text;
  openai::chunk_reader chunks([&](std::string_view piece) { text += piece; });
  bool over = false;
  events.take(bytes, [&](std::string_view, std::string_view data) {
    over = over || data == "[DONE]";
    if (!over)
      static_cast<void>(
          chunks.take(openai::parse_loose(data, {.bytes = std::size_t{1} << 16U, .depth = 32})));
  });
  return text == seen;
}

// What a stream that comes in pieces of `step` bytes comes to; the refusal's text where it is refused.
std::string read_stream(openai::dialect spoken, std::string_view bytes, std::size_t step) {
  std::string seen;
  openai::detail::answer_stream stream(spoken, {.bytes = std::size_t{1} << 16U, .depth = 32},
                                       [&](std::string_view piece) { seen += piece; });
  std::string refused;
  try {
    for (std::size_t at = 0; at < bytes.size(); at += step) stream.take(bytes.substr(at, step));
  } catch (const infer::failure& f) {
    refused = f.what();
    check_line(refused);
  } catch (const bad_input& f) {
    refused = f.what();
    check_line(refused);
  }
  const bool whole = stream.whole();
  if (refused.empty()) require(chunk_by_chunk(spoken, bytes, seen));
  const openai::completion c = stream.chunks.take_whole();
  require(c.text == seen);
  require(utf8_error(c.text) == c.text.size());
  for (const openai::token_figure& t : c.tokens) require(t.logprob <= 0);
  return c.text + '\0' + refused + (whole ? "\1" : "\2") + c.finish + std::to_string(c.output_tokens);
}

void read_whole(std::string_view body) {
  try {
    const auto document = openai::parse_loose(body, {.bytes = std::size_t{1} << 16U, .depth = 32});
    openai::server_error error;
    if (!openai::find_error(document.root, error)) {
      const openai::completion c = openai::read_completion(document);
      require(utf8_error(c.text) == c.text.size());
    }
  } catch (const infer::failure& f) {
    check_line(f.what());
  } catch (const bad_input& f) {
    check_line(f.what());
  }
  for (const long status : {200L, 400L, 429L, 500L}) {
    const std::string text = openai::failure_of(status, openai::error_of(body)).what();
    check_line(text);
    require(text.size() < 2000);
    require(utf8_error(text) == text.size());
  }
}

}  // namespace

// The first byte says into pieces of how many bytes the rest is cut.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t step = 1 + data[0] % 32;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  for (const auto spoken : {openai::dialect::chat, openai::dialect::ollama}) {
    const std::string at_once = read_stream(spoken, bytes, std::max<std::size_t>(bytes.size(), 1));
    require(read_stream(spoken, bytes, step) == at_once);
  }
  read_whole(bytes);
  static_cast<void>(openai::read_metrics(bytes));
  require(openai::without_stand_ins(openai::with_stand_ins(bytes)) == bytes ||
          bytes.find("\xF4\x8F") != std::string_view::npos);
  return 0;
}
