// SPDX-License-Identifier: BSL-1.0
// What paragraphs, sentences, chunks, lines, records and their groups promise alike, on random text.
#include "shoal/decompose/at_most.hpp"
#include "shoal/decompose/equal_chunks.hpp"
#include "shoal/decompose/lines.hpp"
#include "shoal/decompose/paragraphs.hpp"
#include "shoal/decompose/records.hpp"
#include "shoal/decompose/sentences.hpp"
#include "support.hpp"

using namespace shoal;
using namespace shoal::decompose;

namespace {

template <class Check>
void each_policy(const Check& check) {
  check(paragraphs{});
  check(sentences{});
  check(lines{});
  check(lines{.per_part = 3});
  check(records{});
  check(records{.separator = "---"});
  check(records{.separator = "\u3002", .per_part = 2});
  check(equal_chunks{});
  check(equal_chunks{.count = 7});
  check(equal_chunks{.count = 7, .slack = 0});
  check(equal_chunks{.count = 100'000, .slack = 0.49});
  check(at_most{sentences{}, 4});
  check(at_most{lines{}, 1});
}

}  // namespace

TEST_CASE("parts of random text in all scripts give it back, uncut characters, unique names", "[decompose]") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    random_engine engine(stream_seed(2026, seed));
    const std::string text = random_text(engine, uniform_below(engine, 80));
    each_policy([&](const auto& policy) { check_conserves(policy, text); });
  }
}

TEST_CASE("texts of nothing but white space or marks give themselves back", "[decompose]") {
  for (const std::string text :
       {"", " ", "\n", "\r\n", "\n\n\n", " \n \r\n\t\r", "\u3000\u00A0", "...", ". . .", "\u3002\u3002",
        "\"\"", "\n\n.\n\n", "---", "---\n---\n---", "!?\u2026 ", "\xEF\xBB\xBF"}) {
    each_policy([&](const auto& policy) { check_conserves(policy, text); });
  }
}

TEST_CASE("a part never begins with white space, but for the first and for chunks", "[decompose]") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    random_engine engine(stream_seed(7, seed));
    const std::string text = random_text(engine, 60);
    INFO(text);
    for (const task_graph& graph : {paragraphs{}({.text = text}), sentences{}({.text = text})}) {
      for (std::size_t k = 1; k < graph.size(); ++k) {
        const char first = graph[k].input.front();
        // An indented paragraph keeps its indent; a line end would be a blank line of the part before.
        CHECK((first != '\n' && first != '\r'));
      }
    }
  }
}

TEST_CASE("every policy refuses text that is not UTF-8 and names the byte", "[decompose]") {
  for (const std::string bad : {"\xFF", "ab\xC3", "ab\n\n\xE2\x82", "ab. \xED\xA0\x80", "ab\n\xC0\x80"}) {
    const std::string expected = "task: its text is not UTF-8 at byte " + std::to_string(utf8_error(bad));
    each_policy([&](const auto& policy) {
      CHECK(refusal<invalid_task>([&] { policy(task{.text = bad}); }) == expected);
    });
  }
}

TEST_CASE("every policy names its parts as told", "[decompose]") {
  const task whole{.text = "One.\n\nTwo.\n\nThree."};
  CHECK(paragraphs{.prefix = "p"}(whole)[2].name == "p3");
  CHECK(sentences{.prefix = "s"}(whole)[1].name == "s2");
  CHECK(lines{.prefix = "l"}(whole)[1].name == "l2");
  CHECK(records{.prefix = "r"}(whole)[1].name == "r2");
  CHECK(equal_chunks{.count = 2, .prefix = "c"}(whole)[1].name == "c2");
  CHECK(at_most{paragraphs{}, 2, "g"}(whole)[1].name == "g2");
  CHECK(paragraphs{}(whole)[0].name == "part-1");
}

TEST_CASE("a long text without anything to cut at takes no more than linear time", "[decompose]") {
  for (const std::string unit :
       {"a", ".", "\"", " ", "1. ", "e.g. ", "\n", "\u3002\u300D", "\u00A0\u00BB", "(", ". \u300C"}) {
    std::string text;
    while (text.size() < 50'000) text += unit;
    CHECK(together(paragraphs{}({.text = text})) == text);
    CHECK(together(sentences{}({.text = text})) == text);
    CHECK(together(equal_chunks{.count = 10}({.text = text})) == text);
  }
}
