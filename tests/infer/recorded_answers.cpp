// SPDX-License-Identifier: BSL-1.0
#include "shoal/infer/recorded_answers.hpp"

#include <string>

#include "catch.hpp"

using namespace shoal;

namespace {

std::string refusal(const std::string& csv) {
  try {
    infer::read_recorded_answers(csv);
  } catch (const csv_error& e) {
    return e.what();
  }
  return "";
}

std::string value(const infer::table_backend<>& table, const std::string& subtask, const std::string& input) {
  return table({.subtask = subtask, .input = input}, {}).value;
}

}  // namespace

TEST_CASE("recorded answers are kept by model", "[infer]") {
  const auto all = infer::read_recorded_answers(
      "model,subtask,value\n"
      "phi,law,A\n"
      "qwen,law,B\n"
      "phi,physics,C\n");
  REQUIRE(all.size() == 2);
  CHECK(value(all.at("phi"), "law", "") == "A");
  CHECK(value(all.at("qwen"), "law", "") == "B");
  CHECK(value(all.at("phi"), "physics", "") == "C");
  CHECK_THROWS_AS(value(all.at("qwen"), "physics", ""), infer::failure);
}

TEST_CASE("answers that no model is named for stand under the empty name", "[infer]") {
  const auto all = infer::read_recorded_answers("value,input\n4,2 + 2\n\"a, b\",list\n");
  REQUIRE(all.size() == 1);
  CHECK(value(all.at(""), "any", "2 + 2") == "4");
  CHECK(value(all.at(""), "any", "list") == "a, b");
}

TEST_CASE("a row goes by its subtask, and by its input where it names none", "[infer]") {
  const auto all = infer::read_recorded_answers("subtask,input,value\nlaw,text,A\n,text,B\n");
  CHECK(value(all.at(""), "law", "text") == "A");
  CHECK(value(all.at(""), "other", "text") == "B");
}

TEST_CASE("figures beside an answer are read, and may be missing", "[infer]") {
  const auto all = infer::read_recorded_answers(
      "subtask,value,confidence,time_s,energy_j,note\n"
      "a,x,0.25,1.5,2,first\n"
      "b,y,,,,second\n");
  const auto a = all.at("")({.subtask = "a"}, {});
  CHECK(a.confidence == 0.25);
  CHECK(a.used == usage{0, 0, 1.5, 2});
  const auto b = all.at("")({.subtask = "b"}, {});
  CHECK(b.confidence == 1);
  CHECK(b.used == usage{});
  CHECK(infer::read_recorded_answers("subtask,value\n").empty());
}

TEST_CASE("recorded answers that make no sense are refused with their line", "[infer]") {
  CHECK(refusal("") == "line 1: the header is missing");
  CHECK(refusal("subtask,answer\n") == "line 1: the header has no column \"value\"");
  CHECK(refusal("value\nx\n") ==
        "line 1: the header has neither a column \"subtask\" nor a column \"input\"");
  CHECK(refusal("subtask,value\na,1\n,2\n") == "line 3: subtask is empty");
  CHECK(refusal("subtask,input,value\n,,2\n") == "line 2: subtask is empty");
  CHECK(refusal("input,value\n,2\n") == "line 2: input is empty");
  CHECK(refusal("model,subtask,value\n,a,1\n") == "line 2: model is empty");
  CHECK(refusal("subtask,value\na,1\nb,2\na,3\n") == "line 4: subtask \"a\" is there twice");
  CHECK(refusal("model,input,value\nm,a,1\nn,a,1\nm,a,2\n") ==
        "line 4: input \"a\" is there twice for this model");
  CHECK(refusal("subtask,value,confidence\na,1,1.5\n") == "line 2: confidence 1.5 is not in [0, 1]");
  CHECK(refusal("subtask,value,energy_j\na,1,-2\n") == "line 2: energy_j -2 is not >= 0");
  CHECK(refusal("subtask,value,time_s\na,1,soon\n") == "line 2: time_s \"soon\" is not a finite number");
  CHECK(refusal("subtask,value\na\n") == "line 2: 1 field, but the header has 2");
}
