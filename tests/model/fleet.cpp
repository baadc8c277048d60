// SPDX-License-Identifier: BSL-1.0
#include "shoal/model/fleet.hpp"

#include <limits>
#include <string>

#include "catch.hpp"

using namespace shoal;

namespace {

struct board {
  std::string id;
  double watts = 0;
  double seconds = 0;
};

struct misspelt {
  std::string name;
  double acuracy = 1;
};

}  // namespace

template <>
struct shoal::model_traits<board> : shoal::model_defaults<board> {
  static std::string_view name(const board& b) { return b.id; }
  static double energy_j(const board& b) { return b.watts * b.seconds; }
  static double time_s(const board& b) { return b.seconds; }
};

static_assert(model_descriptor<board>);
static_assert(!model_descriptor<misspelt>);
static_assert(!model_descriptor<int>);

TEST_CASE("a fleet finds its models by name and keeps their order", "[model]") {
  fleet<> models{{.name = "a"}, {.name = "b"}, {.name = "c"}};
  CHECK(models.find("c") == 2U);
  CHECK_FALSE(models.find("d"));
  CHECK(models.remove("a"));
  CHECK_FALSE(models.remove("a"));
  CHECK(models.size() == 2);
  CHECK(models.find("c") == 1U);
  CHECK(models[0].name == "b");
  CHECK(models.add({.name = "a"}) == 2);
}

TEST_CASE("a user's own descriptor works through its traits", "[model]") {
  fleet<board> boards;
  boards.add({"nano", 5, 2});
  CHECK(figures(boards, &model_traits<board>::energy_j)[0] == 10);
  const model same = describe(boards[0]);
  CHECK(same.name == "nano");
  CHECK(same.energy_j == 10);
  CHECK(same.accuracy == 1);
}

TEST_CASE("a descriptor out of range is refused by name and value", "[model]") {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double infinity = std::numeric_limits<double>::infinity();
  fleet<> models{{.name = "a"}};
  const auto refusal = [&](const model& m) -> std::string {
    try {
      models.add(m);
    } catch (const invalid_model& e) {
      return e.what();
    }
    return "";
  };
  CHECK(refusal({.name = "phi-3", .failure_probability = 1.5}) ==
        "model 1 \"phi-3\": failure_probability 1.5 is not in [0, 1]");
  CHECK(refusal({.name = "x", .accuracy = nan}) == "model 1 \"x\": accuracy nan is not in [0, 1]");
  CHECK(refusal({.name = "x", .relevance = -0.1}) == "model 1 \"x\": relevance -0.1 is not in [0, 1]");
  CHECK(refusal({.name = "x", .energy_j = -1}) == "model 1 \"x\": energy_j -1 is not a finite number >= 0");
  CHECK(refusal({.name = "x", .time_s = infinity}) ==
        "model 1 \"x\": time_s inf is not a finite number >= 0");
  CHECK(refusal({.name = "x", .capacity = nan}) == "model 1 \"x\": capacity nan is not >= 0");
  CHECK(refusal({.name = ""}) == "model 1: its name is empty");
  CHECK(refusal({.name = "a"}) == "model 1: the name \"a\" is model 0's");
  CHECK(models.size() == 1);
}

TEST_CASE("an update keeps the name", "[model]") {
  fleet<> models{{.name = "a"}, {.name = "b"}};
  models.update(1, {.name = "b", .energy_j = 3});
  CHECK(models[1].energy_j == 3);
  CHECK_THROWS_AS(models.update(1, {.name = "c"}), invalid_model);
}
