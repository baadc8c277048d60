// SPDX-License-Identifier: BSL-1.0
// The exact assignment engines beside general solvers, on problems without and with capacity:
//
//     benchmark_assign [--limit SECONDS] [--repeat N] [INSTANCE.txt | FAMILY:SUBTASKSxMODELS[:SEED]]...
//
// FAMILY is uncor, wcor, scor, real, or with capacities c, d, e, cu, du, eu; files have the layouts of
// tests/data/assign. Each is solved by the knapsack engine on its own where it is one (figures ready, memory
// warm), by assign::exact on the problem, by GLPK where it is built in, and by CBC where the command `cbc` is
// found. One thread; each figure is the median, in CPU seconds; the limit is in seconds of the clock.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <time.h>
#include <unistd.h>

#include "shoal/assign/exact.hpp"
#include "shoal/assign/multiple_choice_knapsack.hpp"
#include "shoal/core/random.hpp"
#ifdef SHOAL_BENCHMARK_GLPK
#include "shoal/glpk/solver.hpp"
#endif

namespace {

using namespace shoal;
using namespace shoal::assign;

/// Seconds of the processor that this program has had: other programs on the machine do not count.
double now() {
  timespec spent{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) + 1e-9 * static_cast<double>(spent.tv_nsec);
}

/// The median of `repeat` runs, at least; of very short ones more, for a second at most.
template <class Work>
double median_seconds(int repeat, Work work) {
  std::vector<double> all;
  const double start = now();
  while (static_cast<int>(all.size()) < repeat || (all.size() < 2001 && now() - start < 0.2)) {
    const double begin = now();
    work();
    all.push_back(now() - begin);
  }
  std::nth_element(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2), all.end());
  return all[all.size() / 2];
}

/// What is to be solved: energy + time, with a sum of compatibilities.
struct instance {
  std::string name{};
  problem p{};
};

/// A file with compatibilities, or OR-Library's layout of generalised assignment, by what its first line
/// holds.
std::optional<instance> read(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  std::istringstream words(line);
  std::vector<double> head;
  for (double word = 0; words >> word;) head.push_back(word);
  const std::string name = path.substr(path.find_last_of('/') + 1);
  if (head.size() == 2) {
    const auto n = static_cast<Eigen::Index>(head[0]);
    const auto m = static_cast<Eigen::Index>(head[1]);
    instance out{name, problem(static_cast<std::size_t>(n), static_cast<std::size_t>(m))};
    for (matrix* figures : {&out.p.energy_j, &out.p.load})
      for (Eigen::Index i = 0; i < n; ++i)
        for (Eigen::Index k = 0; k < m; ++k) in >> (*figures)(i, k);
    for (double& capacity : out.p.capacity) in >> capacity;
    return in ? std::optional(out) : std::nullopt;
  }
  if (head.size() != 4) return std::nullopt;
  const auto m = static_cast<Eigen::Index>(head[0]);
  const auto n = static_cast<Eigen::Index>(head[1]);
  instance out{name, problem(static_cast<std::size_t>(n), static_cast<std::size_t>(m))};
  out.p.require = {quality_rule::sum, head[3]};
  for (Eigen::Index k = 0; k < m; ++k) {
    for (Eigen::Index i = 0; i < n; ++i) {
      in >> out.p.compatibility(i, k) >> out.p.energy_j(i, k) >> out.p.time_s(i, k);
      if (head[2] != 0) in >> out.p.load(i, k);
    }
  }
  for (Eigen::Index i = 0; head[2] != 0 && i < n; ++i) in >> out.p.capacity[i];
  return in ? std::optional(out) : std::nullopt;
}

/// Generalised assignment, classes C, D and E; with a `u` the compatibilities are uniform and must reach 70 %
/// of the way from the least to the most, without capacities, that they can sum to.
/// @source Chu & Beasley 1997, Computers & Operations Research 24; Yagiura, Ibaraki & Glover 2004.
instance generate_gap(const std::string& what, char kind, bool quality, unsigned m, unsigned n,
                      unsigned long seed) {
  random_engine engine(seed);
  const auto from_to = [&](double low, double high) {
    return low + std::floor((high - low + 1) * uniform_01(engine));
  };
  instance out{what, problem(n, m)};
  problem& p = out.p;
  double low = 0;
  double high = 0;
  for (Eigen::Index k = 0; k < p.load.cols(); ++k) {
    for (Eigen::Index i = 0; i < p.load.rows(); ++i) {
      double& load = p.load(i, k);
      double& cost = p.energy_j(i, k);
      if (kind == 'c') {
        load = from_to(5, 25);
        cost = from_to(10, 50);
      } else if (kind == 'd') {
        load = from_to(1, 100);
        cost = 111 - load + from_to(-10, 10);
      } else {
        load = std::ceil(1 - 10 * std::log(1 - uniform_01(engine)));
        cost = std::max(1.0, std::round(1000 / load - 10 * uniform_01(engine)));
      }
      if (quality) p.compatibility(i, k) = from_to(1, 100);
    }
    low += p.compatibility.col(k).minCoeff();
    high += p.compatibility.col(k).maxCoeff();
  }
  for (Eigen::Index i = 0; i < p.load.rows(); ++i)
    p.capacity[i] = std::floor(0.8 * p.load.row(i).sum() / static_cast<double>(n));
  if (quality) p.require = {quality_rule::sum, std::floor(low + 0.7 * (high - low))};
  return out;
}

/// Instances of the usual families of multiple-choice knapsacks; `real` has few models that are good and
/// dear, and subtasks of different difficulty and length.
std::optional<instance> generate(const std::string& what) {
  char family[16] = {};
  unsigned m = 0;
  unsigned n = 0;
  unsigned long seed = 1;
  if (std::sscanf(what.c_str(), "%15[a-z]:%ux%u:%lu", family, &m, &n, &seed) < 3 || m == 0 || n == 0)
    return std::nullopt;
  const std::string kind = family;
  if (kind == "c" || kind == "d" || kind == "e" || kind == "cu" || kind == "du" || kind == "eu")
    return generate_gap(what, kind[0], kind.size() == 2, m, n, seed);
  random_engine engine(seed);
  const auto whole = [&](std::uint64_t most) { return 1 + static_cast<double>(uniform_below(engine, most)); };
  instance out{what, problem(n, m)};
  problem& p = out.p;
  std::vector<double> skill(n);
  std::vector<double> price(n);
  for (unsigned i = 0; i < n; ++i) {
    skill[i] = 0.2 + 0.8 * uniform_01(engine);
    price[i] = std::pow(skill[i], 3) * (0.5 + uniform_01(engine));
  }
  double low = 0;
  double high = 0;
  for (Eigen::Index k = 0; k < static_cast<Eigen::Index>(m); ++k) {
    const double length = 50 * std::exp(1.2 * uniform_01(engine));
    const double hard = 2 * uniform_01(engine);
    std::vector<double> steps(n);
    for (double& s : steps) s = whole(1000);
    std::sort(steps.begin(), steps.end());
    double sum = 0;
    for (Eigen::Index i = 0; i < static_cast<Eigen::Index>(n); ++i) {
      double& c = p.compatibility(i, k) = whole(1000);
      double& e = p.energy_j(i, k) = whole(1000);
      if (kind == "wcor") e = std::max(1.0, c + whole(21) - 11);
      if (kind == "scor") {
        sum += steps[static_cast<std::size_t>(i)];
        c = sum + 10 * static_cast<double>(i + 1);
        e = sum;
      }
      if (kind == "real") {
        c = std::round(1000 * std::pow(skill[static_cast<std::size_t>(i)], hard) *
                       (0.95 + 0.05 * uniform_01(engine)));
        e = std::round(1 + length * price[static_cast<std::size_t>(i)] * (0.9 + 0.2 * uniform_01(engine)));
        p.time_s(i, k) = std::round(0.7 * e);
      }
    }
    low += p.compatibility.col(k).minCoeff();
    high += p.compatibility.col(k).maxCoeff();
  }
  p.require = {quality_rule::sum, std::floor(low + 0.6 * (high - low))};
  return out;
}

/// Writes the problem for CBC, and reads the seconds that it says it took and the value that it found.
double by_cbc(const problem& p, double limit, double& value) {
  char path[] = "/tmp/shoal_benchmark_XXXXXX";
  const int handle = mkstemp(path);
  if (handle < 0) return NAN;
  close(handle);
  const std::string file = std::string(path) + ".lp";
  {
    std::ofstream out(file);
    const auto each = [&](auto figure) {
      for (Eigen::Index k = 0; k < p.compatibility.cols(); ++k) {
        for (Eigen::Index i = 0; i < p.compatibility.rows(); ++i)
          out << " + " << figure(i, k) << " x" << k << "_" << i;
        out << "\n";
      }
    };
    out.precision(12);
    out << "Minimize\n";
    each([&](auto i, auto k) { return p.energy_j(i, k) + p.time_s(i, k); });
    out << "Subject To\n";
    if (p.require) {
      out << "quality:";
      each([&](auto i, auto k) { return p.compatibility(i, k); });
      out << " >= " << p.require->at_least << "\n";
    }
    for (Eigen::Index i = 0; i < p.load.rows(); ++i) {
      if (std::isinf(p.capacity[i])) continue;
      for (Eigen::Index k = 0; k < p.load.cols(); ++k)
        out << " + " << p.load(i, k) << " x" << k << "_" << i << (k % 20 == 19 ? "\n" : "");
      out << " <= " << p.capacity[i] << "\n";
    }
    for (Eigen::Index k = 0; k < p.compatibility.cols(); ++k) {
      for (Eigen::Index i = 0; i < p.compatibility.rows(); ++i) out << " + x" << k << "_" << i;
      out << " = 1\n";
    }
    out << "Binary\n";
    for (Eigen::Index k = 0; k < p.compatibility.cols(); ++k)
      for (Eigen::Index i = 0; i < p.compatibility.rows(); ++i) out << " x" << k << "_" << i << "\n";
    out << "End\n";
  }
  const std::string command =
      "cbc " + file + " ratio 0 allow 0 sec " + std::to_string(limit) + " threads 1 solve quit 2>/dev/null";
  double seconds = NAN;
  if (FILE* pipe = popen(command.c_str(), "r")) {
    char line[512];
    bool optimal = false;
    while (std::fgets(line, sizeof line, pipe) != nullptr) {
      std::sscanf(line, "Objective value: %lf", &value);
      optimal = optimal || std::string(line).find("Result - Optimal") != std::string::npos;
      if (optimal) std::sscanf(line, "Total time (CPU seconds): %lf", &seconds);
    }
    pclose(pipe);
  }
  std::remove(file.c_str());
  std::remove(path);
  return seconds;
}

/// "12.3 us", "0.45 s", or "-".
std::string in_words(double seconds) {
  if (std::isnan(seconds)) return "-";
  char text[32];
  const double scale = seconds < 1e-3 ? 1e6 : seconds < 1 ? 1e3 : 1;
  std::snprintf(text, sizeof text, "%.3g %s", seconds * scale,
                scale == 1e6   ? "us"
                : scale == 1e3 ? "ms"
                               : "s");
  return text;
}

std::string ratio(double other, double ours, double limit) {
  char text[32];
  if (std::isnan(other)) {
    std::snprintf(text, sizeof text, "> %.0f", limit / ours);
  } else {
    std::snprintf(text, sizeof text, "%.0f", other / ours);
  }
  return text;
}

void compare(const instance& t, int repeat, double limit, bool cbc) {
  const std::size_t m = t.p.subtasks();
  const std::size_t n = t.p.models();
  solution whole;
  const double front = median_seconds(repeat, [&] {
    whole = exact{}(t.p, weighted{1, 1}, {.time = std::chrono::duration<double>(10 * limit)});
  });
  const double best = whole.objective;
  if (whole.verdict != verdict::optimal) std::printf("%s: not proven\n", t.name.c_str());
  double ours = NAN;
  if (whole.engine == "knapsack") {
    choice_table<> table;
    table.reshape(m, n);
    table.limit = -t.p.require->at_least;
    for (std::size_t k = 0; k < m; ++k) {
      for (std::size_t i = 0; i < n; ++i) {
        const std::size_t e = k * n + i;
        table.cost(k)[i] = t.p.energy_j.data()[e] + t.p.time_s.data()[e];
        table.use(k)[i] = -t.p.compatibility.data()[e];
      }
    }
    table.measure();
    multiple_choice_knapsack<> engine;
    knapsack_ending end{};
    ours = median_seconds(repeat, [&] { end = engine.solve(table); });
    if (end != knapsack_ending::optimal || best != engine.cost())
      std::printf("%s: the engine and the front differ\n", t.name.c_str());
  }

  double by_glpk = NAN;
  double spent = 0;
#ifdef SHOAL_BENCHMARK_GLPK
  int rounds = 0;
  std::vector<double> all;
  while (rounds++ < repeat && spent < limit) {
    const double begin = now();
    const solution s = glpk::solver{}(t.p, weighted{1, 1}, {.time = std::chrono::duration<double>(limit)});
    const double seconds = now() - begin;
    spent += seconds;
    if (s.verdict != verdict::optimal) break;
    if (s.objective != best) std::printf("%s: GLPK says %g\n", t.name.c_str(), s.objective);
    all.push_back(seconds);
  }
  if (!all.empty()) {
    std::sort(all.begin(), all.end());
    by_glpk = all[all.size() / 2];
  }
#endif
  double cbc_seconds = NAN;
  if (cbc) {
    double value = 0;
    cbc_seconds = by_cbc(t.p, limit, value);
    if (!std::isnan(cbc_seconds) && std::abs(value - best) > 0.5)
      std::printf("%s: CBC says %g\n", t.name.c_str(), value);
  }
  std::printf("| %s | %.0f | %s | %s | %s | %s | %s | %s |\n", t.name.c_str(), best, in_words(ours).c_str(),
              in_words(front).c_str(), in_words(by_glpk).c_str(), ratio(by_glpk, front, spent).c_str(),
              in_words(cbc_seconds).c_str(), cbc ? ratio(cbc_seconds, front, limit).c_str() : "");
  std::fflush(stdout);
}

}  // namespace

int main(int count, char** words) {
  double limit = 5;
  int repeat = 5;
  std::vector<std::string> what;
  for (int w = 1; w < count; ++w) {
    const std::string word = words[w];
    if (word == "--limit" && w + 1 < count) {
      limit = std::atof(words[++w]);
    } else if (word == "--repeat" && w + 1 < count) {
      repeat = std::max(1, std::atoi(words[++w]));
    } else {
      what.push_back(word);
    }
  }
  if (what.empty()) {
    what = {"real:20x10",    "uncor:100x20", "wcor:100x20",  "scor:100x20",   "real:1000x200",
            "wcor:1000x200", "scor:100x100", "scor:1000x50", "real:10000x50", "c:100x20",
            "d:100x5",       "d:100x10",     "e:100x10",     "eu:100x5",      "eu:100x10"};
  }
  const bool cbc = std::system("command -v cbc > /dev/null 2>&1") == 0;
  std::printf("limit %g s; ratios are to assign::exact\n", limit);
  std::printf("| instance | optimum | engine, warm | assign::exact | GLPK | ratio | CBC | ratio |\n");
  std::printf("| --- | --- | --- | --- | --- | --- | --- | --- |\n");
  for (const std::string& each : what) {
    auto t = generate(each);
    if (!t) t = read(each);
    if (!t) {
      std::fprintf(stderr, "%s: no instance\n", each.c_str());
      return 1;
    }
    compare(*t, repeat, limit, cbc);
  }
}
