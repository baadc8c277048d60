// SPDX-License-Identifier: BSL-1.0
/// @file Learned figures: what the models of a job take in earnest, and the job as it would be planned now.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "shoal/run/job.hpp"
#include "shoal/run/measured.hpp"
#include "shoal/task/answer.hpp"

namespace shoal::run {

/// Follows each model's time and energy as shares of what the problem says of the pairs that it answered,
/// since pairs differ and a model that is slow is slow at all of them.
template <class Job = job>
class learned_figures {
 public:
  explicit learned_figures(const Job& j)
      : original_(j), now_(j), of_(j.models.size()), applied_(of_.size()) {}

  /// Model `i` answered subtask `k`. @complexity O(1).
  void add(std::size_t i, std::size_t k, const usage& used) {
    const auto row = static_cast<Eigen::Index>(i);
    const auto column = static_cast<Eigen::Index>(k);
    const double count = original_.problem.count[column];
    const auto share = [&](measured& m, double seen, double planned) {
      if (planned > 0 && seen > 0) m.add(seen / planned);
    };
    share(of_[i].time_s, used.time_s, count * original_.problem.time_s(row, column));
    share(of_[i].energy_j, used.energy_j, count * original_.problem.energy_j(row, column));
    last_ = i;
  }

  /// True when the model that answered last is surely not what the job is planned with; see `drifted`.
  bool changed() const {
    model planned;
    planned.time_s = applied_[last_].time;
    planned.energy_j = applied_[last_].energy;
    return drifted(planned, of_[last_]);
  }

  /// Puts what was learned into the job. @complexity O(models x subtasks).
  void apply() {
    for (std::size_t i = 0; i < of_.size(); ++i) {
      model planned;
      planned.time_s = planned.energy_j = 1;
      const model better = updated(planned, of_[i]);
      const auto row = static_cast<Eigen::Index>(i);
      now_.problem.time_s.row(row) = better.time_s * original_.problem.time_s.row(row);
      now_.problem.energy_j.row(row) = better.energy_j * original_.problem.energy_j.row(row);
      // The figures that the next change is judged by are those that were measured, not the blend: else what
      // is known would count as news again and again.
      applied_[i] = {of_[i].time_s.samples() > 0 ? of_[i].time_s.mean() : 1,
                     of_[i].energy_j.samples() > 0 ? of_[i].energy_j.mean() : 1};
    }
  }

  /// The job with what was applied.
  const Job& now() const { return now_; }

 private:
  struct shares {
    double time = 1;
    double energy = 1;
  };
  const Job& original_;
  Job now_;
  std::vector<model_figures> of_;
  std::vector<shares> applied_;
  std::size_t last_ = 0;
};

}  // namespace shoal::run
