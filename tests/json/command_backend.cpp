// SPDX-License-Identifier: BSL-1.0
#include "shoal/json/command_backend.hpp"

#include <chrono>
#include <optional>
#include <string>

#include "catch.hpp"

using namespace shoal;

namespace {

json::command_backend says(const std::string& text) { return {.command = {"printf", "%s", text}}; }

std::optional<infer::failure> failed(json::command_backend backend) {
  try {
    backend(infer::request<>{}, {});
  } catch (const infer::failure& f) {
    return f;
  }
  return std::nullopt;
}

}  // namespace

TEST_CASE("a command reads the request as JSON", "[json]") {
  infer::request<> r;
  r.model = "phi-3";
  r.subtask = "part-2";
  r.input = "a \"quoted\"\nline";
  r.instruction = "Translate.";
  r.needs.push_back({"part-1", "first"});
  r.attempt = 2;
  r.deadline = std::chrono::steady_clock::now() + std::chrono::hours(1);
  // The child hands the request back as its value: what it saw.
  const json::command_backend echo{
      .command = {"sh", "-c", R"(sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/{"value": "/' -e 's/$/"}/')"}};
  const auto seen = nlohmann::json::parse(echo(r, {}).value);
  CHECK(seen["model"] == "phi-3");
  CHECK(seen["subtask"] == "part-2");
  CHECK(seen["input"] == "a \"quoted\"\nline");
  CHECK(seen["instruction"] == "Translate.");
  CHECK(seen["needs"][0]["subtask"] == "part-1");
  CHECK(seen["needs"][0]["value"] == "first");
  CHECK(seen["attempt"] == 2);
  CHECK(seen["count"] == 1);
  CHECK(seen["deadline_s"].get<double>() > 3000);
  r.deadline = std::chrono::steady_clock::time_point::max();
  CHECK_FALSE(json::write_request(r).contains("deadline_s"));
}

TEST_CASE("a command's answer is read with everything that it says", "[json]") {
  const answer<> a =
      says(R"({"value": "yes", "confidence": 0.9, "usage": {"input_tokens": 10, "output_tokens": 3,
                              "time_s": 0.2, "energy_j": 1.5}})")({}, {});
  CHECK(a.value == "yes");
  CHECK(a.confidence == 0.9);
  CHECK(a.used == usage{10, 3, 0.2, 1.5});
  CHECK(says(R"({"value": 0.25})")({}, {}).value == "0.25");
  CHECK(says(R"({"value": true})")({}, {}).value == "true");
  CHECK(says(R"({"abstains": true})")({}, {}).abstains);
}

TEST_CASE("a command's bad answer, and the failure that it reports, have their class", "[json]") {
  const auto kind_and_text = [](const json::command_backend& backend) {
    const auto f = failed(backend);
    REQUIRE(f);
    return std::string(name_of(f->kind)) + ": " + f->what();
  };
  CHECK(kind_and_text(says(R"({"failure": {"kind": "refused", "text": "busy"}})")) == "refused: busy");
  CHECK(
      kind_and_text(says(R"({"valu": 1})")).rfind("bad answer: \"printf\" answered: /valu: unknown key", 0) ==
      0);
  CHECK(kind_and_text(says(R"({"value": [1]})")) ==
        "bad answer: \"printf\" answered: /value: an array is not a string, a number, true or false");
  CHECK(kind_and_text(says(R"({"value": "x", "confidence": 2})")) ==
        "bad answer: \"printf\" answered: /confidence: 2 is not in [0, 1]");
  CHECK(kind_and_text(says("hello")).rfind("bad answer: \"printf\" answered: line 1", 0) == 0);
  CHECK(kind_and_text(says("")).rfind("bad answer: ", 0) == 0);
  CHECK(kind_and_text(json::command_backend{.command = {"false"}}) ==
        "crashed: \"false\" ended with status 1");
}
