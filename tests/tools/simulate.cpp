// SPDX-License-Identifier: BSL-1.0
/// @file What `shoal simulate` prints, and that equal seeds print the same.
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "command.hpp"

using dom = nlohmann::json;
using shoal::test::outcome;
using shoal::test::scratch;

namespace {

const std::string regions = SHOAL_SOURCE_DIR "/examples/data/swarms/flaky-regions.json";

// Ten minutes, so that it is quick.
const char* const small =
    R"({"models": [{"name": "a", "time_s": 1, "energy_j": 4}, {"name": "b", "time_s": 1}],
  "simulation": {"for_s": 600, "deadline_s": 5,
    "orders": [{"name": "chat", "priority": 1}, {"name": "batch", "share": 2}],
    "hazards": [{"kind": "stall", "models": ["a"], "every_s": 100, "for_s": 50}]}})";

// The same, with a demand that no fleet meets of which all models hang at times.
const char* const demanding = R"({"models": [{"name": "a", "time_s": 1}, {"name": "b", "time_s": 1}],
  "simulation": {"orders_per_s": 0.2, "deadline_s": 10, "wanted": {"answered": 1}, "hazards": [
    {"kind": "slow", "models": ["a"], "every_s": 200, "for_s": 20, "factor": 1.5},
    {"kind": "crash", "models": ["a", "b"], "every_s": 900, "for_s": 60}]}})";

}  // namespace

TEST_CASE("a simulation prints a row for each seed, and what came of each class", "[tools]") {
  const scratch folder;
  const outcome ended =
      shoal::test::shoal({"simulate", folder.write("s.json", small), "--seed", "5", "--runs", "3"});
  INFO(ended.err);
  CHECK(ended.status == 0);
  CHECK(ended.out.find("2 models, 3 runs from seed 5: ") == 0);
  for (const char* part : {"\n5 ", "\n6 ", "\n7 ", "\nmedian", "\nchat", "\nbatch"}) {
    INFO(part);
    CHECK(ended.out.find(part) != std::string::npos);
  }
}

TEST_CASE("equal seeds print the same on any number of threads", "[tools]") {
  const scratch folder;
  const std::string file = folder.write("s.json", small);
  const auto run = [&](const char* seed, const char* threads) {
    return shoal::test::shoal(
               {"simulate", file, "--seed", seed, "--runs", "6", "--threads", threads, "--json"})
        .out;
  };
  const std::string once = run("1", "1");
  CHECK(run("1", "4") == once);
  CHECK(run("2", "4") != once);
  const dom document = dom::parse(once);
  REQUIRE(document["runs"].size() == 6);
  const dom& second = document["runs"][1];
  CHECK(second["seed"] == 2);
  CHECK(second["digest"].get<std::string>().size() == 16);
  CHECK(second["orders"].get<int>() ==
        second["answered"].get<int>() + second["given_up"].get<int>() + second["cancelled"].get<int>());
  CHECK(second["classes"][0]["name"] == "chat");
  CHECK(second["findings"].empty());
  CHECK_FALSE(document.contains("story"));
  // A run can be repeated alone.
  CHECK(dom::parse(shoal::test::shoal({"simulate", file, "--seed", "2", "--json"}).out)["runs"][0] == second);
}

TEST_CASE("what is found is told as a short story, and the story's file plays it again", "[tools]") {
  const scratch folder;
  const std::string file = folder.write("s.json", demanding);
  const std::string story = folder.file("story.json");
  const outcome ended =
      shoal::test::shoal({"simulate", file, "--seed", "3", "--runs", "2", "--story", story});
  INFO(ended.out << ended.err);
  CHECK(ended.status == 1);
  CHECK(ended.out.find("\nthe shortest story that was found:\nseed 3: 0.2 orders/s for ") !=
        std::string::npos);
  CHECK(ended.out.find("crash of a, b\n") != std::string::npos);
  CHECK(ended.out.find("slow") == std::string::npos);
  const dom told = dom::parse(shoal::test::shoal({"simulate", file, "--seed", "3", "--json"}).out)["story"];
  const outcome again = shoal::test::shoal({"simulate", story, "--seed", "3", "--json"});
  CHECK(again.status == 1);
  CHECK(dom::parse(again.out)["runs"][0]["findings"] == told["findings"]);
  CHECK(told["faults"].size() == 1);
}

TEST_CASE("the example with flaky regions is a simulation", "[tools]") {
  const outcome ended = shoal::test::shoal({"simulate", regions, "--json"});
  INFO(ended.err);
  const dom document = dom::parse(ended.out);
  CHECK(document["runs"][0]["orders"].get<int>() > 20'000);
  CHECK((ended.status == 0) == document["runs"][0]["findings"].empty());
}
