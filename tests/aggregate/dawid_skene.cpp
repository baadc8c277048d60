// SPDX-License-Identifier: BSL-1.0
#include "shoal/aggregate/dawid_skene.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "aggregate/label_sets.hpp"
#include "catch.hpp"
#include "shoal/aggregate/auto_labels.hpp"
#include "shoal/aggregate/ibcc.hpp"

using namespace shoal;
using namespace shoal::aggregate;

namespace {

// Dawid and Skene's algorithm word by word, in logarithms, item by item.
struct plainly {
  double smoothing = 0.01;
  int rounds = 0;
  double log_likelihood = 0;

  std::vector<double> operator()(const label_matrix& m) {
    const std::size_t classes = m.classes;
    std::vector<double> q(m.items * classes, 0.0);
    for (std::size_t i = 0; i < m.items; ++i)
      for (std::size_t v = m.begin[i]; v < m.begin[i + 1]; ++v)
        q[i * classes + m.label[v]] += 1 / static_cast<double>(m.begin[i + 1] - m.begin[i]);
    for (int round = 0; round < rounds; ++round) {
      std::vector<double> prior(classes, 0.0);
      for (std::size_t i = 0; i < m.items; ++i)
        for (std::size_t k = 0; k < classes; ++k)
          prior[k] += q[i * classes + k] / static_cast<double>(m.items);
      std::vector<std::vector<std::vector<double>>> chance(
          m.workers, std::vector<std::vector<double>>(classes, std::vector<double>(classes, smoothing)));
      for (std::size_t i = 0; i < m.items; ++i)
        for (std::size_t v = m.begin[i]; v < m.begin[i + 1]; ++v)
          for (std::size_t k = 0; k < classes; ++k) chance[m.worker[v]][k][m.label[v]] += q[i * classes + k];
      for (auto& worker : chance)
        for (auto& row : worker) {
          double sum = 0;
          for (const double x : row) sum += x;
          for (auto& x : row) x /= sum;
        }
      log_likelihood = 0;
      for (std::size_t i = 0; i < m.items; ++i) {
        std::vector<double> p(classes);
        for (std::size_t k = 0; k < classes; ++k) {
          p[k] = std::log(prior[k]);
          for (std::size_t v = m.begin[i]; v < m.begin[i + 1]; ++v)
            p[k] += std::log(chance[m.worker[v]][k][m.label[v]]);
        }
        const double top = *std::max_element(p.begin(), p.end());
        double sum = 0;
        for (auto& x : p) sum += x = std::exp(x - top);
        log_likelihood += top + std::log(sum);
        for (std::size_t k = 0; k < classes; ++k) q[i * classes + k] = p[k] / sum;
      }
    }
    return q;
  }
};

}  // namespace

TEST_CASE("Dawid-Skene is its own textbook form, for every number of classes", "[aggregate]") {
  for (const std::size_t classes : {2U, 3U, 5U, 7U, 10U, 11U}) {
    const auto set = test::made_labels(150, classes, {0.9, 0.8, 0.7, 0.6, 0.4, 0.3}, classes, 0.8);
    plainly textbook;
    textbook.rounds = 7;
    const auto q = textbook(set.matrix);
    const auto e = dawid_skene{6, 0.0}(set.matrix);
    REQUIRE(e.probability.size() == q.size());
    double worst = 0;
    for (std::size_t i = 0; i < q.size(); ++i) worst = std::max(worst, std::abs(q[i] - e.probability[i]));
    CHECK(worst < 1e-9);
    CHECK(e.log_likelihood == Approx(textbook.log_likelihood).epsilon(1e-12));
    CHECK_FALSE(e.converged);
  }
}

TEST_CASE("Dawid-Skene stands items of hundreds of labels", "[aggregate]") {
  const auto set = test::made_labels(30, 4, std::vector<double>(400, 0.5), 5);
  plainly textbook;
  textbook.rounds = 4;
  const auto q = textbook(set.matrix);
  const auto e = dawid_skene{3, 0.0}(set.matrix);
  for (std::size_t i = 0; i < q.size(); ++i) CHECK(std::abs(q[i] - e.probability[i]) < 1e-9);
}

TEST_CASE("the likelihood grows with each iteration", "[aggregate]") {
  const auto set = test::made_labels(200, 3, {0.9, 0.6, 0.5, 0.5}, 11, 0.8);
  double before = -1e300;
  for (std::size_t iterations = 1; iterations < 30; ++iterations) {
    const double now = dawid_skene{iterations, 0.0, 0.0}(set.matrix).log_likelihood;
    CHECK(now >= before - 1e-9);
    before = now;
  }
}

TEST_CASE("many labels give back the chances that made them", "[aggregate]") {
  const std::vector<double> right{0.95, 0.8, 0.65, 0.5, 0.3};
  const auto set = test::made_labels(20'000, 3, right, 13);
  for (const auto& e : {dawid_skene{}(set.matrix), one_coin{}(set.matrix), ibcc{}(set.matrix)}) {
    CHECK(e.converged);
    for (std::size_t w = 0; w < right.size(); ++w) CHECK(e.reliability[w] == Approx(right[w]).margin(0.02));
    for (std::size_t k = 0; k < 3; ++k) CHECK(e.prior[k] == Approx(1.0 / 3).margin(0.02));
    // A probability that is calibrated says how often it is right.
    double said = 0;
    for (std::size_t i = 0; i < e.items(); ++i) said += choose(e.row(i), 3).confidence;
    CHECK(said / 20'000 == Approx(test::accuracy(e, set.truth)).margin(0.01));
  }
}

TEST_CASE("a known truth is kept, and teaches whom to believe", "[aggregate]") {
  // Two workers who always contradict each other: nothing but gold tells who is right.
  std::vector<crowd_label> given;
  for (std::uint32_t i = 0; i < 40; ++i) {
    given.push_back({i, 0, i % 2, 0});
    given.push_back({i, 1, 1 - i % 2, 0});
  }
  const auto m = make_label_matrix(given, 40, 2, 2);
  std::vector<std::uint32_t> gold(40, no_label);
  gold[3] = 0;  // worker 1 is right
  const auto e = dawid_skene{}(m, gold);
  CHECK(e.row(3)[0] == 1);
  for (std::size_t i = 0; i < 40; ++i) CHECK(choose(e.row(i), 2).label == 1 - i % 2);
  CHECK_THROWS_AS(dawid_skene{}(m, std::vector<std::uint32_t>(3, 0)), invalid_argument);
  CHECK_THROWS_AS(dawid_skene{}(m, std::vector<std::uint32_t>(40, 2)), invalid_argument);
}

TEST_CASE("no labels, no items and one class are answered", "[aggregate]") {
  const std::vector<crowd_label> none;
  CHECK(dawid_skene{}(make_label_matrix(none, 0, 0, 0)).probability.empty());
  const auto e = dawid_skene{}(make_label_matrix(none, 3, 2, 2));
  CHECK(e.row(1)[0] == Approx(0.5));
  const std::vector<crowd_label> one{{0, 0, 0, 0}};
  CHECK(dawid_skene{}(make_label_matrix(one, 1, 1, 1)).row(0)[0] == Approx(1));
}

TEST_CASE("tables that memory should not hold are refused", "[aggregate]") {
  const std::vector<crowd_label> one{{0, 0, 0, 0}};
  CHECK_THROWS_AS(dawid_skene{}(make_label_matrix(one, 1, 200, 1000)), invalid_argument);
  CHECK_THROWS_AS(label_plurality{}(make_label_matrix(one, 1'000'000, 1, 1000)), invalid_argument);
  CHECK(choose(auto_labels{}(make_label_matrix(one, 1, 200, 1000)).row(0), 1000).label == 0);
}

TEST_CASE("a Bayesian combination believes a worker with few labels less than Dawid-Skene does",
          "[aggregate]") {
  const std::vector<crowd_label> given{{0, 0, 1, 0}, {1, 0, 0, 0}};
  const auto m = make_label_matrix(given, 2, 1, 2);
  CHECK(ibcc{}(m).row(0)[1] < dawid_skene{}(m).row(0)[1]);
  CHECK_THROWS_AS((ibcc{0, 1, 1}(m)), invalid_argument);
}

TEST_CASE("digamma at known points", "[aggregate]") {
  CHECK(shoal::aggregate::detail::digamma(1) == Approx(-0.57721566490153286).epsilon(1e-12));
  CHECK(shoal::aggregate::detail::digamma(0.5) == Approx(-1.9635100260214235).epsilon(1e-12));
  CHECK(shoal::aggregate::detail::digamma(10) == Approx(2.2517525890667211).epsilon(1e-12));
}
