// SPDX-License-Identifier: BSL-1.0
#include "shoal/decompose/paragraphs.hpp"

#include "support.hpp"

using namespace shoal;

namespace {

std::vector<std::string> split(const std::string& text) {
  return inputs(decompose::paragraphs{}(task{.text = text}));
}

using parts = std::vector<std::string>;

}  // namespace

TEST_CASE("paragraphs end at a blank line, which stays with the one before", "[decompose]") {
  CHECK(split("a\nb\n\nc") == parts{"a\nb\n\n", "c"});
  CHECK(split("a\n\n\n\nb\n\nc\n") == parts{"a\n\n\n\n", "b\n\n", "c\n"});
  CHECK(split("a\n \t\nb") == parts{"a\n \t\n", "b"});
  CHECK(split("a\n\u3000\u00A0\nb") == parts{"a\n\u3000\u00A0\n", "b"});
}

TEST_CASE("paragraphs know all three line ends, mixed too", "[decompose]") {
  CHECK(split("a\r\n\r\nb") == parts{"a\r\n\r\n", "b"});
  CHECK(split("a\r\rb") == parts{"a\r\r", "b"});
  CHECK(split("a\r\nb") == parts{"a\r\nb"});
  CHECK(split("a\n\r\nb\r\n\nc") == parts{"a\n\r\n", "b\r\n\n", "c"});
}

TEST_CASE("blank lines at the beginning stay with the first paragraph, an indent with its own",
          "[decompose]") {
  CHECK(split("\n\n  a\n\n  b") == parts{"\n\n  a\n\n", "  b"});
  CHECK(split("\n \n") == parts{"\n \n"});
  CHECK(split("").empty());
}

TEST_CASE("the text does not end in a paragraph of nothing", "[decompose]") {
  CHECK(split("a\n\n") == parts{"a\n\n"});
  CHECK(split("a\n\nb\n\n \n") == parts{"a\n\n", "b\n\n \n"});
}
