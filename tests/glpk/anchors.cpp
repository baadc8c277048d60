// SPDX-License-Identifier: BSL-1.0
#include <cmath>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "catch.hpp"
#include "shoal/core/csv.hpp"
#include "shoal/glpk/solver.hpp"

using namespace shoal::assign;

namespace {

std::string contents(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE(in);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// All the fields of a CSV file, its header first.
std::vector<std::vector<std::string>> table(const std::string& path) {
  const std::string text = contents(path);
  shoal::csv_reader reader(text);
  std::vector<std::vector<std::string>> out;
  std::vector<std::string_view> fields;
  while (reader.next(fields)) out.emplace_back(fields.begin(), fields.end());
  return out;
}

/// The measured fleet as a problem: subjects weighted by their number of questions.
problem mmlu_pro(bool small_alone) {
  const std::string folder = SHOAL_SOURCE_DIR "/examples/data/mmlupro/";
  const auto models = table(folder + "models.csv");
  const auto quality = table(folder + "quality_by_task.csv");
  std::map<std::string, std::size_t> column_of;
  for (std::size_t c = 2; c < quality[0].size(); ++c) column_of[quality[0][c]] = c;
  std::vector<std::vector<std::string>> taken;
  for (std::size_t i = 1; i < models.size(); ++i)
    if (!small_alone || std::stod(models[i][1]) <= 9) taken.push_back(models[i]);

  problem p(taken.size(), quality.size() - 1);
  for (std::size_t k = 1; k < quality.size(); ++k) {
    const auto column = static_cast<Eigen::Index>(k - 1);
    p.subtask_names.push_back(quality[k][0]);
    p.count[column] = std::stod(quality[k][1]);
    for (std::size_t i = 0; i < taken.size(); ++i) {
      const auto row = static_cast<Eigen::Index>(i);
      p.compatibility(row, column) = std::stod(quality[k][column_of.at(taken[i][0])]);
      p.energy_j(row, column) = std::stod(taken[i][4]);
    }
  }
  for (const auto& m : taken) p.model_names.push_back(m[0]);
  return p;
}

/// `value` to the digits of `printed`.
bool prints_as(double value, const std::string& printed) {
  const std::size_t point = printed.find('.');
  const std::size_t digits = point == std::string::npos ? 0 : printed.size() - point - 1;
  return std::abs(value - std::stod(printed)) <= 0.5000001 * std::pow(10.0, -static_cast<double>(digits));
}

}  // namespace

TEST_CASE("the least energies of the MMLU-Pro fleet are reproduced to the last printed digit", "[glpk]") {
  const auto anchors = table(SHOAL_TEST_DATA "/mmlupro/anchors.csv");
  REQUIRE(anchors.size() == 23);
  std::size_t infeasible = 0;
  for (std::size_t a = 1; a < anchors.size(); ++a) {
    const std::vector<std::string>& known = anchors[a];
    problem p = mmlu_pro(known[0] == "small");
    p.require = requirement{quality_rule::mean, std::stod(known[1])};
    const solution s = shoal::glpk::solver{}(p, weighted{1, 0});
    INFO(known[0] << " models at " << known[1] << ": " << s.energy_j / p.count.sum() << " J in " << s.seconds
                  << " s");
    if (known[2].empty()) {
      ++infeasible;
      CHECK(s.verdict == verdict::infeasible);
      CHECK(
          prints_as(*s.best, "0.465"));  // the best small model of each subject, as the data's own notes say
      continue;
    }
    REQUIRE(s.verdict == verdict::optimal);
    CHECK(prints_as(s.energy_j / p.count.sum(), known[2]));
    CHECK(prints_as(s.compatibility.mean, known[3]));
    for (std::size_t k = 0; k < p.subtasks(); ++k) CHECK(p.model_names[s.chosen[k][0]] == known[4 + k]);
  }
  CHECK(infeasible == 5);
}
