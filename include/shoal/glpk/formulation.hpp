// SPDX-License-Identifier: BSL-1.0
/// @file The assignment problem as a mixed integer program, requirement by requirement.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <utility>
#include <vector>

#include "shoal/assign/evaluate.hpp"
#include "shoal/core/log_domain.hpp"
#include "shoal/glpk/aim.hpp"
#include "shoal/glpk/program.hpp"
#include "shoal/glpk/rounding.hpp"

namespace shoal::glpk::detail {

/// Binary columns x_ik for the usable pairs, rows for what the problem asks of every plan; then whatever the
/// caller adds. A program's point is a vector of values of its columns, entry 0 unused.
class formulation {
 public:
  /// Every subtask must be served, or, `partial`, may be left out (a binary column y_k says whether it is
  /// not).
  formulation(const assign::problem& p, const mask& usable, bool partial = false) : p_(p) {
    column_of_.resize(usable.rows(), usable.cols());
    for (Eigen::Index k = 0; k < usable.cols(); ++k) {
      for (Eigen::Index i = 0; i < usable.rows(); ++i) {
        column_of_(i, k) = usable(i, k) ? program_.add_column(true) : 0;
        if (usable(i, k)) pairs_.emplace_back(i, k);
      }
    }
    if (partial) {
      for (Eigen::Index k = 0; k < usable.cols(); ++k) served_.push_back(program_.add_column(true));
    }
    for (Eigen::Index k = 0; k < usable.cols(); ++k) serve(k);
    for (Eigen::Index i = 0; i < usable.rows(); ++i) {
      const double most = p_.capacity[i];
      if (std::isinf(most)) continue;
      program_.add_row(-program::infinity, most + slack(most),
                       model_terms(i, [&](Eigen::Index k) { return p_.count[k] * p_.load(i, k); }));
    }
  }

  /// Adds the quality rule; the rule `each` is a matter of which pairs are usable.
  void require(const assign::requirement& r) {
    const double wanted = r.at_least - slack(r.at_least);
    switch (r.rule) {
      case assign::quality_rule::sum:
        return program_.add_row(wanted, program::infinity, terms([&](Eigen::Index i, Eigen::Index k) {
                                  return p_.count[k] * p_.compatibility(i, k);
                                }));
      case assign::quality_rule::mean:
        // Over its weight, which varies where a survival target lets the number of models vary: the sum of
        // count (C - wanted) is not negative. The slack is taken for the largest weight and left out of the
        // coefficients, where it would stand as a tiny one for each C that equals what is wanted.
        return program_.add_row(-slack(r.at_least) * largest_weight(), program::infinity,
                                terms([&](Eigen::Index i, Eigen::Index k) {
                                  return p_.count[k] * (p_.compatibility(i, k) - r.at_least);
                                }));
      case assign::quality_rule::each:
        return;
      case assign::quality_rule::product:
        if (r.at_least <= 0) return;
        const double log_wanted = std::log(r.at_least);
        return program_.add_row(log_wanted - slack(log_wanted), program::infinity,
                                terms([&](Eigen::Index i, Eigen::Index k) {
                                  return p_.count[k] * std::log(p_.compatibility(i, k));
                                }));
    }
  }

  /// Energy of the plan <= most.
  void cap_energy(double most) {
    if (std::isinf(most)) return;
    program_.add_row(-program::infinity, most, energy_terms(1));
  }

  /// Time of the plan <= most.
  void cap_time(double most, assign::time_rule rule) {
    if (std::isinf(most)) return;
    if (rule == assign::time_rule::total) {
      program_.add_row(-program::infinity, most, time_terms(1));
    } else {
      for (Eigen::Index i = 0; i < column_of_.rows(); ++i)
        program_.add_row(-program::infinity, most, busy_terms(i, 1));
    }
  }

  /// Sets the objective; once.
  void minimise(const aim& a, assign::time_rule rule) {
    const bool makespan = rule == assign::time_rule::makespan;
    std::vector<term> linear = terms([&](Eigen::Index i, Eigen::Index k) {
      return energy(i, k, a.energy) + (makespan ? 0 : time(i, k, a.time));
    });
    std::vector<std::vector<term>> peaks;
    if (a.peak_energy > 0) peaks.push_back(energy_terms(a.peak_energy));
    if (a.peak_time > 0 && !makespan) peaks.push_back(time_terms(a.peak_time));
    if (const double factor = a.peak_time + a.time; makespan && factor > 0) {
      for (Eigen::Index i = 0; i < column_of_.rows(); ++i) peaks.push_back(busy_terms(i, factor));
    }
    set_objective(linear, std::move(peaks));
  }

  /// Sets the objective to the largest sum of `gain` over the chosen pairs; once.
  void maximise(const matrix& gain) {
    set_objective(terms([&](Eigen::Index i, Eigen::Index k) { return -gain(i, k); }), {});
  }

  /// Sets the objective to the most subtasks served, of a `partial` formulation; once.
  void maximise_served() {
    for (const int y : served_) program_.cost[static_cast<std::size_t>(y)] = -1;
  }

  const program& as_program() const { return program_; }

  /// The program's objective is this times the aim's.
  double scale() const { return scale_; }

  /// The plan of a point whose binary columns are whole.
  assign::plan plan_of(const std::vector<double>& point) const {
    assign::plan out(p_.subtasks());
    for (std::size_t j = 0; j < pairs_.size(); ++j) {
      if (point[j + 1] > 0.5)
        out[static_cast<std::size_t>(pairs_[j].second)].push_back(static_cast<std::size_t>(pairs_[j].first));
    }
    return out;
  }

  /// The subtasks that a point of a `partial` formulation serves.
  std::vector<std::size_t> served_by(const std::vector<double>& point) const {
    std::vector<std::size_t> out;
    for (std::size_t k = 0; k < served_.size(); ++k)
      if (point[static_cast<std::size_t>(served_[k])] > 0.5) out.push_back(k);
    return out;
  }

  /// Sets the continuous column of a point to what its binary ones make of it.
  void complete(std::vector<double>& point) const {
    if (peak_column_ == 0) return;
    double highest = 0;
    for (const std::vector<term>& peak : peaks_) {
      double sum = 0;
      for (const term& t : peak) sum += t.value * point[static_cast<std::size_t>(t.column)];
      highest = std::max(highest, sum);
    }
    point[static_cast<std::size_t>(peak_column_)] = highest / peak_unit_;
  }

  /// The point of a plan of usable pairs.
  std::vector<double> point_of(const assign::plan& chosen) const {
    std::vector<double> out(program_.columns() + 1, 0);
    for (std::size_t k = 0; k < chosen.size(); ++k) {
      for (const std::size_t i : chosen[k]) {
        const int j = column_of_(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k));
        out[static_cast<std::size_t>(j)] = 1;
      }
    }
    complete(out);
    return out;
  }

  /// Turns the point of a relaxation into that of a plan near it.
  void round(std::vector<double>& point) const {
    matrix value = matrix::Constant(column_of_.rows(), column_of_.cols(), -1);
    for (std::size_t j = 0; j < pairs_.size(); ++j) value(pairs_[j].first, pairs_[j].second) = point[j + 1];
    const std::vector<double> rounded = point_of(nearest_plan(p_, value));
    std::copy(rounded.begin(), rounded.end(), point.begin());
  }

 private:
  static double slack(double limit) { return assign::tolerance * std::max(1.0, std::abs(limit)); }

  /// The largest sum of counts over the pairs of a plan.
  double largest_weight() const {
    double out = 0;
    for (Eigen::Index k = 0; k < column_of_.cols(); ++k) {
      const auto most = p_.survival[k] > 0 ? static_cast<double>((column_of_.col(k) != 0).count())
                                           : static_cast<double>(p_.replicas[static_cast<std::size_t>(k)]);
      out += p_.count[k] * most;
    }
    return out;
  }

  template <class Value>
  std::vector<term> terms(Value value) const {
    std::vector<term> out;
    out.reserve(pairs_.size());
    for (std::size_t j = 0; j < pairs_.size(); ++j)
      out.push_back({static_cast<int>(j) + 1, value(pairs_[j].first, pairs_[j].second)});
    return out;
  }
  template <class Value>
  std::vector<term> model_terms(Eigen::Index i, Value value) const {
    std::vector<term> out;
    for (Eigen::Index k = 0; k < column_of_.cols(); ++k)
      if (const int j = column_of_(i, k); j != 0) out.push_back({j, value(k)});
    return out;
  }
  double energy(Eigen::Index i, Eigen::Index k, double factor) const {
    return p_.count[k] * (factor * p_.energy_j(i, k));
  }
  double time(Eigen::Index i, Eigen::Index k, double factor) const {
    return p_.count[k] * (factor * p_.time_s(i, k));
  }
  std::vector<term> energy_terms(double factor) const {
    return terms([&](Eigen::Index i, Eigen::Index k) { return energy(i, k, factor); });
  }
  std::vector<term> time_terms(double factor) const {
    return terms([&](Eigen::Index i, Eigen::Index k) { return time(i, k, factor); });
  }
  std::vector<term> busy_terms(Eigen::Index i, double factor) const {
    return model_terms(i, [&](Eigen::Index k) { return time(i, k, factor); });
  }

  /// Rows of one subtask: its replicas, its survival target, its groups.
  void serve(Eigen::Index k) {
    const auto subtask = static_cast<std::size_t>(k);
    const double target = p_.survival[k];
    const auto replicas = static_cast<double>(p_.replicas[subtask]);
    std::vector<term> chosen;
    std::vector<term> covered;
    std::map<std::size_t, std::vector<term>> of_group;
    // Safety is -log of the failure probability; what is over the target counts as the target, which changes
    // no plan and keeps a model that never fails finite.
    const double safety = target > 0 ? -std::log1p(-target) - slack(std::log1p(-target)) : 0;
    for (Eigen::Index i = 0; i < column_of_.rows(); ++i) {
      const int j = column_of_(i, k);
      if (j == 0) continue;
      chosen.push_back({j, 1});
      covered.push_back({j, std::min(-log_probability(p_.failure_probability[i]), safety)});
      if (p_.separate_groups[subtask]) of_group[p_.group[static_cast<std::size_t>(i)]].push_back({j, 1});
    }
    double wanted_replicas = replicas;
    double wanted_safety = safety;
    if (!served_.empty()) {
      const int y = served_[subtask];
      chosen.push_back({y, -replicas});
      covered.push_back({y, -safety});
      wanted_replicas = 0;
      wanted_safety = 0;
    }
    if (!(target > 0)) {
      for (const term& t : chosen)
        program_.tied[static_cast<std::size_t>(t.column)] = served_.empty() || t.value > 0;
    }
    program_.add_row(wanted_replicas, target > 0 ? program::infinity : wanted_replicas, chosen);
    if (safety > 0) program_.add_row(wanted_safety, program::infinity, covered);
    if (target > 0 || p_.replicas[subtask] > 1)
      for (const auto& group : of_group) program_.add_row(-program::infinity, 1, group.second);
  }

  /// Costs are whole numbers where they can be, since GLPK then rounds its bounds; others are scaled by a
  /// power of two to a largest of about 10,000, well above its tolerances.
  void set_objective(const std::vector<term>& linear, std::vector<std::vector<term>> peaks) {
    double largest = 0;
    bool whole = peaks.empty();
    const auto look_at = [&](const std::vector<term>& some) {
      for (const term& t : some) {
        largest = std::max(largest, std::abs(t.value));
        whole = whole && t.value == std::trunc(t.value);
      }
    };
    look_at(linear);
    for (const auto& peak : peaks) look_at(peak);
    constexpr double largest_whole = 0x1p30;
    if (largest > 0 && !(whole && largest <= largest_whole))
      scale_ = std::exp2(std::min(14 - std::floor(std::log2(largest)), 1000.0));
    for (const term& t : linear) program_.cost[static_cast<std::size_t>(t.column)] = t.value * scale_;
    if (peaks.empty()) return;
    // The column of the peak counts in units near the largest coefficient, so that no row mixes large and
    // small.
    peak_unit_ = largest > 0 ? std::exp2(std::floor(std::log2(largest * scale_))) : 1;
    peak_column_ = program_.add_column(false);
    program_.cost.back() = peak_unit_;
    for (auto& peak : peaks) {
      for (term& t : peak) t.value *= scale_;
      peaks_.push_back(peak);
      peak.push_back({peak_column_, -peak_unit_});
      program_.add_row(-program::infinity, 0, peak);
    }
  }

  const assign::problem& p_;
  program program_{};
  std::vector<std::pair<Eigen::Index, Eigen::Index>> pairs_{};     ///< model and subtask of column j + 1
  Eigen::Array<int, Eigen::Dynamic, Eigen::Dynamic> column_of_{};  ///< models x subtasks; 0: not usable
  std::vector<int> served_{};                                      ///< column y_k of each subtask, if partial
  std::vector<std::vector<term>> peaks_{};
  int peak_column_ = 0;
  double peak_unit_ = 1;
  double scale_ = 1;
};

}  // namespace shoal::glpk::detail
