// SPDX-License-Identifier: BSL-1.0
#include "shoal/openai/chunk_mould.hpp"

#include <random>
#include <string>
#include <vector>

#include "catch.hpp"
#include "shoal/openai/asking.hpp"

using namespace shoal;
using openai::chunk_mould;

TEST_CASE("a chunk that differs in its text alone gives its text, any other one nothing", "[openai]") {
  chunk_mould mould;
  CHECK_FALSE(mould.text_of(R"({"delta":{"content":"a"}})"));
  mould.remember(R"({"id":1,"delta":{"content": " word"},"n":null})", "content");
  CHECK(mould.text_of(R"({"id":1,"delta":{"content": " word"},"n":null})") == " word");
  CHECK(mould.text_of(R"({"id":1,"delta":{"content": ""},"n":null})") == "");
  CHECK(mould.text_of(R"({"id":1,"delta":{"content": "Bär, {x}"},"n":null})") == "Bär, {x}");
  for (const char* other : {
           R"({"id":2,"delta":{"content": "a"},"n":null})",          // other bytes before
           R"({"id":1,"delta":{"content":"a"},"n":null})",           // a space less
           R"({"id":1,"delta":{"content": "a"},"n":1})",             // other bytes behind
           R"({"id":1,"delta":{"content": "a","x":"b"},"n":null})",  // a member more
           R"({"id":1,"delta":{"content": "\n"},"n":null})",         // an escape
           R"({"id":1,"delta":{"content": null},"n":null})",         // no string
           R"({"id":1,"delta":{"content": "},"n":null})",            // the quotes are one
           "{\"id\":1,\"delta\":{\"content\": \"\t\"},\"n\":null}",  // no JSON
           "{\"id\":1,\"delta\":{\"content\": \"\xC3\"},\"n\":null}",
           "",
       }) {
    INFO(other);
    CHECK_FALSE(mould.text_of(other));
  }
}

TEST_CASE("what may be read in two ways is not remembered", "[openai]") {
  chunk_mould mould;
  for (const char* chunk : {
           R"({"content":"a","delta":{"content":"b"}})",       // which of the two?
           R"({"content":"a","delta":{"c\u006fntent":"b"}})",  // the key in disguise
           R"({"delta":{"content":"a\n"}})",                   // a text with an escape
           R"({"delta":{"content":null}})",                    // no text
           R"({"delta":{"text":"a"}})",                        // another key
           R"({"delta":{"content":)",                          // cut
       }) {
    INFO(chunk);
    mould.remember(R"({"delta":{"content":"a"}})", "content");
    mould.remember(chunk, "content");
    CHECK_FALSE(mould.text_of(chunk));
    CHECK_FALSE(mould.text_of(R"({"delta":{"content":"a"}})"));
  }
}

TEST_CASE("a stream is read as if each of its chunks were read by itself", "[openai]") {
  std::mt19937 random(7);
  const auto any = [&](std::size_t n) { return static_cast<std::size_t>(random()) % n; };
  const std::vector<std::string> words{" word", "",  " B\xC3\xA4r", "a\"b", "line\n", "\xF0\x9F\x90\x9F",
                                       "}]",    "\\"};
  for (int round = 0; round < 300; ++round) {
    std::string stream;
    std::string expected;
    std::uint64_t tokens = 0;
    std::size_t logprobs = 0;
    const std::size_t chunks = 1 + any(30);
    for (std::size_t i = 0; i < chunks; ++i) {
      nlohmann::json chunk{{"id", any(8) == 0 ? "y" : "x"}, {"model", "tiny"}};
      const std::string word = words[any(words.size())];
      const std::size_t shape = any(12);
      nlohmann::json choice{{"index", 0}, {"finish_reason", nullptr}};
      if (shape == 0) {  // a completion's, with a member that is named as a chat's text
        choice["text"] = word;
        chunk["note"] = {{"content", "not this"}};
      } else {
        choice["delta"] = {{"content", word}};
      }
      expected += word;
      if (shape == 1) {
        choice["logprobs"] = {
            {"content", {{{"token", word}, {"logprob", -0.5}, {"top_logprobs", nlohmann::json::array()}}}}};
        ++logprobs;
      }
      if (shape == 2) {
        tokens = any(100) + 1;
        chunk["usage"] = {{"completion_tokens", tokens}};
      }
      if (i + 1 == chunks) choice["finish_reason"] = "stop";
      chunk["choices"] = nlohmann::json::array({choice});
      stream += "data: " + chunk.dump() + "\n\n";
    }
    std::string seen;
    openai::detail::answer_stream reader(openai::dialect::chat, {}, [&](std::string_view s) { seen += s; });
    const std::size_t step = 1 + any(200);
    for (std::size_t at = 0; at < stream.size(); at += step) {
      reader.take(std::string_view(stream).substr(at, step));
    }
    INFO(stream);
    CHECK(reader.whole());
    const openai::completion c = reader.chunks.take_whole();
    CHECK(c.text == expected);
    CHECK(seen == expected);
    CHECK(c.output_tokens == tokens);
    CHECK(c.tokens.size() == logprobs);
    CHECK(c.finish == "stop");
  }
}
