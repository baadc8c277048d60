// SPDX-License-Identifier: BSL-1.0
/// @file Survivability: fault trees beside SCRAM in one run, and the library's own large cases.
///
///     benchmark_survive [FOLDER with Open-PSA files ...]
///
/// SCRAM's own examples are taken from /usr/share/scram/input where it is installed. Each of its runs has 60
/// s; its time is that of the whole process, shoal's that of reading the files and of the answer. SCRAM finds
/// the cut sets on its way to the chance, so shoal's time with their count stands beside the one without.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <sys/resource.h>

#include "shoal/core/random.hpp"
#include "shoal/survive/assess.hpp"
#include "shoal/survive/cut_sets.hpp"
#include "shoal/survive/rare_failure.hpp"
#include "shoal/survive/read_open_psa.hpp"
#include "shoal/survive/survivors.hpp"
#include "shoal/survive/tree_report.hpp"

namespace {

namespace fs = std::filesystem;
namespace survive = shoal::survive;

double seconds_of(int who) {
  rusage used{};
  getrusage(who, &used);
  const auto of = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return of(used.ru_utime) + of(used.ru_stime);
}

double now() { return seconds_of(RUSAGE_SELF); }

std::string contents(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

survive::fault_tree read(const std::vector<fs::path>& files) {
  survive::open_psa_model model;
  for (const fs::path& file : files) model.add(contents(file), file.filename().string());
  return model.tree();
}

// What SCRAM says, and how long it takes; an empty answer where it gives none.
std::string run_scram(const std::vector<fs::path>& files, double& seconds) {
  std::string line = "timeout 60 scram --probability true";
  for (const fs::path& file : files) line += " '" + file.string() + "'";
  const double start = seconds_of(RUSAGE_CHILDREN);
  std::FILE* const pipe = ::popen((line + " 2>/dev/null").c_str(), "r");
  std::string report;
  std::array<char, 65536> buffer{};
  while (const std::size_t n = std::fread(buffer.data(), 1, buffer.size(), pipe))
    report.append(buffer.data(), n);
  ::pclose(pipe);
  seconds = seconds_of(RUSAGE_CHILDREN) - start;
  const std::size_t at = report.find("<sum-of-products");
  const std::string word = "probability=\"";
  const std::size_t value = at == std::string::npos ? at : report.find(word, at);
  if (value == std::string::npos) return "";
  return report.substr(value + word.size(), report.find('"', value + word.size()) - value - word.size());
}

void compare(const std::string& name, const std::vector<fs::path>& files) {
  const double start = now();
  std::string chance = "(limit)";
  std::size_t events = 0;
  try {
    const survive::fault_tree t = read(files);
    events = t.events.size();
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.6g", survive::analyse(t).whole.failure);
    chance = text.data();
  } catch (const survive::limit_reached&) {
  } catch (const shoal::error& e) {
    std::printf("%-22s %s\n", name.c_str(), e.what());
    return;
  }
  const double seconds = now() - start;
  const double again = now();
  std::string sets = "-";
  if (chance != "(limit)") {
    try {
      double count = 0;
      for (const double n : survive::find_cut_sets(read(files), {.listed = 0, .cells = 1U << 22U}).by_order)
        count += n;
      std::array<char, 32> text{};
      std::snprintf(text.data(), text.size(), "%.9g", count);
      sets = text.data();
    } catch (const survive::limit_reached&) {
      sets = "(limit)";
    }
  }
  const double with_sets = now() - again;
  double scram_seconds = 0;
  const std::string scram = run_scram(files, scram_seconds);
  std::printf("%-22s %6zu %12s %12s %9.4f %11s %9.3f %9.3f %8.1f\n", name.c_str(), events, chance.c_str(),
              scram.empty() ? "(none)" : scram.c_str(), seconds, sets.c_str(), with_sets, scram_seconds,
              scram_seconds / seconds);
  std::fflush(stdout);
}

void compare_trees(int count, char** folders) {
  std::printf("%-22s %6s %12s %12s %9s %11s %9s %9s %8s\n", "tree", "events", "shoal", "SCRAM", "shoal s",
              "cut sets", "with, s", "SCRAM s", "times");
  const fs::path input = "/usr/share/scram/input";
  if (fs::exists(input)) {
    const auto in = [&](const std::vector<const char*>& names) {
      std::vector<fs::path> files;
      for (const char* const name : names) files.push_back(input / name);
      return files;
    };
    compare("Chinese", in({"Chinese/chinese.xml", "Chinese/chinese-basic-events.xml"}));
    compare("Baobab1", in({"Baobab/baobab1.xml", "Baobab/baobab1-basic-events.xml"}));
    compare("Baobab2", in({"Baobab/baobab2.xml", "Baobab/baobab2-basic-events.xml"}));
    compare("ThreeMotor", in({"ThreeMotor/three_motor.xml"}));
    compare("HIPPS", in({"HIPPS/HIPPS.xml"}));
    compare("TwoTrain", in({"TwoTrain/two_train.xml"}));
    compare("BSCU", in({"BSCU/BSCU.xml"}));
    compare("Theatre", in({"Theatre/theatre.xml"}));
    compare("CEA9601", in({"CEA9601/CEA9601.xml", "CEA9601/CEA9601-basic-events.xml"}));
  }
  for (int i = 0; i < count; ++i) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folders[i])) {
      if (entry.path().extension() == ".xml") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files) compare(file.stem().string(), {file});
  }
}

void own_cases() {
  for (const std::size_t n : {std::size_t{10'000}, std::size_t{100'000}}) {
    std::vector<double> p;
    for (std::size_t i = 0; i < n; ++i)
      p.push_back(0.01 + 0.9 * static_cast<double>(i) / static_cast<double>(n));
    const double start = now();
    const auto found = survive::at_least(n / 2, p);
    std::printf("at least half of %zu unlike models: fails with %.6g, %.1f ms\n", n, found.failure,
                1e3 * (now() - start));
  }
  survive::fault_tree t;
  std::vector<survive::node> pairs;
  for (int i = 0; i < 500; ++i) pairs.push_back(t.all({t.event("a", 0.01), t.event("b", 0.02)}));
  t.top = t.at_least(3, pairs);
  double start = now();
  std::printf("importance of all of 1,000 parts: %.6g, %.1f ms\n", survive::analyse(t).whole.failure,
              1e3 * (now() - start));
  survive::swarm s;
  shoal::random_engine engine(1);
  for (std::size_t g = 0; g < 10; ++g) s.groups.push_back({"region" + std::to_string(g), 1e-4});
  for (std::size_t i = 0; i < 100; ++i) {
    s.failure.push_back(0.001 + 0.004 * shoal::uniform_01(engine));
    s.group.push_back(i % 10);
  }
  std::vector<survive::redundant_subtask> plan;
  for (std::size_t k = 0; k < 1000; ++k) {
    survive::redundant_subtask part{std::to_string(k), {}};
    while (part.models.size() < 3) {
      const std::size_t i = shoal::uniform_below(engine, 100);
      if (std::find(part.models.begin(), part.models.end(), i) == part.models.end()) part.models.push_back(i);
    }
    plan.push_back(part);
  }
  start = now();
  const auto report = survive::assess(s, plan);
  std::printf("1,000 subtasks x 3 over 100 models in 10 regions: %.6g (%s), surely %.6g to %.6g, %.2f s\n",
              report.whole.failure, std::string(survive::name_of(report.method)).c_str(), report.failure_low,
              report.failure_high, now() - start);
  start = now();
  const auto rare = survive::estimate_failure(s, plan, {.samples = 100'000});
  std::printf("  by conditional sampling: %.6g +- %.2g, %.2f s\n", rare.failure, rare.standard_error,
              now() - start);
}

}  // namespace

int main(int argc, char** argv) {
  own_cases();
  compare_trees(argc - 1, argv + 1);
}
