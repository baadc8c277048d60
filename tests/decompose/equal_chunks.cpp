// SPDX-License-Identifier: BSL-1.0
#include "shoal/decompose/equal_chunks.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "support.hpp"

using namespace shoal;
using decompose::equal_chunks;

namespace {

std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !is_utf8_continuation(c); }));
}

using parts = std::vector<std::string>;

}  // namespace

TEST_CASE("without slack the lengths in characters differ by at most one", "[decompose]") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    random_engine engine(stream_seed(11, seed));
    const std::string text = random_text(engine, 1 + uniform_below(engine, 60));
    const std::size_t count = 1 + uniform_below(engine, 20);
    const std::size_t whole = characters(text);
    const task_graph graph = equal_chunks{.count = count, .slack = 0}(task{.text = text});
    CHECK(graph.size() == std::min(count, whole));
    for (const std::string& part : inputs(graph)) {
      CHECK(characters(part) >= whole / graph.size());
      CHECK(characters(part) <= whole / graph.size() + 1);
    }
  }
}

TEST_CASE("with slack there are as many chunks, each within it", "[decompose]") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    random_engine engine(stream_seed(12, seed));
    const std::string text = random_text(engine, 1 + uniform_below(engine, 100));
    const std::size_t count = 1 + uniform_below(engine, 12);
    const double slack = uniform_01(engine) / 2;
    const task_graph graph = equal_chunks{.count = count, .slack = slack}(task{.text = text});
    CHECK(graph.size() == std::min(count, characters(text)));
    const double length =
        std::floor(static_cast<double>(characters(text)) / static_cast<double>(graph.size()));
    for (const std::string& part : inputs(graph)) {
      CHECK(static_cast<double>(characters(part)) >= length - 2 * std::floor(slack * length));
      CHECK(static_cast<double>(characters(part)) <= length + 1 + 2 * std::floor(slack * length));
    }
  }
}

TEST_CASE("a cut moves to the nearest beginning of a word, the earlier one on a tie", "[decompose]") {
  const auto split = [](const std::string& text, std::size_t count, double slack) {
    return inputs(equal_chunks{.count = count, .slack = slack}(task{.text = text}));
  };
  CHECK(split("aaaaaa bbbb", 2, 0.25) == parts{"aaaaaa ", "bbbb"});
  CHECK(split("aaa bb ccc", 2, 0.2) == parts{"aaa ", "bb ccc"});
  CHECK(split("aaa  bb cc", 2, 0) == parts{"aaa  ", "bb cc"});
  CHECK(split("aa bb cccccc", 2, 0) == parts{"aa bb ", "cccccc"});
  CHECK(split("aa b\u3000cccccc", 2, 0.25) == parts{"aa b\u3000", "cccccc"});
  CHECK(split("aa aaaaaaaaaaa", 2, 0.49) == parts{"aa aaaa", "aaaaaaa"});
  CHECK(split("\u65E5\u672C\u8A9E\u6587", 2, 0.25) == parts{"\u65E5\u672C", "\u8A9E\u6587"});
  CHECK(split("abc", 9, 0.25) == parts{"a", "b", "c"});
}

TEST_CASE("chunks with a figure out of range are refused", "[decompose]") {
  const task whole{.text = "abc"};
  CHECK(refusal<invalid_argument>([&] { equal_chunks{.count = 0}(whole); }) ==
        "equal_chunks: count 0 is not >= 1");
  for (const double slack : {-0.1, 0.5, std::nan(""), std::numeric_limits<double>::infinity()}) {
    CHECK(refusal<invalid_argument>([&] { equal_chunks{.slack = slack}(whole); }) ==
          "equal_chunks: slack " + to_text(slack) + " is not in [0, 0.5)");
  }
}
