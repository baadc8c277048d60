// SPDX-License-Identifier: BSL-1.0
#include "shoal/aggregate/rankings.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "aggregate/answers.hpp"
#include "catch.hpp"
#include "shoal/aggregate/bradley_terry.hpp"
#include "shoal/core/random.hpp"

using namespace shoal;
using namespace shoal::aggregate;

namespace {

// `count` ballots of each kind, e.g. {5, "A>C>B"}.
struct bloc {
  int count = 0;
  const char* order = "";
};

std::vector<answer<ranking>> ballots(const std::vector<bloc>& blocs) {
  std::vector<answer<ranking>> out;
  for (const auto& b : blocs)
    for (int i = 0; i < b.count; ++i) {
      out.emplace_back();
      out.back().value = read_ranking(b.order);
      out.back().source = "voter " + std::to_string(out.size());
    }
  return out;
}

template <class Rule>
std::string ranked(const std::vector<bloc>& blocs, const Rule& rule) {
  return spell_ranking(*combine(ballots(blocs), rule).value);
}

// Schulze 2011, section 3.1: 45 voters.
const std::vector<bloc> schulze_example{{5, "A>C>B>E>D"}, {5, "A>D>E>C>B"}, {8, "B>E>D>A>C"},
                                        {3, "C>A>B>E>D"}, {7, "C>A>E>B>D"}, {2, "C>B>A>D>E"},
                                        {7, "D>C>E>B>A"}, {8, "E>B>A>D>C"}};

// The capitals of Tennessee, as textbooks have it.
const std::vector<bloc> tennessee{{42, "Memphis>Nashville>Chattanooga>Knoxville"},
                                  {26, "Nashville>Chattanooga>Knoxville>Memphis"},
                                  {15, "Chattanooga>Knoxville>Nashville>Memphis"},
                                  {17, "Knoxville>Chattanooga>Nashville>Memphis"}};

}  // namespace

TEST_CASE("Schulze's own example is ranked as he ranks it", "[aggregate]") {
  CHECK(ranked(schulze_example, schulze{}) == "E>A>C>B>D");
}

TEST_CASE("Tennessee: Nashville wins every rule that counts pairs", "[aggregate]") {
  const std::string known = "Nashville>Chattanooga>Knoxville>Memphis";
  CHECK(ranked(tennessee, ranked_pairs{}) == known);
  CHECK(ranked(tennessee, schulze{}) == known);
  CHECK(ranked(tennessee, copeland{}) == known);
  // 194, 173, 126 and 107 points.
  CHECK(ranked(tennessee, borda{}) == "Nashville>Chattanooga>Memphis>Knoxville");
  const auto found = combine(ballots(tennessee), borda{});
  CHECK(found.used == 100);
  CHECK_FALSE(found.tie);
}

TEST_CASE("a circle is one level to Schulze, and broken at its weakest duel by ranked pairs", "[aggregate]") {
  const std::vector<bloc> even{{1, "A>B>C"}, {1, "B>C>A"}, {1, "C>A>B"}};
  CHECK(ranked(even, schulze{}) == "A=B=C");
  CHECK(combine(ballots(even), copeland{}).tie);
  CHECK(ranked(even, ranked_pairs{}) == "A>B>C");
  // A beats B by 7 to 2, B beats C by 6 to 3, C beats A by 5 to 4.
  CHECK(ranked({{4, "A>B>C"}, {2, "B>C>A"}, {3, "C>A>B"}}, ranked_pairs{}) == "A>B>C");
}

TEST_CASE("every rule elects the winner of all duels where there is one, and Schulze orders by its paths",
          "[aggregate]") {
  random_engine random(5);
  for (int turn = 0; turn < 60; ++turn) {
    std::vector<answer<ranking>> votes;
    for (int v = 0; v < 7; ++v) {
      std::vector<std::string> names{"a", "b", "c", "d"};
      for (std::size_t i = 4; i > 1; --i) std::swap(names[i - 1], names[uniform_below(random, i)]);
      votes.emplace_back();
      votes.back().source = std::to_string(v);
      for (const auto& name : names) votes.back().value.push_back({name});
    }
    const auto beats = [&](const std::string& x, const std::string& y) {
      int lead = 0;
      for (const auto& v : votes) {
        const auto at = [&](const std::string& n) {
          return std::find(v.value.begin(), v.value.end(), std::vector<std::string>{n}) - v.value.begin();
        };
        lead += at(x) < at(y) ? 1 : -1;
      }
      return lead > 0;
    };
    for (const std::string winner : {"a", "b", "c", "d"}) {
      bool all = true;
      for (const std::string other : {"a", "b", "c", "d"})
        all = all && (winner == other || beats(winner, other));
      if (!all) continue;
      CHECK((*combine(votes, schulze{}).value)[0] == std::vector<std::string>{winner});
      CHECK((*combine(votes, ranked_pairs{}).value)[0] == std::vector<std::string>{winner});
      CHECK((*combine(votes, copeland{}).value)[0] == std::vector<std::string>{winner});
    }
  }
}

TEST_CASE("equal places, alternatives left out, and ballots of nothing", "[aggregate]") {
  CHECK(ranked({{1, "a=b>c"}, {1, "b>c"}}, borda{}) == "b>a>c");
  CHECK(ranked({{2, "a>b"}, {2, "c>d"}}, copeland{}) == "a=c>b=d");
  CHECK(ranked({{1, "a"}}, schulze{}) == "a");
  CHECK(combine(ballots({}), borda{}).why == reason::no_answers);
  auto silent = ballots({{2, "a>b"}, {1, "b>a"}});
  silent[0].abstains = silent[1].abstains = true;
  CHECK(spell_ranking(*combine(silent, borda{}).value) == "b>a");
}

TEST_CASE("reciprocal ranks are summed", "[aggregate]") {
  // d: 1/61 + 1/62; a: 1/61; b: 1/62 + 1/63.
  CHECK(ranked({{1, "a>b>c"}, {1, "d>x>b"}, {1, "y>d"}}, reciprocal_rank{}) == "d>b>a=y>x>c");
  CHECK_THROWS_AS(ranked({{1, "a>b"}}, reciprocal_rank{-1.0}), invalid_argument);
}

TEST_CASE("a ranking is read as it is spelled", "[aggregate]") {
  CHECK(spell_ranking(read_ranking(" b = a >c ")) == "a=b>c");
  for (const char* wrong : {"", "a>", ">a", "a>>b", "a>b=a", " "})
    CHECK_THROWS_AS(read_ranking(wrong), invalid_argument);
}

TEST_CASE("Bradley and Terry's strengths balance what each won with what it should have", "[aggregate]") {
  random_engine random(3);
  const std::vector<double> truth{1.5, 0.5, 0, -0.5, -1.5};
  std::vector<duel> duels;
  for (int i = 0; i < 20'000; ++i) {
    const auto a = static_cast<std::uint32_t>(uniform_below(random, 5));
    const auto b = static_cast<std::uint32_t>((a + 1 + uniform_below(random, 4)) % 5);
    const bool wins = uniform_01(random) < 1 / (1 + std::exp(truth[b] - truth[a]));
    duels.push_back(wins ? duel{a, b, 1} : duel{b, a, 1});
  }
  const auto e = bradley_terry{1e-9, 10'000, 1e-12}(duels, 5);
  CHECK(e.converged);
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(e.log_strength[i] == Approx(truth[i]).margin(0.06));
    double won = 0;
    double expected = 0;
    for (const auto& d : duels) {
      if (d.winner == i) won += 1;
      if (d.winner == i) expected += e.chance(i, d.loser);
      if (d.loser == i) expected += e.chance(i, d.winner);
    }
    CHECK(expected == Approx(won).epsilon(1e-6));
  }
}

TEST_CASE("duels that leave gaps, or that one always wins, have strengths, too", "[aggregate]") {
  const std::vector<duel> duels{{0, 1, 3}, {2, 3, 1}};
  const auto e = bradley_terry{}(duels, 5);
  CHECK(e.converged);
  CHECK(e.log_strength[0] > e.log_strength[2]);
  CHECK(e.log_strength[1] < e.log_strength[3]);
  CHECK(std::isfinite(e.log_strength[4]));
  CHECK_THROWS_AS(bradley_terry{}(duels, 3), invalid_argument);
  CHECK_THROWS_AS(bradley_terry{}(std::vector<duel>{{1, 1, 1}}, 3), invalid_argument);
  CHECK_THROWS_AS(bradley_terry{}(std::vector<duel>{{0, 1, 0}}, 3), invalid_argument);
}
