// SPDX-License-Identifier: BSL-1.0
#include "shoal/aggregate/running_labels.hpp"

#include <algorithm>
#include <limits>
#include <vector>

#include "aggregate/label_sets.hpp"
#include "catch.hpp"
#include "shoal/aggregate/dawid_skene.hpp"

using namespace shoal;
using namespace shoal::aggregate;

namespace {

constexpr double forever = std::numeric_limits<double>::infinity();

std::vector<stream_vote> stream(const std::vector<crowd_label>& given, std::uint32_t items_in_epoch) {
  std::vector<stream_vote> out;
  for (const auto& g : given) out.push_back({g.item, g.item / items_in_epoch, g.worker, g.label});
  return out;
}

}  // namespace

TEST_CASE("a stream's state is the same for every order of arrival, and however many bring it",
          "[aggregate]") {
  const auto set = test::made_labels(400, 3, {0.9, 0.8, 0.6, 0.5, 0.4}, 3, 0.8);
  auto votes = stream(set.given, 100);
  const auto run = [&](std::size_t threads) {
    running_labels state(5, 3, 10.0);
    std::vector<std::vector<stream_vote>> parts(threads);
    for (std::size_t i = 0; i < votes.size(); ++i) parts[i * 7 % threads].push_back(votes[i]);
    for (const auto& part : parts) state.add_all(part);
    for (int e = 0; e < 4; ++e) state.close();
    return state.save();
  };
  const auto first = run(1);
  random_engine random(1);
  for (std::size_t threads = 1; threads < 5; ++threads) {
    for (std::size_t i = votes.size(); i > 1; --i) std::swap(votes[i - 1], votes[uniform_below(random, i)]);
    CHECK(run(threads) == first);
  }
}

TEST_CASE("a stream ends as accurate as the batch", "[aggregate]") {
  const auto set = test::made_labels(6000, 4, test::fifteen(4), 4, 0.4);
  running_labels state(15, 4, forever);
  std::vector<stream_vote> item;
  double right = 0;
  std::size_t at = 0;
  const auto votes = stream(set.given, 200);
  for (std::uint32_t i = 0; i < 6000; ++i) {
    item.clear();
    for (; at < votes.size() && votes[at].item == i; ++at) {
      item.push_back(votes[at]);
      state.add(votes[at]);
    }
    std::vector<double> p(4);
    state.probabilities(item, p);
    right += choose(p.data(), 4).label == set.truth[i] ? 1 : 0;
    if (i % 200 == 199) state.close();
  }
  const auto batch = dawid_skene{}(set.matrix);
  CHECK(right / 6000 > test::accuracy(batch, set.truth) - 0.005);
  for (std::size_t w = 0; w < 15; ++w)
    CHECK(state.reliability(w) == Approx(batch.reliability[w]).margin(0.03));
}

TEST_CASE("a worker that turns hostile is soon disbelieved where the past fades", "[aggregate]") {
  auto set = test::made_labels(4000, 3, {0.9, 0.7, 0.7, 0.7, 0.7}, 8);
  for (auto& label : set.given)
    if (label.worker == 0 && label.item >= 2000) label.label = (set.truth[label.item] + 1) % 3;
  running_labels fading(5, 3, 2.0);
  running_labels keeping(5, 3, forever);
  for (const auto& v : stream(set.given, 100)) {
    fading.add(v);
    keeping.add(v);
  }
  for (int e = 0; e < 26; ++e) {
    fading.close();
    keeping.close();
  }
  CHECK(fading.reliability(0) < 0.3);
  CHECK(keeping.reliability(0) > 0.6);
}

TEST_CASE("late votes are counted, and no more", "[aggregate]") {
  running_labels state(2, 2, forever);
  state.add({1, 0, 0, 1});
  state.close();
  const auto before = state.save();
  state.add({1, 0, 1, 1});
  CHECK(state.late() == 1);
  CHECK(state.reliability(1) == running_labels<>::load(before).reliability(1));
  state.add({9, 3, 1, 0});  // of an epoch to come: it waits
  state.close();
  CHECK(state.late() == 1);
}

TEST_CASE("states merge to what one state would have learnt in an epoch", "[aggregate]") {
  const auto set = test::made_labels(300, 3, {0.9, 0.8, 0.6}, 5);
  running_labels whole(3, 3, 5.0);
  running_labels left(3, 3, 5.0);
  running_labels right(3, 3, 5.0);
  for (const auto& v : stream(set.given, 300)) {
    whole.add(v);
    (v.item % 2 == 0 ? left : right).add(v);
  }
  whole.close();
  left.close();
  right.close();
  left.merge(right);
  CHECK(left.save() == whole.save());
  right.close();
  CHECK_THROWS_AS(left.merge(right), invalid_argument);
}

TEST_CASE("a state is read back as it was, with the votes that wait", "[aggregate]") {
  const auto set = test::made_labels(50, 3, {0.9, 0.8, 0.6}, 5);
  running_labels state(3, 3, 7.5);
  state.add_all(stream(set.given, 25));
  state.close();
  auto back = running_labels<>::load(state.save());
  CHECK(back.save() == state.save());
  back.close();
  state.close();
  CHECK(back.save() == state.save());
  const std::string text = state.save();
  CHECK_THROWS_AS(running_labels<>::load(""), invalid_argument);
  CHECK_THROWS_AS(running_labels<>::load(text.substr(0, text.size() / 2)), invalid_argument);
  CHECK_THROWS_AS(running_labels<>::load("shoal running_labels 1\n9 99 1 0 0 0\n"), invalid_argument);
}

TEST_CASE("a worker that votes twice on an item counts once", "[aggregate]") {
  running_labels once(2, 2, forever);
  running_labels twice(2, 2, forever);
  for (auto* state : {&once, &twice}) state->add_all(std::vector<stream_vote>{{1, 0, 0, 0}, {1, 0, 1, 0}});
  twice.add({1, 0, 0, 1});
  once.close();
  twice.close();
  CHECK(once.save() == twice.save());
}

TEST_CASE("a stream refuses what is out of range", "[aggregate]") {
  CHECK_THROWS_AS(running_labels(2, 1, 1.0), invalid_argument);
  CHECK_THROWS_AS(running_labels(2, 65, 1.0), invalid_argument);
  CHECK_THROWS_AS(running_labels(2, 2, 0.0), invalid_argument);
  running_labels state(2, 2, 1.0);
  CHECK_THROWS_AS(state.add({0, 0, 2, 0}), invalid_argument);
  CHECK_THROWS_AS(state.add({0, 0, 0, 2}), invalid_argument);
  std::vector<double> p(2);
  state.probabilities(std::vector<stream_vote>{}, p);
  CHECK(p[0] == Approx(0.5));
}
