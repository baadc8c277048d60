// SPDX-License-Identifier: BSL-1.0
#include "shoal/run/join.hpp"

#include <deque>
#include <string>
#include <vector>

#include "catch.hpp"
#include "shoal/aggregate/vote.hpp"

using namespace shoal;

namespace {

// Parts with the answers given, and their consensus by plurality.
class parts_of {
 public:
  parts_of& add(std::string name, std::vector<answer<>> answers) {
    names_.push_back({.name = std::move(name)});
    answers_.push_back(std::move(answers));
    results_.push_back(aggregate::plurality{}(std::span<const answer<>>(answers_.back())));
    parts_.push_back({&names_.back(), answers_.back(), &results_.back()});
    return *this;
  }
  std::span<const run::part<std::string, std::string>> get() const { return parts_; }

 private:
  std::deque<subtask> names_{};
  std::deque<std::vector<answer<>>> answers_{};
  std::deque<aggregate::result<std::string>> results_{};
  std::vector<run::part<std::string, std::string>> parts_{};
};

answer<> said(std::string value, std::string source) {
  return {.value = std::move(value), .source = std::move(source)};
}

}  // namespace

TEST_CASE("across parts, every answer is a vote, also from a model that has voted before", "[run]") {
  parts_of p;
  p.add("one", {said("yes", "phi"), said("no", "qwen")}).add("two", {said("yes", "phi")});
  const auto out = run::across_parts{}(p.get(), aggregate::plurality{});
  CHECK(out.value == "yes");
  CHECK(out.used == 3);
  CHECK(out.confidence == Approx(2.0 / 3));
}

TEST_CASE("across a single part, the result is that part's consensus", "[run]") {
  parts_of p;
  p.add("join", {said("yes", "phi"), said("no", "qwen"), said("yes", "llama")});
  const auto out = run::across_parts{}(p.get(), aggregate::plurality{});
  CHECK(out.value == "yes");
  CHECK(out.used == 3);
}

TEST_CASE("concatenated, the parts keep their order and the weakest gives the confidence", "[run]") {
  parts_of p;
  p.add("one", {said("Hallo", "phi")})
      .add("two", {said("Welt", "phi"), said("Erde", "qwen"), said("Welt", "llama")});
  const auto out = run::concatenate{.separator = " "}(p.get(), aggregate::plurality{});
  CHECK(out.value == "Hallo Welt");
  CHECK(out.confidence == Approx(2.0 / 3));
  CHECK(out.why == aggregate::reason::decided);
  CHECK(out.used == 4);
}

TEST_CASE("a part without a value leaves no text, or what stands for it", "[run]") {
  parts_of p;
  p.add("one", {said("Hallo", "phi")}).add("two", {});
  const auto none = run::concatenate{}(p.get(), aggregate::plurality{});
  CHECK_FALSE(none.value);
  CHECK(none.why == aggregate::reason::no_answers);
  const auto marked = run::concatenate{.separator = " ", .missing = "[...]"}(p.get(), aggregate::plurality{});
  CHECK(marked.value == "Hallo [...]");
  CHECK(marked.confidence == 0);
}

TEST_CASE("no parts make no result", "[run]") {
  const parts_of p;
  CHECK_FALSE(run::across_parts{}(p.get(), aggregate::plurality{}).value);
  CHECK_FALSE(run::concatenate{}(p.get(), aggregate::plurality{}).value);
}
