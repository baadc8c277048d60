// SPDX-License-Identifier: BSL-1.0
#include "shoal/openai/sse.hpp"

#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"

using namespace shoal;

namespace {

using events = std::vector<std::pair<std::string, std::string>>;

// The events of a stream that comes in pieces of `step` bytes.
events read(const std::string& stream, std::size_t step) {
  events out;
  openai::event_reader reader;
  for (std::size_t at = 0; at < stream.size(); at += step) {
    reader.take(std::string_view(stream).substr(at, step),
                [&](std::string_view name, std::string_view data) { out.emplace_back(name, data); });
  }
  return out;
}

}  // namespace

TEST_CASE("a stream has the same events wherever it is cut", "[openai]") {
  const std::string stream =
      "\xEF\xBB\xBF: a comment\n\ndata: one\n\ndata:two\r\ndata: more\r\n\r\nevent: note\rdata:  three\r\r"
      "id: 4\nretry: 9\ndata\n\ndata: \n\n: ping\n\nerror: {\"code\":500}\n\ndata: [DONE]\n\ndata: "
      "unfinished";
  const events whole{
      {"", "one"}, {"", "two\nmore"}, {"note", " three"}, {"error", "{\"code\":500}"}, {"", "[DONE]"}};
  for (std::size_t step = 1; step <= stream.size(); ++step) {
    INFO("pieces of " << step);
    CHECK(read(stream, step) == whole);
  }
}

TEST_CASE("the examples of the standard are read as it says", "[openai]") {
  CHECK(read("data: YHOO\ndata: +2\ndata: 10\n\n", 3) == events{{"", "YHOO\n+2\n10"}});
  // Three events would be: no data at all, one line feed, and one that never ends.
  CHECK(read("data\n\ndata\ndata\n\ndata:", 3) == events{{"", "\n"}});
  CHECK(read("data:test\n\ndata: test\n\n", 3) == events{{"", "test"}, {"", "test"}});
  CHECK(read("event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\n", 5) ==
        events{{"add", "73857293"}, {"remove", "2153"}});
}

TEST_CASE("an event without end is refused before it fills the memory", "[openai]") {
  openai::event_reader reader(100);
  const auto nothing = [](std::string_view, std::string_view) {};
  reader.take("data: " + std::string(90, 'x') + "\n", nothing);
  CHECK(reader.in_event());
  CHECK_THROWS_AS(reader.take("data: " + std::string(90, 'x'), nothing), openai::event_too_long);
}
