// SPDX-License-Identifier: BSL-1.0
/// @file What the verbs print, against the contract of their JSON and CSV and figures worked out by hand.
#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "command.hpp"
#include "shoal/core/random.hpp"

using dom = nlohmann::json;
using shoal::test::outcome;
using shoal::test::scratch;

namespace {

const std::string swarms = SHOAL_SOURCE_DIR "/examples/data/swarms/";

// The one object that a verb prints with --json.
dom answer(std::vector<std::string> arguments, int status = 0, const std::string& input = "/dev/null") {
  arguments.emplace_back("--json");
  const outcome ended = shoal::test::shoal(arguments, input);
  INFO(ended.err);
  CHECK(ended.status == status);
  REQUIRE(ended.out.size() > 1);
  CHECK(ended.out.find('\n') == ended.out.size() - 1);
  return dom::parse(ended.out);
}

std::set<std::string> keys(const dom& object) {
  std::set<std::string> out;
  for (const auto& [key, value] : object.items()) out.insert(key);
  return out;
}

}  // namespace

TEST_CASE("assign prints what the contract says", "[tools]") {
  const scratch folder;
  const std::string file = folder.write("swarm.json", R"({
    "models": [
      {"name": "phi-3-mini", "energy_j": 9.5, "time_s": 0.8, "accuracy": 0.41, "relevance": 1.0,
       "capacity": 4, "failure_probability": 0.02, "group": "eu-west"}
    ],
    "subtasks": [ {"name": "biology", "replicas": 1, "needs": []} ],
    "compatibility": [[0.63]],
    "energy_j": [[9.5]], "time_s": [[0.8]], "load": [[1]],
    "groups": [ {"name": "eu-west", "failure_probability": 0.001} ],
    "distance_s": [[0]], "volume_mb": [[0]],
    "require": {"rule": "mean", "at_least": 0.5},
    "objective": {"rule": "weighted", "energy": 1, "time": 0}
  })");
  for (const std::string solver : {"exact", "glpk", "greedy"}) {
    if (solver == "glpk" && shoal::test::shoal({"--version"}).out.find("GLPK") == std::string::npos) continue;
    const dom found = answer({"assign", file, "--solver", solver});
    CHECK(keys(found) == std::set<std::string>{"verdict", "solver", "objective", "bound", "energy_j",
                                               "time_s", "compatibility", "assignment", "load", "seconds",
                                               "nodes"});
    CHECK(found["verdict"] == (solver == "greedy" ? "feasible" : "optimal"));
    CHECK(found["solver"] == solver);
    CHECK(found["objective"] == 9.5);
    if (solver != "greedy") CHECK(found["bound"] == Approx(9.5));
    CHECK(found["energy_j"] == 9.5);
    CHECK(found["time_s"] == 0.8);
    CHECK(found["compatibility"] == dom({{"sum", 0.63}, {"mean", 0.63}, {"min", 0.63}, {"product", 0.63}}));
    CHECK(found["assignment"] == dom({{"biology", {"phi-3-mini"}}}));
    CHECK(found["load"] == dom({{"phi-3-mini", 1}}));
    CHECK(found["seconds"].is_number());
    CHECK(found["nodes"].is_number_unsigned());
  }
}

TEST_CASE("assign finds the plan that a person finds by trying all", "[tools]") {
  // Worth 0.75 x 6 = 4.5 in all; nothing under 35.5 J reaches it.
  const dom found = answer({"assign", swarms + "small.json"});
  CHECK(found["verdict"] == "optimal");
  CHECK(found["energy_j"] == 35.5);
  CHECK(found["compatibility"]["mean"].get<double>() >= 0.75);
  const outcome table = shoal::test::shoal({"assign", swarms + "small.json"});
  CHECK(table.status == 0);
  CHECK(table.out.find("optimal") == 0);
  CHECK(table.out.find("\nsummarise  ") != std::string::npos);
}

TEST_CASE("assign reproduces the known optima of the measured fleet", "[tools]") {
  const scratch folder;
  dom swarm = dom::parse(shoal::test::read(swarms + "mmlupro.json"));
  // Joules for one request, by required share of right answers; found with another integer program.
  for (const auto& [at_least, joules] :
       {std::pair(0.35, 8.5822), {0.46, 12.2582}, {0.5, 16.3324}, {0.6, 49.4458}}) {
    swarm["require"]["at_least"] = at_least;
    const dom found = answer({"assign", folder.write("swarm.json", swarm.dump())});
    CHECK(found["verdict"] == "optimal");
    CHECK(found["energy_j"].get<double>() / 12032 == Approx(joules).margin(5e-5));
  }
}

TEST_CASE("assign says which requirement cannot be met and ends with status 1", "[tools]") {
  const scratch folder;
  const std::string file = folder.write("swarm.json", R"({
    "models": [{"name": "a"}, {"name": "b"}], "subtasks": ["x", "y"],
    "compatibility": [[0.5, 0.25], [0.25, 0.75]], "require": {"rule": "mean", "at_least": 0.7}})");
  const dom none = answer({"assign", file}, 1);
  CHECK(none["verdict"] == "infeasible");
  CHECK(none["because"].get<std::string>().find("mean") != std::string::npos);
  CHECK(none["best"] == Approx(0.625));
  CHECK(none.count("assignment") == 0);
  const outcome in_words = shoal::test::shoal({"assign", file});
  CHECK(in_words.status == 1);
  CHECK(in_words.out.find("infeasible") == 0);
}

TEST_CASE("a time limit ends with the best plan, or with status 3 where there is none yet", "[tools]") {
  for (const std::string name : {"small", "regions", "mmlupro"}) {
    const outcome ended =
        shoal::test::shoal({"assign", swarms + name + ".json", "--time-limit", "1e-9", "--json"});
    const dom found = dom::parse(ended.out);
    INFO(name << ": " << ended.out);
    CHECK(ended.status == (found["verdict"] == "limit" ? 3 : 0));
    CHECK(found.count("assignment") == (found["verdict"] == "limit" ? 0 : 1));
  }
}

TEST_CASE("assign of no subtasks has no answer", "[tools]") {
  const scratch folder;
  const std::string file = folder.write("swarm.json", R"({"models": [{"name": "a"}], "subtasks": []})");
  CHECK(answer({"assign", file}, 1)["assignment"] == dom::object());
}

TEST_CASE("numbers in JSON read back as the same doubles", "[tools]") {
  const scratch folder;
  const std::string file = folder.write("swarm.json", R"({
    "models": [{"name": "a", "energy_j": 0.1, "time_s": 1e-17}], "subtasks": ["x", {"name": "y", "count": 2}],
    "compatibility": [[0.3333333333333333, 123456789.12345679]]})");
  const dom found = answer({"assign", file});
  CHECK(found["energy_j"].get<double>() == 0.1 + 2 * 0.1);
  CHECK(found["time_s"].get<double>() == 1e-17 + 2 * 1e-17);
  CHECK(found["compatibility"]["min"].get<double>() == 0.3333333333333333);
}

TEST_CASE("survive is 1 - p^m for equal models without groups", "[tools]") {
  const scratch folder;
  const std::string file = folder.write("swarm.json", R"({"models": [
    {"name": "a", "failure_probability": 0.1}, {"name": "b", "failure_probability": 0.1},
    {"name": "c", "failure_probability": 0.1}]})");
  const dom found = answer({"survive", file});
  CHECK(found["survival"].get<double>() == Approx(0.999).epsilon(1e-15));
  CHECK(found["failure"].get<double>() == Approx(1e-3).epsilon(1e-14));
  CHECK(found["method"] == "exact");
  CHECK(found["expected_survivors"].get<double>() == Approx(2.7).epsilon(1e-15));
  CHECK(found["subtasks"] == dom::object());
  REQUIRE(found["importance"].size() == 3);
  CHECK(found["importance"][0]["name"] == "a");
  CHECK(found["importance"][0]["birnbaum"].get<double>() == Approx(0.01).epsilon(1e-13));
  CHECK(found["importance"][0]["fussell_vesely"].get<double>() == Approx(1));
  CHECK(answer({"survive", file, "--at-least", "2"})["survival"].get<double>() ==
        Approx(0.972).epsilon(1e-15));
  CHECK(answer({"survive", file, "--at-least", "4"})["survival"] == 0);
  CHECK(answer({"survive", file, "--at-least", "0"})["survival"] == 1);
}

TEST_CASE("survive judges the plan that assign printed", "[tools]") {
  const scratch folder;
  const std::string file = folder.write("swarm.json", R"({
    "models": [{"name": "a", "failure_probability": 0.1, "group": "g"}, {"name": "b", "failure_probability": 0.2},
               {"name": "c", "failure_probability": 0.5}],
    "groups": [{"name": "g", "failure_probability": 0.25}],
    "subtasks": [{"name": "x", "replicas": 2}, "y"],
    "compatibility": [[1, null], [1, 1], [null, null]]})");
  const std::string plan = folder.write("plan.json", shoal::test::shoal({"assign", file, "--json"}).out);
  const dom found = answer({"survive", file, "--plan", "-"}, 0, plan);
  // y needs b, and then x has b too.
  CHECK(found["survival"].get<double>() == Approx(0.8));
  CHECK(found["subtasks"]["x"].get<double>() == Approx(1 - 0.2 * (1 - 0.9 * 0.75)));
  CHECK(found["subtasks"]["y"].get<double>() == Approx(0.8));
  CHECK(found["importance"].size() == 4);
  CHECK(found["importance"][3]["name"] == "g");
  const outcome table = shoal::test::shoal({"survive", file, "--plan", plan});
  CHECK(table.status == 0);
  CHECK(table.out.find("every subtask keeps a replica: 0.8 (fails: 0.2; exact)") == 0);
}

TEST_CASE("survive simulates the same missions for the same seed, and says how far off it may be",
          "[tools]") {
  const std::string file = swarms + "regions.json";
  const std::vector<std::string> arguments = {"survive",     file,     "--at-least", "4",         "--method",
                                              "monte-carlo", "--seed", "7",          "--samples", "20000"};
  const dom first = answer(arguments);
  CHECK(first == answer(arguments));
  CHECK(first["method"] == "monte-carlo");
  CHECK(first["samples"] == 20000);
  const double exact = answer({"survive", file, "--at-least", "4"})["survival"].get<double>();
  CHECK(std::abs(first["survival"].get<double>() - exact) < 5 * first["standard_error"].get<double>());
}

TEST_CASE("an empty fleet has no answer, and a question beyond the exact method ends with status 3",
          "[tools]") {
  const scratch folder;
  CHECK(answer({"survive", folder.write("none.json", R"({"models": []})")}, 1)["survival"] == 0);

  // A hundred subtasks over the same forty models, three each, far too entangled to take apart.
  dom swarm{{"models", dom::array()}, {"subtasks", dom::array()}, {"compatibility", dom::array()}};
  dom plan{{"assignment", dom::object()}};
  shoal::random_engine engine(5);
  for (int i = 0; i < 40; ++i) {
    swarm["models"].push_back({{"name", "m" + std::to_string(i)}, {"failure_probability", 0.1}});
    swarm["compatibility"].push_back(dom(std::vector<int>(100, 1)));
  }
  for (int k = 0; k < 100; ++k) {
    const std::string name = "s" + std::to_string(k);
    swarm["subtasks"].push_back(name);
    std::set<std::string> models;
    while (models.size() < 3) models.insert("m" + std::to_string(shoal::uniform_below(engine, 40)));
    plan["assignment"][name] = models;
  }
  const outcome ended = shoal::test::shoal({"survive", folder.write("swarm.json", swarm.dump()), "--plan",
                                            folder.write("plan.json", plan.dump()), "--method", "exact",
                                            "--memory", "10000", "--json"});
  CHECK(ended.status == 3);
  CHECK(ended.out.empty());
  CHECK(ended.err.find("shoal: survive: exact survival of 100 subtasks over 40 models") == 0);
}

TEST_CASE("compare sets the plan beside the large model", "[tools]") {
  const dom found = answer({"compare", swarms + "small.json", "--llm", "medium-8b", "--without-llm"});
  // medium-8b alone: 6 requests of 15 J and 1.4 s; quality (0.92 + 0.78 + 3 x 0.91 + 0.74) / 6.
  CHECK(found["llm"]["name"] == "medium-8b");
  CHECK(found["llm"]["energy_j"] == 90);
  CHECK(found["llm"]["time_s"].get<double>() == Approx(8.4));
  CHECK(found["llm"]["quality"].get<double>() == Approx(5.17 / 6));
  CHECK(found["quality_rule"] == "mean");
  for (const auto& [subtask, models] : found["assignment"].items()) CHECK(models[0] != "medium-8b");
  CHECK(found["swarm"]["quality"].get<double>() >= 0.75);
  CHECK(found["ratio"]["energy"].get<double>() == Approx(found["swarm"]["energy_j"].get<double>() / 90));
  CHECK(found["winner"]["energy"] == "swarm");
  CHECK(found["winner"]["quality"] == "llm");
  CHECK(found["winner"]["overall"] == "tie");
  CHECK(found["sentence"].get<std::string>().find("loses on quality") != std::string::npos);
  CHECK(found.count("crossings") == 0);
}

TEST_CASE("compare says at how many subtasks the costs cross", "[tools]") {
  const scratch folder;
  const std::string file = folder.write("swarm.json", R"({
    "models": [{"name": "small", "energy_j": 4}, {"name": "large", "energy_j": 9,
                "cost": {"law": "power", "a": 1, "b": 1.5}}],
    "subtasks": ["x", "y"], "compatibility": [[0.5, 0.5], [1, 1]]})");
  const dom found = answer({"compare", file, "--llm", "large"});
  // n^1.5 = 4 n at n = 16.
  CHECK(found["crossings"]["cheaper_at_one"] == "llm");
  REQUIRE(found["crossings"]["points"].size() == 1);
  CHECK(found["crossings"]["points"][0]["subtasks"].get<double>() == Approx(16));
  CHECK(found["crossings"]["points"][0]["cheaper"] == "swarm");
}

TEST_CASE("compare of a swarm that cannot do it ends with status 1", "[tools]") {
  const scratch folder;
  const std::string file = folder.write("swarm.json", R"({
    "models": [{"name": "small"}, {"name": "large"}], "subtasks": ["x"], "compatibility": [[0.5], [1]],
    "require": {"rule": "each", "at_least": 0.9}})");
  CHECK(answer({"compare", file, "--llm", "large", "--without-llm"}, 1)["verdict"] == "infeasible");
  CHECK(answer({"compare", file, "--llm", "large"})["winner"]["overall"] == "tie");
}
