// SPDX-License-Identifier: BSL-1.0
// Whole energy-time fronts: points found, whether they are those of a known front, and the processor time.
//
//     benchmark_fronts [--repeat N] INSTANCE.txt...
//
// Files have the layout of tests/data/assign; a file of the same name that ends in .front, where there is
// one, holds the front's points, `energy time` a line, by growing energy. One thread; the median of N runs.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "shoal/assign/pareto_front.hpp"

namespace {

using namespace shoal;
using namespace shoal::assign;

double processor_seconds() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

std::optional<problem> read(const std::string& path) {
  std::ifstream in(path);
  Eigen::Index m = 0;
  Eigen::Index n = 0;
  int has_capacity = 0;
  double wanted = 0;
  if (!(in >> m >> n >> has_capacity >> wanted)) return std::nullopt;
  problem p(static_cast<std::size_t>(n), static_cast<std::size_t>(m));
  p.require = {quality_rule::sum, wanted};
  for (Eigen::Index k = 0; k < m; ++k) {
    for (Eigen::Index i = 0; i < n; ++i) {
      in >> p.compatibility(i, k) >> p.energy_j(i, k) >> p.time_s(i, k);
      if (has_capacity != 0) in >> p.load(i, k);
    }
  }
  if (has_capacity != 0)
    for (Eigen::Index i = 0; i < n; ++i) in >> p.capacity[i];
  if (!in) return std::nullopt;
  return p;
}

using values = std::vector<std::pair<double, double>>;

std::optional<values> known_front(std::string path) {
  path.replace(path.size() - 4, 4, ".front");
  std::ifstream in(path);
  if (!in) return std::nullopt;
  values out;
  for (double energy = 0, time = 0; in >> energy >> time;) out.emplace_back(energy, time);
  return out;
}

}  // namespace

int main(int count, char** words) {
  int repeat = 5;
  std::vector<std::string> paths;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    if (word == "--repeat" && i + 1 < count) {
      repeat = std::max(1, std::atoi(words[++i]));
    } else {
      paths.push_back(word);
    }
  }
  if (paths.empty()) {
    std::fputs("usage: benchmark_fronts [--repeat N] INSTANCE.txt...\n", stderr);
    return 2;
  }
  bool all_agree = true;
  std::printf("%-24s %8s %10s %12s  %s\n", "instance", "points", "supported", "CPU ms", "known front");
  for (const std::string& path : paths) {
    const auto p = path.ends_with(".txt") ? read(path) : std::nullopt;
    if (!p) {
      std::fprintf(stderr, "%s: not an instance\n", path.c_str());
      return 2;
    }
    front f;
    std::vector<double> seconds;
    for (int r = 0; r < repeat; ++r) {
      const double begin = processor_seconds();
      f = pareto_front(*p);
      seconds.push_back(processor_seconds() - begin);
    }
    std::sort(seconds.begin(), seconds.end());
    values found;
    for (const front_point& point : f.points) found.emplace_back(point.energy_j, point.time_s);
    const auto known = known_front(path);
    const bool agrees = !known || (*known == found && f.verdict == front_verdict::complete);
    all_agree = all_agree && agrees;
    std::printf("%-24s %8zu %10td %12.2f  %s\n", path.substr(path.find_last_of('/') + 1).c_str(),
                f.points.size(),
                std::count_if(f.points.begin(), f.points.end(), [](const auto& at) { return at.supported; }),
                1e3 * seconds[seconds.size() / 2],
                !known   ? "none"
                : agrees ? "the same"
                         : "DIFFERENT");
  }
  return all_agree ? 0 : 1;
}
