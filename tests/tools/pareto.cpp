// SPDX-License-Identifier: BSL-1.0
/// @file `shoal pareto` against a front worked out by hand.
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "command.hpp"

using dom = nlohmann::json;
using shoal::test::outcome;
using shoal::test::scratch;

namespace {

// Two subtasks, each by `small` (1 J, 4 s), `middle` (3 J, 3 s) or `large` (4 J, 1 s). The sums: (2, 8), (4,
// 7), (5, 5), (6, 6), (7, 4), (8, 2), of which (6, 6) is dominated; (4, 7) and (7, 4) lie above the hull.
const char* const three_models = R"({
  "models": [{"name": "small", "energy_j": 1, "time_s": 4}, {"name": "middle", "energy_j": 3, "time_s": 3},
             {"name": "large", "energy_j": 4, "time_s": 1}],
  "subtasks": ["a", "b"], "compatibility": [[1, 1], [1, 1], [1, 1]],
  "objective": {"rule": "weighted", "energy": 1, "time": 0}
})";

outcome pareto(const std::string& file, std::vector<std::string> more = {}) {
  more.insert(more.begin(), {"pareto", file});
  return shoal::test::shoal(more);
}

}  // namespace

TEST_CASE("pareto prints the front that the contract asks for", "[tools]") {
  const scratch folder;
  const std::string file = folder.write("swarm.json", three_models);
  const outcome ended = pareto(file, {"--json"});
  REQUIRE(ended.status == 0);
  const dom found = dom::parse(ended.out);
  CHECK(found["verdict"] == "complete");
  CHECK(found["seconds"].is_number());
  const double energy[] = {2, 4, 5, 7, 8};
  const double time[] = {8, 7, 5, 4, 2};
  REQUIRE(found["points"].size() == 5);
  for (std::size_t i = 0; i < 5; ++i) {
    INFO("point " << i);
    CHECK(found["points"][i]["energy_j"] == energy[i]);
    CHECK(found["points"][i]["time_s"] == time[i]);
    CHECK(found["points"][i]["supported"] == (i % 2 == 0));
  }
  CHECK(found["points"][0]["assignment"] == dom({{"a", {"small"}}, {"b", {"small"}}}));
  CHECK(found["points"][4]["assignment"] == dom({{"a", {"large"}}, {"b", {"large"}}}));
}

TEST_CASE("pareto can leave out unsupported points, and points that matter little", "[tools]") {
  const scratch folder;
  const std::string file = folder.write("swarm.json", three_models);
  CHECK(dom::parse(pareto(file, {"--json", "--supported"}).out)["points"].size() ==
        2);  // (5, 5) is on their line
  const dom thinned = dom::parse(pareto(file, {"--json", "--max-points", "2"}).out);
  CHECK(thinned["points"].size() == 2);
  CHECK(thinned["lost"] == 1);  // the ends alone dominate nothing of the box between them
  const outcome words = pareto(file, {"--max-points", "3"});
  CHECK(words.out.find("3 of 5 points") != std::string::npos);
  CHECK(words.out.find("chosen") != std::string::npos);
}

TEST_CASE("pareto draws the front with its knee and the chosen plan", "[tools]") {
  const scratch folder;
  const std::string file = folder.write("swarm.json", three_models);
  const std::string drawing = folder.file("front.svg");
  REQUIRE(pareto(file, {"--svg", drawing}).status == 0);
  const std::string svg = shoal::test::read(drawing);
  CHECK(svg.rfind("<svg ", 0) == 0);
  CHECK(svg.find("</svg>") != std::string::npos);
  CHECK(svg.find("chosen, knee: 2 J, 8 s") != std::string::npos);
}

TEST_CASE("pareto ends with 1 where no plan meets the requirement", "[tools]") {
  const scratch folder;
  dom swarm = dom::parse(three_models);
  swarm["require"] = {{"rule", "mean"}, {"at_least", 2}};

  const outcome ended = pareto(folder.write("swarm.json", swarm.dump()), {"--json"});
  CHECK(ended.status == 1);
  const dom found = dom::parse(ended.out);
  CHECK(found["verdict"] == "infeasible");
  CHECK(found["points"].empty());
  CHECK(found["because"].get<std::string>().find("mean") != std::string::npos);
}
