// SPDX-License-Identifier: BSL-1.0
#include "shoal/decompose/at_most.hpp"

#include <algorithm>
#include <cstdint>

#include "shoal/decompose/given.hpp"
#include "shoal/decompose/lines.hpp"
#include "shoal/decompose/map_reduce.hpp"
#include "support.hpp"

using namespace shoal;
using namespace shoal::decompose;

static_assert(std::same_as<decltype(at_most{lines{}, 3}), at_most<lines>>);

namespace {

// The shortest longest group over all ways to cut between the parts.
std::size_t brute_force(const std::vector<std::size_t>& lengths, std::size_t count) {
  std::size_t best = SIZE_MAX;
  const std::size_t ways = std::size_t{1} << (lengths.size() - 1);
  for (std::size_t way = 0; way < ways; ++way) {
    std::size_t groups = 1;
    std::size_t longest = 0;
    std::size_t now = 0;
    for (std::size_t k = 0; k < lengths.size(); ++k) {
      if (k > 0 && ((way >> (k - 1)) & 1U) != 0) {
        ++groups;
        now = 0;
      }
      now += lengths[k];
      longest = std::max(longest, now);
    }
    if (groups <= count) best = std::min(best, longest);
  }
  return best;
}

}  // namespace

TEST_CASE("neighbours are grouped so that the longest group is as short as can be", "[decompose]") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    random_engine engine(stream_seed(31, seed));
    std::string text;
    std::vector<std::size_t> lengths;
    const std::size_t number = 1 + uniform_below(engine, 9);
    for (std::size_t k = 0; k < number; ++k) {
      lengths.push_back(2 + uniform_below(engine, 12));
      text += std::string(lengths.back() - 1, 'x') + "\n";
    }
    const std::size_t count = 1 + uniform_below(engine, 10);
    const task_graph graph = at_most{lines{}, count}({.text = text});
    CHECK(together(graph) == text);
    CHECK(graph.size() <= count);
    std::size_t longest = 0;
    for (const std::string& part : inputs(graph)) {
      CHECK(part.back() == '\n');
      longest = std::max(longest, part.size());
    }
    CHECK(longest == brute_force(lengths, count));
  }
}

TEST_CASE("few parts are left as they are", "[decompose]") {
  const task whole{.text = "a\nb\nc\n"};
  CHECK(inputs(at_most{lines{}, 3}(whole)) == inputs(lines{}(whole)));
  CHECK(inputs(at_most{lines{}, 99}(whole)) == inputs(lines{}(whole)));
  CHECK(inputs(at_most{lines{}, 1}(whole)) == std::vector<std::string>{"a\nb\nc\n"});
  CHECK(at_most{lines{}, 2}(task{}).empty());
}

TEST_CASE("what cannot be grouped is refused", "[decompose]") {
  const task whole{.text = "a\nb\n"};
  CHECK(refusal<invalid_argument>([&] { at_most{lines{}, 0}(whole); }) == "at_most: count 0 is not >= 1");
  CHECK(refusal<invalid_argument>([&] {
          at_most{map_reduce{lines{}}, 2}(whole);
        }) == "at_most: part \"join\" uses the answer of \"part-1\"; only independent parts can be grouped");
  CHECK(refusal<invalid_argument>([&] {
          at_most{given{.parts = {{.input = "ab"}}}, 2}(task{});
        }) == "at_most: the inputs of the parts to group are 2 bytes, the text is 0");
}
