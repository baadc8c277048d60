// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <string>
#include <vector>

#include "aggregate/answers.hpp"
#include "catch.hpp"
#include "shoal/aggregate/medoid.hpp"
#include "shoal/aggregate/normalized.hpp"
#include "shoal/aggregate/rover.hpp"

using namespace shoal;
using namespace shoal::aggregate;

namespace {

std::vector<answer<std::string>> said(const std::vector<std::string>& texts,
                                      const std::vector<double>& accuracy = {}) {
  std::vector<answer<std::string>> out;
  for (std::size_t i = 0; i < texts.size(); ++i)
    out.push_back(
        test::from<std::string>("m" + std::to_string(i), texts[i], accuracy.empty() ? 1 : accuracy[i]));
  return out;
}

}  // namespace

TEST_CASE("the medoid is the text that resembles the others", "[aggregate]") {
  const auto found =
      combine(said({"the cat sat on a mat", "a dog ran", "the cat sat on the mat", "the cat sat on mats"}),
              medoid<>{});
  REQUIRE(found);
  CHECK(*found.value == "the cat sat on the mat");
  CHECK(found.used == 4);
  CHECK(found.confidence > 0.5);
  CHECK(found.margin > 0);
}

TEST_CASE("weights move the medoid, and identical texts add up", "[aggregate]") {
  const std::vector<std::string> texts{"alpha beta", "gamma delta", "gamma delta"};
  CHECK(*combine(said(texts), medoid<>{}).value == "gamma delta");
  CHECK(*combine(said(texts, {0.9, 0.1, 0.1}), medoid<chrf, accuracy_weight>{}).value == "alpha beta");
}

TEST_CASE("of texts that resemble the others as much the more reliable source's wins", "[aggregate]") {
  const auto found = combine(said({"abcd", "wxyz"}, {0.5, 0.5}), medoid<chrf, accuracy_weight>{});
  CHECK(found.tie);
  CHECK(*found.value == "abcd");
  // Two sources share "abcd", as heavy together as the one behind "wxyz".
  CHECK(*combine(said({"abcd", "abcd", "wxyz"}, {0.25, 0.25, 0.5}), medoid<chrf, accuracy_weight>{}).value ==
        "wxyz");
}

TEST_CASE("a medoid of nothing, of one and of abstentions", "[aggregate]") {
  CHECK(combine(said({}), medoid<>{}).why == reason::no_answers);
  CHECK(combine(said({"one"}), medoid<>{}).margin == 1);
  auto silent = said({"a", "b"});
  for (auto& a : silent) a.abstains = true;
  CHECK_FALSE(combine(silent, medoid<>{}));
  CHECK(*combine(said({"", ""}), medoid<>{}).value == "");
}

TEST_CASE("fast similarities are those of the pairs, one by one, also with smoothing", "[aggregate]") {
  const std::vector<std::string> texts{
      "the shoal turned left", "a shoal turned", "", "x", "the shoal, turned left!", "xyz"};
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  const std::vector<double> weights{0.1, 0.3, 0.2, 0.1, 0.2, 0.1};
  for (const bool smooth : {false, true})
    for (const std::size_t words : {std::size_t{0}, std::size_t{2}}) {
      chrf how;
      how.epsilon_smoothing = smooth;
      how.word_order = words;
      const auto fast = expected_similarity(views, weights, how);
      const auto slow = expected_similarity(
          views, weights, [&](std::string_view a, std::span<const std::string_view> b) { return how(a, b); });
      for (std::size_t i = 0; i < views.size(); ++i) CHECK(fast[i] == Approx(slow[i]).margin(1e-9));
      const auto few = expected_similarity(views, weights, how, 3);
      std::ptrdiff_t kept = 0;
      for (std::size_t i = 0; i < views.size(); ++i) {
        if (few[i] > 0) CHECK(few[i] == Approx(slow[i]).margin(1e-9));
        kept += few[i] > 0 ? 1 : 0;
      }
      CHECK(kept <= 3);
      CHECK(std::max_element(few.begin(), few.end()) - few.begin() ==
            std::max_element(slow.begin(), slow.end()) - slow.begin());
    }
}

TEST_CASE("ROVER takes each word from where most texts have it", "[aggregate]") {
  CHECK(*combine(said({"the cat sat on mat", "the bat sat on the mat", "a cat sat on the mat"}), rover{})
             .value == "the cat sat on the mat");
  CHECK(*combine(said({"one two", "one  two\n", "two one zero"}), rover{}).value == "one two");
  const auto split = combine(said({"a", "b"}), rover{});
  CHECK(split.tie);
  CHECK(split.margin == 0);
  CHECK(*combine(said({"a x", "b x", "b x"}, {0.9, 0.2, 0.2}), rover{accuracy_weight{}}).value == "a x");
  CHECK(combine(said({}), rover{}).why == reason::no_answers);
  CHECK(*combine(said({"", ""}), rover{}).value == "");
}

TEST_CASE("equivalent answers have one form", "[aggregate]") {
  const answer_form form;
  for (const char* text : {"1/2", "0.5", ".50", " 2/4 ", "50%", "50 %", "\\boxed{1/2}", "$\\frac{1}{2}$",
                           "\\boxed{\\dfrac{1}{2}}.", "+0.5", "\\text{0.50}", "0.50."})
    CHECK(form(text) == "1/2");
  CHECK(form("1,000") == "1000");
  CHECK(form("1000.0") == "1000");
  CHECK(form("-3") == "-3");
  CHECK(form("  The  Cat. ") == "the cat");
  CHECK(form("**Paris**") == "paris");
  CHECK(form("ЁЖ") == "ёж");
  CHECK(form("(B)") == "b");
}

TEST_CASE("answers that differ keep apart", "[aggregate]") {
  const answer_form form;
  CHECK(form("1,5") != form("15"));
  CHECK(form("0.5") != form("0.05"));
  CHECK(form("-0.5") != form("0.5"));
  CHECK(form("1/0") != form("1"));
  CHECK(form("12345678901234567890") != form("12345678901234567891"));
  CHECK(form("1.2.3") == "1.2.3");
  CHECK(form("\\frac{1}{") == "\\frac{1}{");
  CHECK(form("x/2") == "x/2");
}

TEST_CASE("no vote is lost: a text that nothing is left of keeps its own form", "[aggregate]") {
  const answer_form form;
  for (const char* text : {"...", "\"\"", "$", " ? "}) CHECK_FALSE(form(text).empty());
  const auto found = combine(said({"...", "...", "a"}), normalized{});
  CHECK(found.used == 3);
  CHECK(*found.value == "...");
}

TEST_CASE("a vote over forms answers in the spelling that most gave", "[aggregate]") {
  const auto found = combine(said({"0.5", "1/2", "0.5", "2", "2"}), normalized{});
  CHECK(*found.value == "0.5");
  CHECK(found.confidence == Approx(0.6));
  CHECK(*combine(said({"b", "B.", "B", "c"}), normalized{weighted_vote{}}).value == "B");
  CHECK_FALSE(combine(said({"1", "2"}), normalized{majority{}}));
}
