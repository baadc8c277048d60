// SPDX-License-Identifier: BSL-1.0
/// @file Reading how simulated models behave: the figures of a swarm, and what a simulation says of them.
#pragma once

#include <cmath>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "shoal/core/csv.hpp"
#include "shoal/core/message.hpp"
#include "shoal/json/backend.hpp"
#include "shoal/json/cursor.hpp"
#include "shoal/json/swarm.hpp"
#include "shoal/sim/behaviour.hpp"

namespace shoal::json {

namespace detail {

// Columns of CSV files, each file read once.
class measured_columns {
 public:
  explicit measured_columns(std::filesystem::path folder) : folder_(std::move(folder)) {}

  const std::vector<double>& of(const cursor& file, const cursor& column) {
    const auto [text, fresh_text] = texts_.try_emplace(file.text());
    if (fresh_text) text->second = read_named_file(file, folder_);
    const auto [at, fresh] = columns_.try_emplace({file.text(), column.name()});
    if (fresh) {
      try {
        csv_table rows(text->second, {column.text()});
        while (rows.next()) {
          at->second.push_back(rows.number(0));
          if (at->second.back() < 0) throw csv_error(rows.line(), message(rows[0], " is not >= 0"));
        }
      } catch (const csv_error& e) {
        file.refuse(message(shown(file.value()), ": ", e.what()));
      }
      if (at->second.empty()) file.refuse(message(shown(file.value()), ": there are no rows"));
    }
    return at->second;
  }

 private:
  std::filesystem::path folder_;
  std::map<std::string, std::string> texts_{};
  std::map<std::pair<std::string, std::string>, std::vector<double>> columns_{};
};

// A number, {"median", "sigma"}, {"seen"} or {"file", "column"}; `out` comes with the median that holds
// where none is named.
inline void read_spread(const cursor& at, measured_columns& files, bool may_be_0, sim::spread& out) {
  const auto median = [&](const cursor& value) {
    if (!(value.amount() > 0 || may_be_0)) value.refuse_not("a number > 0");
    out.median = value.amount();
  };
  if (at.value().is_number()) {
    out = {};
    median(at);
    return;
  }
  at.only({"median", "sigma", "seen", "file", "column"});
  const auto seen = at.find("seen");
  const auto file = at.find("file");
  if (seen && file) at.refuse("seen and file exclude each other");
  if (const auto value = at.find("median")) median(*value);
  if (const auto sigma = at.find("sigma")) {
    out.sigma = sigma->amount();
    if (out.sigma > 10) sigma->refuse_not("in [0, 10]");
  }
  out.seen.clear();
  if (seen) {
    for (std::size_t n = 0; n < seen->size(); ++n) out.seen.push_back((*seen)[n].amount());
    if (out.seen.empty()) seen->refuse("nothing was seen");
  }
  if (file) out.seen = files.of(*file, at.at("column"));
}

// null: never.
inline double read_mean_time(const cursor& at) {
  if (at.value().is_null()) return std::numeric_limits<double>::infinity();
  if (!(at.amount() > 0)) at.refuse_not("a number > 0 or null");
  return at.amount();
}

// What is named replaces what is there.
inline void read_behaviour(const cursor& at, measured_columns& files, sim::behaviour& out) {
  at.only({"time_s", "energy_j", "refuses", "stalls", "drags", "drag", "wrong", "deaf", "loses", "mttf_s",
           "mttr_s"});
  if (const auto time = at.find("time_s")) read_spread(*time, files, false, out.time_s);
  if (const auto energy = at.find("energy_j")) read_spread(*energy, files, true, out.energy_j);
  const std::pair<const char*, double*> chances[] = {{"refuses", &out.refuses}, {"stalls", &out.stalls},
                                                     {"drags", &out.drags},     {"wrong", &out.wrong},
                                                     {"deaf", &out.deaf},       {"loses", &out.loses}};
  for (const auto& [key, into] : chances) {
    if (const auto chance = at.find(key)) *into = chance->share();
  }
  if (const auto drag = at.find("drag")) {
    if (!(drag->amount() >= 1)) drag->refuse_not("a number >= 1");
    out.drag = drag->amount();
  }
  if (const auto mttf = at.find("mttf_s")) out.mttf_s = read_mean_time(*mttf);
  if (const auto mttr = at.find("mttr_s")) {
    if (!(mttr->amount() > 0)) mttr->refuse_not("a number > 0");
    out.mttr_s = mttr->amount();
  }
}

// Mean time to a failure that comes within `for_s` with probability `p`; p = 1 is taken for all but certain.
inline double mean_time_to_failure(double p, double for_s) {
  constexpr double nearly_certain = 1 - 1e-9;
  return -for_s / std::log1p(-(p < nearly_certain ? p : nearly_certain));
}

// What fails in a mission stays down to its end, as `survive` has it.
inline constexpr double never_back = 1000;  // missions

// The mean of a model's figures over the subtasks that it may do.
inline double mean_figure(const assign::problem& p, const matrix& figures, std::size_t model) {
  double sum = 0;
  double pairs = 0;
  const auto i = static_cast<Eigen::Index>(model);
  for (Eigen::Index k = 0; k < figures.cols(); ++k) {
    if (!p.allowed(i, k)) continue;
    sum += figures(i, k);
    ++pairs;
  }
  return pairs > 0 ? sum / pairs : 0;
}

// What the swarm itself says of its models.
inline sim::behaviour behaviour_of(const swarm& s, std::size_t i, double for_s) {
  const model& m = s.models[i];
  sim::behaviour out;
  out.time_s.median = m.time_s > 0 ? m.time_s : mean_figure(s.problem, s.problem.time_s, i);
  out.energy_j.median = m.energy_j > 0 ? m.energy_j : mean_figure(s.problem, s.problem.energy_j, i);
  if (m.failure_probability > 0) {
    out.mttf_s = mean_time_to_failure(m.failure_probability, for_s);
    out.mttr_s = never_back * for_s;
  }
  return out;
}

}  // namespace detail

}  // namespace shoal::json
