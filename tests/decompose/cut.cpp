// SPDX-License-Identifier: BSL-1.0
#include "shoal/decompose/cut.hpp"

#include "shoal/decompose/decomposer.hpp"
#include "support.hpp"

using namespace shoal;
using decompose::cut_at;

TEST_CASE("a text is cut where it is said, its parts are numbered and carry the instruction", "[decompose]") {
  const task_graph parts = cut_at({.text = "abcdef", .instruction = "spell"}, {1, 4});
  CHECK(inputs(parts) == std::vector<std::string>{"a", "bcd", "ef"});
  CHECK(parts[0].name == "part-1");
  CHECK(parts[2].name == "part-3");
  CHECK(parts[1].instruction == "spell");
  CHECK(parts.edges().empty());
  CHECK(cut_at({.text = "ab"}, {1}, "line ")[1].name == "line 2");
  CHECK(cut_at({.text = "ab"}, {1}, "")[1].name == "2");
}

TEST_CASE("a text without cuts is one part, an empty one none", "[decompose]") {
  CHECK(inputs(cut_at({.text = "ab"}, {})) == std::vector<std::string>{"ab"});
  CHECK(cut_at({}, {}).empty());
}

TEST_CASE("a cut outside the text, out of order or inside a character is refused", "[decompose]") {
  const auto said = [](const std::string& text, const std::vector<std::size_t>& cuts) {
    return refusal<invalid_argument>([&] { cut_at({.text = text}, cuts); });
  };
  CHECK(said("abc", {0}) == "cut at byte 0: not between 0 and 3, both left out");
  CHECK(said("abc", {3}) == "cut at byte 3: not between 0 and 3, both left out");
  CHECK(said("abc", {2, 2}) == "cut at byte 2: not between 2 and 3, both left out");
  CHECK(said("abc", {2, 1}) == "cut at byte 1: not between 2 and 3, both left out");
  CHECK(said("", {1}) == "cut at byte 1: not between 0 and 0, both left out");
  CHECK(said("\u00E9", {1}) == "cut at byte 1: it is inside a character");
}

TEST_CASE("text that is not UTF-8 is refused with the offset of the byte", "[decompose]") {
  CHECK(refusal<invalid_task>([] { cut_at({.text = "ab\xFF"}, {1}); }) ==
        "task: its text is not UTF-8 at byte 2");
  CHECK(refusal<invalid_task>([] { decompose::require_utf8("\xE2\x82"); }) ==
        "task: its text is not UTF-8 at byte 0");
}

namespace {

struct no_graph {
  std::string operator()(const task&) const { return {}; }
};
struct not_const {
  task_graph operator()(const task&) { return {}; }
};
struct not_copyable {
  not_copyable() = default;
  not_copyable(const not_copyable&) = delete;
  not_copyable& operator=(const not_copyable&) = delete;
  task_graph operator()(const task&) const { return {}; }
};

}  // namespace

static_assert(!decompose::decomposer<no_graph>);
static_assert(!decompose::decomposer<not_const>);
static_assert(!decompose::decomposer<not_copyable>);
static_assert(!decompose::decomposer<int>);
static_assert(decompose::decomposer<task_graph (*)(const task&)>);
