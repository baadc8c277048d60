// SPDX-License-Identifier: BSL-1.0
#include "shoal/decompose/lines.hpp"

#include "support.hpp"

using namespace shoal;

namespace {

std::vector<std::string> split(const std::string& text, std::size_t per_part = 1) {
  return inputs(decompose::lines{.per_part = per_part}(task{.text = text}));
}

using parts = std::vector<std::string>;

}  // namespace

TEST_CASE("each line is a part, with its line end", "[decompose]") {
  CHECK(split("a\nb\r\nc\rd") == parts{"a\n", "b\r\n", "c\r", "d"});
  CHECK(split("a\nb\n") == parts{"a\n", "b\n"});
  CHECK(split("a") == parts{"a"});
}

TEST_CASE("blank lines stay with the line before, at the beginning with the first", "[decompose]") {
  CHECK(split("\n\na\n \n\nb\n\n") == parts{"\n\na\n \n\n", "b\n\n"});
  CHECK(split("\n\n") == parts{"\n\n"});
}

TEST_CASE("several lines make a part, blank ones not counted", "[decompose]") {
  CHECK(split("a\nb\nc\nd\ne\n", 2) == parts{"a\nb\n", "c\nd\n", "e\n"});
  CHECK(split("a\n\nb\nc", 2) == parts{"a\n\nb\n", "c"});
  CHECK(split("a\nb", 9) == parts{"a\nb"});
}

TEST_CASE("no lines a part is refused", "[decompose]") {
  CHECK(refusal<invalid_argument>([] { split("a", 0); }) == "lines: per_part 0 is not >= 1");
}
