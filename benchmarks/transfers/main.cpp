// SPDX-License-Identifier: BSL-1.0
// Plans whose subtasks hand data on, over shapes of task graphs.
//
//     benchmark_transfers [SECONDS]
//
// Costs are whole numbers at random, distances too; each row is the median of five problems. Seconds are of the
// processor, the limit is of the clock.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "shoal/assign/exact.hpp"
#include "shoal/assign/greedy.hpp"
#include "shoal/core/random.hpp"

namespace {

using namespace shoal;
using namespace shoal::assign;

double processor_seconds() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

enum class shape { chain, tree, two_needs, three_needs };

problem made(shape s, std::size_t subtasks, std::size_t models, bool quality, std::uint64_t seed) {
  random_engine engine(seed);
  problem p(models, subtasks);
  for (Eigen::Index k = 0; k < p.energy_j.cols(); ++k) {
    for (Eigen::Index i = 0; i < p.energy_j.rows(); ++i) {
      const double c = 0.3 + 0.6 * uniform_01(engine);
      p.compatibility(i, k) = c;
      p.energy_j(i, k) = 1 + std::floor(60 * c * uniform_01(engine));
      p.time_s(i, k) = 1 + static_cast<double>(uniform_below(engine, 20));
    }
  }
  p.distance = matrix(p.energy_j.rows(), p.energy_j.rows());
  for (Eigen::Index i = 0; i < p.distance.rows(); ++i)
    for (Eigen::Index j = 0; j < p.distance.cols(); ++j)
      p.distance(i, j) = i == j ? 0 : 1 + static_cast<double>(uniform_below(engine, 15));
  for (std::size_t k = 1; k < subtasks; ++k) {
    const std::size_t needs = s == shape::two_needs ? 2 : s == shape::three_needs ? 3 : 1;
    for (std::size_t n = 0; n < std::min(needs, k); ++n) {
      // What is needed was made not long before.
      const std::size_t back = 1 + uniform_below(engine, std::min<std::size_t>(k, 8));
      const std::size_t from = s == shape::chain ? k - 1 : s == shape::tree ? uniform_below(engine, k) : k - back;
      p.transfers.push_back({from, k, 1.0 + static_cast<double>(uniform_below(engine, 3))});
    }
  }
  if (quality) p.require = {quality_rule::mean, 0.65};
  return p;
}

void row(const char* name, shape s, std::size_t subtasks, std::size_t models, bool quality, double seconds) {
  std::vector<double> took;
  double gap = 0;
  double by_greedy = 0;
  std::size_t proven = 0;
  constexpr std::size_t rounds = 5;
  for (std::size_t r = 0; r < rounds; ++r) {
    const problem p = made(s, subtasks, models, quality, 1 + r);
    const double from = processor_seconds();
    const solution best = exact{}(p, {}, {.time = std::chrono::duration<double>(seconds)});
    took.push_back(processor_seconds() - from);
    if (!best) std::abort();
    proven += best.verdict == verdict::optimal;
    gap = std::max(gap, (best.objective - best.bound) / best.objective);
    // What a plan costs that was made without a look at the transfers.
    problem blind = p;
    blind.transfers.clear();
    by_greedy += evaluate(p, {}, exact{}(blind).chosen).objective / best.objective / rounds;
  }
  std::sort(took.begin(), took.end());
  std::printf("%-34s %5zu x %-3zu %-9s %9.2f ms  %zu of %zu  %6.2f %%  %5.2f x\n", name, subtasks, models,
              quality ? "mean .65" : "none", 1e3 * took[rounds / 2], proven, rounds, 100 * gap, by_greedy);
}

}  // namespace

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 2;
  std::printf("%-34s %-11s %-9s %12s  %s  %s  %s\n", "task graph", "    size", "quality", "processor", "proven",
              "worst gap", "blind plan");
  for (const bool quality : {false, true}) {
    row("chain", shape::chain, 100, 20, quality, seconds);
    row("chain", shape::chain, 1000, 50, quality, seconds);
    row("tree", shape::tree, 1000, 20, quality, seconds);
    row("each needs two of the last eight", shape::two_needs, 12, 8, quality, seconds);
    row("each needs two of the last eight", shape::two_needs, 30, 10, quality, seconds);
    row("each needs three of the last eight", shape::three_needs, 12, 8, quality, seconds);
    row("each needs three of the last eight", shape::three_needs, 100, 20, quality, seconds);
    row("each needs three of the last eight", shape::three_needs, 1000, 20, quality, seconds);
  }
}
