// SPDX-License-Identifier: BSL-1.0
#include "shoal/decompose/records.hpp"

#include "support.hpp"

using namespace shoal;
using decompose::records;

namespace {

using parts = std::vector<std::string>;

}  // namespace

TEST_CASE("a record ends with its separator", "[decompose]") {
  const auto split = [](const std::string& text, const std::string& separator, std::size_t per_part = 1) {
    return inputs(records{.separator = separator, .per_part = per_part}(task{.text = text}));
  };
  CHECK(split("a;b;c", ";") == parts{"a;", "b;", "c"});
  CHECK(split("a;b;", ";") == parts{"a;", "b;"});
  CHECK(split("x\n--\ny\n--\nz", "\n--\n") == parts{"x\n--\n", "y\n--\n", "z"});
  CHECK(split("\u3042\u3001\u3044", "\u3001") == parts{"\u3042\u3001", "\u3044"});
  CHECK(split("aaa", "aa") == parts{"aaa"});
  CHECK(split("a;b;c;d;e", ";", 2) == parts{"a;b;", "c;d;", "e"});
  CHECK(split("no separator", ";") == parts{"no separator"});
}

TEST_CASE("empty records stay with the one before, at the beginning with the first", "[decompose]") {
  CHECK(inputs(records{.separator = ";"}(task{.text = ";; a;; ;b;"})) == parts{";; a;; ;", "b;"});
  CHECK(inputs(records{.separator = ";"}(task{.text = ";;"})) == parts{";;"});
}

TEST_CASE("a separator that makes no sense is refused", "[decompose]") {
  const task whole{.text = "a"};
  CHECK(refusal<invalid_argument>([&] { records{.separator = ""}(whole); }) ==
        "records: the separator is empty");
  CHECK(refusal<invalid_argument>([&] { records{.separator = "a\x80"}(whole); }) ==
        "records: the separator is not UTF-8 at byte 1");
  CHECK(refusal<invalid_argument>([&] { records{.per_part = 0}(whole); }) ==
        "records: per_part 0 is not >= 1");
}
