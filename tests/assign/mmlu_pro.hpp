// SPDX-License-Identifier: BSL-1.0
/// @file The measured fleet of examples/data/mmlupro as a problem, and the known optima of
/// tests/data/mmlupro.
#pragma once

#include <cmath>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "catch.hpp"
#include "shoal/assign/evaluate.hpp"
#include "shoal/core/csv.hpp"

namespace oracle {

namespace detail {

/// All the fields of a CSV file, its header first.
inline std::vector<std::vector<std::string>> table(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE(in);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  shoal::csv_reader reader(text);
  std::vector<std::vector<std::string>> out;
  std::vector<std::string_view> fields;
  while (reader.next(fields)) out.emplace_back(fields.begin(), fields.end());
  return out;
}

/// `value` rounded to the digits of `printed` is `printed`.
inline bool prints_as(double value, const std::string& printed) {
  const std::size_t point = printed.find('.');
  const std::size_t digits = point == std::string::npos ? 0 : printed.size() - point - 1;
  return std::abs(value - std::stod(printed)) <= 0.5000001 * std::pow(10.0, -static_cast<double>(digits));
}

}  // namespace detail

/// Models are those of at most 9 billion parameters, or all; subtasks are subjects, counted by questions.
inline shoal::assign::problem mmlu_pro(bool small_alone) {
  const std::string folder = SHOAL_SOURCE_DIR "/examples/data/mmlupro/";
  const auto models = detail::table(folder + "models.csv");
  const auto quality = detail::table(folder + "quality_by_task.csv");
  std::map<std::string, std::size_t> column_of;
  for (std::size_t c = 2; c < quality[0].size(); ++c) column_of[quality[0][c]] = c;
  std::vector<std::vector<std::string>> taken;
  for (std::size_t i = 1; i < models.size(); ++i)
    if (!small_alone || std::stod(models[i][1]) <= 9) taken.push_back(models[i]);

  shoal::assign::problem p(taken.size(), quality.size() - 1);
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

/// Calls `check(problem, known)` for each known optimum, `known` being a line of anchors.csv: models,
/// required, energy_j, accuracy (both empty where there is no plan), and the model of each subject.
template <class Check>
void each_mmlu_pro_anchor(Check check) {
  const auto anchors = detail::table(SHOAL_TEST_DATA "/mmlupro/anchors.csv");
  REQUIRE(anchors.size() == 23);
  for (std::size_t a = 1; a < anchors.size(); ++a) {
    shoal::assign::problem p = mmlu_pro(anchors[a][0] == "small");
    p.require = shoal::assign::requirement{shoal::assign::quality_rule::mean, std::stod(anchors[a][1])};
    check(p, anchors[a]);
  }
}

}  // namespace oracle
