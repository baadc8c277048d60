// SPDX-License-Identifier: BSL-1.0
#include "shoal/aggregate/shared_mistakes.hpp"

#include <Eigen/Dense>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "aggregate/label_sets.hpp"
#include "catch.hpp"
#include "shoal/aggregate/auto_labels.hpp"
#include "shoal/aggregate/decorrelated_vote.hpp"
#include "shoal/aggregate/worker_changes.hpp"

using namespace shoal;
using namespace shoal::aggregate;

namespace {

// A fleet of models: on a hard question most fall for one tempting answer, on an easy one most are right.
// Worker 0 is the ablest; the last follows the one before it in `copied` of its answers.
test::labelled made_fleet(std::size_t items, std::uint64_t seed, double copied = 0) {
  constexpr std::size_t classes = 6;
  constexpr std::array<double, 12> skill{0.8, 0.7, 0.65, 0.6, 0.5, 0.45, 0.4, 0.35, 0.3, 0.25, 0.2, 0.2};
  test::labelled out;
  random_engine random(seed);
  for (std::uint32_t i = 0; i < items; ++i) {
    const auto truth = static_cast<std::uint32_t>(uniform_below(random, classes));
    const std::uint32_t tempting = test::other_than(truth, classes, random);
    const bool hard = uniform_01(random) < 0.6;
    out.truth.push_back(truth);
    std::uint32_t label = 0;
    for (std::uint32_t w = 0; w < skill.size(); ++w) {
      const std::uint32_t previous = label;
      const double right = hard ? 0.7 * skill[w] : 0.5 + 0.5 * skill[w];
      const double draw = uniform_01(random);
      label = static_cast<std::uint32_t>(uniform_below(random, classes));
      if (draw < right + 0.6 * (1 - right)) label = draw < right ? truth : tempting;
      if (w + 1 == skill.size() && uniform_01(random) < copied) label = previous;
      out.given.push_back({i, w, label, 0});
    }
  }
  out.matrix = make_label_matrix(out.given, items, skill.size(), classes);
  return out;
}

}  // namespace

TEST_CASE("a pass over shared mistakes is the sum over all truths, temptations and kinds", "[aggregate]") {
  const std::vector<crowd_label> given{{0, 0, 1, 0}, {0, 1, 1, 0}, {0, 2, 3, 0}, {1, 0, 0, 0}, {1, 2, 0, 0}};
  const auto m = make_label_matrix(given, 2, 3, 4);
  aggregate::detail::mistakes_model model;
  model.items = {0.3, 0.7};
  model.weight = {1, 0.5, 1};
  const double right[6] = {0.5, 0.8, 0.3, 0.6, 0.4, 0.9};
  const double tempted[6] = {0.3, 0.1, 0.5, 0.2, 0.2, 0.05};
  for (std::size_t at = 0; at < 6; ++at) {
    aggregate::detail::mistake_chances c;
    const double other = (1 - right[at] - tempted[at]) / 2;
    c.log_other = std::log(other);
    c.log_right = std::log(right[at] / other);
    c.log_tempted = std::log(tempted[at] / other);
    model.chances.push_back(c);
  }
  const auto before = model;
  std::vector<double> found(8);
  const double likelihood = aggregate::detail::mistakes_pass(m, model, found.data());
  double expected = 0;
  std::vector<double> counted(6, 0.0);
  for (std::size_t i = 0; i < 2; ++i) {
    std::array<double, 4> truth{};
    std::vector<double> numbers(6, 0.0);
    double sum = 0;
    for (std::size_t kind = 0; kind < 2; ++kind)
      for (std::size_t z = 0; z < 4; ++z)
        for (std::size_t d = 0; d < 4; ++d) {
          if (z == d) continue;
          double p = before.items[kind] / 12;
          for (std::size_t v = m.begin[i]; v < m.begin[i + 1]; ++v) {
            const std::size_t at = m.worker[v] * 2 + kind;
            const double chance = m.label[v] == z   ? right[at]
                                  : m.label[v] == d ? tempted[at]
                                                    : (1 - right[at] - tempted[at]) / 2;
            p *= std::pow(chance, before.weight[m.worker[v]]);
          }
          sum += p;
          truth[z] += p;
          for (std::size_t v = m.begin[i]; v < m.begin[i + 1]; ++v)
            if (m.label[v] == d) numbers[m.worker[v] * 2 + kind] += p;
        }
    expected += std::log(sum);
    for (std::size_t k = 0; k < 4; ++k) CHECK(found[i * 4 + k] == Approx(truth[k] / sum));
    for (std::size_t at = 0; at < 6; ++at) counted[at] += numbers[at] / sum;
  }
  CHECK(likelihood == Approx(expected));
  for (std::size_t at = 0; at < 6; ++at) CHECK(model.chances[at].tempted == Approx(counted[at]));
}

TEST_CASE("who is able on easy items is believed on hard ones, against the many", "[aggregate]") {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const auto set = made_fleet(2000, seed);
    const auto e = shared_mistakes{}(set.matrix);
    CHECK(e.converged);
    for (std::size_t w = 1; w < 12; ++w) CHECK(e.reliability[0] > e.reliability[w]);
    const double plurality = test::accuracy(label_plurality{}(set.matrix), set.truth);
    CHECK(test::accuracy(e, set.truth) > plurality + 0.1);
    CHECK(test::accuracy(auto_labels{}(set.matrix), set.truth) > plurality + 0.05);
  }
}

TEST_CASE("shared mistakes need three classes, and answer nothing by nothing", "[aggregate]") {
  const std::vector<crowd_label> one{{0, 0, 1, 0}};
  CHECK_THROWS_AS(shared_mistakes{}(make_label_matrix(one, 1, 1, 2)), invalid_argument);
  const std::vector<crowd_label> none;
  const auto e = shared_mistakes{}(make_label_matrix(none, 2, 1, 4));
  CHECK(e.row(1)[3] == Approx(0.25));
}

TEST_CASE("decorrelated weights are those of least squares with the truths known", "[aggregate]") {
  const auto set = made_fleet(400, 5);
  const label_matrix& m = set.matrix;
  std::vector<double> right(12, 0.0);
  Eigen::MatrixXd votes = Eigen::MatrixXd::Zero(400 * 6, 12);
  Eigen::VectorXd truth = Eigen::VectorXd::Zero(400 * 6);
  for (std::size_t i = 0; i < 400; ++i) {
    truth(static_cast<Eigen::Index>(i * 6 + set.truth[i])) = 1;
    for (std::size_t v = m.begin[i]; v < m.begin[i + 1]; ++v) {
      votes(static_cast<Eigen::Index>(i * 6 + m.label[v]), static_cast<Eigen::Index>(m.worker[v])) = 1;
      right[m.worker[v]] += m.label[v] == set.truth[i] ? 1.0 / 400 : 0;
    }
  }
  const Eigen::RowVectorXd mean = votes.colwise().mean();
  const Eigen::MatrixXd centred = votes.rowwise() - mean;
  Eigen::MatrixXd normal = centred.transpose() * centred;
  normal.diagonal() *= 1 + 0.01 + 12.0 / 400;
  const Eigen::VectorXd least_squares = normal.ldlt().solve(centred.transpose() * truth);
  const auto found = decorrelate(m, right);
  for (std::size_t w = 0; w < 12; ++w)
    CHECK(found.weight[w] == Approx(least_squares(static_cast<Eigen::Index>(w))));
  CHECK(found.rest == Approx(1.0 / 6 - mean.dot(least_squares)));
  CHECK_THROWS_AS(decorrelate(m, std::vector<double>(3, 0.5)), invalid_argument);
}

TEST_CASE("in a decorrelated vote copies share one weight", "[aggregate]") {
  auto set = test::made_labels(2000, 4, {0.7, 0.7, 0.7, 0.7, 0.7}, 3);
  for (std::size_t i = 0; i < set.given.size(); i += 5)
    set.given[i + 1].label = set.given[i + 2].label = set.given[i].label;
  const auto m = make_label_matrix(set.given, 2000, 5, 4);
  const auto by = decorrelate(m, std::vector<double>(5, 0.7));
  CHECK(by.weight[0] + by.weight[1] + by.weight[2] == Approx(by.weight[3]).epsilon(0.05));
  CHECK(by.weight[4] == Approx(by.weight[3]).epsilon(0.05));
}

TEST_CASE("relatives agree more than their skills explain", "[aggregate]") {
  const auto found = relatives_of(made_fleet(2000, 11, 0.5).matrix);
  for (std::size_t w = 0; w < 10; ++w) CHECK(found[w].empty());
  CHECK(found[10] == std::vector<std::uint32_t>{11});
  CHECK(found[11] == std::vector<std::uint32_t>{10});
  const auto strangers = relatives_of(test::made_labels(1000, 4, test::fifteen(4), 4).matrix);
  for (const auto& of : strangers) CHECK(of.empty());
}

TEST_CASE("two relatives that vouch for each other do not bring auto below the plurality", "[aggregate]") {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    const auto set = made_fleet(1500, seed, 0.5);
    CHECK(test::accuracy(auto_labels{}(set.matrix), set.truth) >
          test::accuracy(label_plurality{}(set.matrix), set.truth));
  }
}

TEST_CASE("items that are harder for all change no worker, a worker that fails alone becomes two",
          "[aggregate]") {
  const auto easy = test::made_labels(1000, 4, std::vector<double>(9, 0.95), 1);
  const auto hard = test::made_labels(1000, 4, std::vector<double>(9, 0.7), 2);
  auto given = easy.given;
  for (auto label : hard.given) {
    label.item += 1000;
    given.push_back(label);
  }
  std::vector<std::uint32_t> owner;
  const auto all = make_label_matrix(given, 2000, 9, 4);
  CHECK(aggregate::detail::split_at_changes(all, auto_labels{}(all), owner).workers == 9);
  for (auto& label : given)
    if (label.worker == 4 && label.item >= 1000) label.label = 0;
  const auto one = make_label_matrix(given, 2000, 9, 4);
  CHECK(aggregate::detail::split_at_changes(one, auto_labels{}(one), owner).workers == 10);
  CHECK(owner[9] == 4);
}
