// SPDX-License-Identifier: BSL-1.0
#include "shoal/infer/table_backend.hpp"

#include <string>

#include "catch.hpp"

using namespace shoal;

TEST_CASE("a table answers by subtask first, then by input", "[infer]") {
  const infer::table_backend<> table{.by_subtask = {{"law", {.value = "B", .confidence = 0.5}}},
                                     .by_input = {{"2 + 2", {.value = "4"}}, {"3 + 3", {.value = "6"}}}};
  CHECK(table({.subtask = "law", .input = "2 + 2"}, {}).value == "B");
  CHECK(table({.subtask = "law", .input = "2 + 2"}, {}).confidence == 0.5);
  CHECK(table({.subtask = "sums", .input = "3 + 3"}, {}).value == "6");
}

TEST_CASE("a table refuses what was not recorded and names it", "[infer]") {
  const infer::table_backend<> table{};
  try {
    table({.subtask = "physics"}, {});
    FAIL("it answered");
  } catch (const infer::failure& f) {
    CHECK(f.kind == infer::failure_kind::refused);
    CHECK(std::string(f.what()) == "no answer is recorded for subtask \"physics\"");
  }
}
