// SPDX-License-Identifier: BSL-1.0
/// @file Part two of the demo: the plan is run on recorded answers, models fail, and every batch is answered.
#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <shoal/shoal.hpp>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data.hpp"
#include "planning.hpp"

namespace demo {

namespace infer = shoal::infer;
namespace run = shoal::run;

/// The task as a text: a line "subject, question" for each question to be answered. The questions themselves
/// are not published with the answers, so their numbers stand for them.
inline shoal::task quiz(const dataset& data, const std::vector<std::size_t>& questions) {
  shoal::task out{.instruction = "Answer each question with one letter."};
  for (const std::size_t q : questions) {
    out.text += data.subjects[data.questions[q].subject] + "," + std::to_string(q) + "\n";
  }
  return out;
}

/// The numbers of the questions in a part of the task.
inline std::vector<std::size_t> questions_of(std::string_view part) {
  std::vector<std::size_t> out;
  while (!part.empty()) {
    const std::string_view line = part.substr(0, part.find('\n'));
    const std::string_view number = line.substr(line.rfind(',') + 1);
    std::from_chars(number.data(), number.data() + number.size(), out.emplace_back());
    part.remove_prefix(std::min(line.size() + 1, part.size()));
  }
  return out;
}

/// A decomposer of the demo's own: a part is at most `most` questions in a row that share their subject.
struct subject_batches {
  std::size_t most = 50;

  shoal::task_graph operator()(const shoal::task& whole) const {
    shoal::task_graph out;
    std::map<std::string, std::size_t, std::less<>> batches;
    const std::string_view text = whole.text;
    for (std::size_t at = 0; at < text.size();) {
      const std::string_view subject = text.substr(at, text.find(',', at) - at);
      std::size_t end = at;
      std::size_t lines = 0;
      while (lines < most && end < text.size() && text.substr(end, text.find(',', end) - end) == subject) {
        end = text.find('\n', end) + 1;
        ++lines;
      }
      const std::size_t number = ++batches[std::string(subject)];
      out.add({.name = shoal::message(subject, " ", number),
               .input = std::string(text.substr(at, end - at)),
               .instruction = whole.instruction,
               .count = static_cast<double>(lines)});
      at = end;
    }
    return out;
  }
};
static_assert(shoal::decompose::decomposer<subject_batches>);

/// An aggregator of the demo's own: an answer to a batch is a string of letters, one for each question, and
/// `vote` decides each letter. A '-' abstains, and stays where all do.
template <class Vote>
struct per_question {
  Vote vote{};

  shoal::aggregate::result<std::string> operator()(std::span<const shoal::answer<>> answers) const {
    shoal::aggregate::result<std::string> out;
    std::size_t length = 0;
    for (const shoal::answer<>& a : answers) length = std::max(length, a.value.size());
    if (length == 0) return out;
    std::string letters;
    for (std::size_t q = 0; q < length; ++q) {
      std::vector<shoal::answer<char>> ballots;
      for (const shoal::answer<>& a : answers) {
        if (q >= a.value.size()) continue;
        ballots.push_back({.value = a.value[q],
                           .source = a.source,
                           .accuracy = a.accuracy,
                           .relevance = a.relevance,
                           .abstains = a.value[q] == '-'});
      }
      const auto decided = vote(std::span<const shoal::answer<char>>(ballots));
      letters += decided.value.value_or('-');
      out.confidence += decided.confidence / static_cast<double>(length);
      out.margin += decided.margin / static_cast<double>(length);
      out.tie = out.tie || decided.tie;
    }
    out.value = std::move(letters);
    out.why = shoal::aggregate::reason::decided;
    out.used = answers.size();
    return out;
  }
};
template <class Vote>
per_question(Vote) -> per_question<Vote>;
static_assert(shoal::aggregate::aggregator<per_question<shoal::aggregate::plurality>, std::string>);

/// How the letters of several models make one: a vote weighted by the log-odds of their accuracies, as fits a
/// question with ten choices. One model's letter stays as it is.
using letter_vote = per_question<shoal::aggregate::weighted_vote<shoal::aggregate::log_odds_weight>>;
inline const letter_vote by_log_odds{{shoal::aggregate::log_odds_weight{.choices = 10}}};

/// A backend that is dead for some of the subtasks: those that come after its model died.
struct mortal {
  infer::any_backend<> inner{};
  std::set<std::string> after_death{};

  shoal::answer<> operator()(const infer::request<>& r, std::stop_token stop) const {
    if (after_death.contains(r.subtask))
      throw infer::failure(infer::failure_kind::refused, "the model is dead");
    return inner(r, std::move(stop));
  }
};
static_assert(infer::backend<mortal>);

/// What is done to the models while they work.
struct hardship {
  double call_failure = 0;            ///< chance that a call fails
  std::optional<std::size_t> dies{};  ///< a model that is dead for the second half of the batches
  std::uint64_t seed = 0;
};

/// What is to be done by whom.
struct mission {
  std::string name{};
  std::vector<std::size_t> models{};  ///< who may work
  std::optional<double> required{};   ///< mean accuracy of the plan, by the calibration half
  std::size_t replicas = 1;           ///< models that answer each batch
};

/// One run and what came of it.
struct run_report {
  std::string name{};
  std::size_t batches = 0;
  std::size_t answered = 0;
  double planned_accuracy = 0;  ///< as the calibration half promised; NaN where nothing was promised
  double planned_energy_j = 0;  ///< per request
  double reached = 0;           ///< share of right answers on the held-out half
  double half_width = 0;        ///< of its 95 % interval
  double energy_j = 0;          ///< per request, as spent
  std::size_t calls = 0;
  std::size_t failed = 0;
  std::size_t reassigned = 0;
  bool degraded = false;
  std::string note{};
  std::string died{};  ///< the model that died; empty: none
  double seconds = 0;
  vector planned_by_subject{};
  vector reached_by_subject{};
  vector half_width_by_subject{};
};

/// Half the width of the 95 % interval of a share seen in n draws.
/// @source Agresti & Coull 1998, "Approximate is better than exact", The American Statistician 52.
inline double half_width_95(double share, double n) {
  const double z = 1.959964;
  const double widened = n + z * z;
  const double centre = (share * n + z * z / 2) / widened;
  return z * std::sqrt(centre * (1 - centre) / widened);
}

/// One backend for each model, playing back its recorded letters, under some hardship.
inline infer::backends<> recorded_backends(const dataset& data, const shoal::task_graph& batches,
                                           const hardship& h) {
  infer::backends<> out;
  for (std::size_t i = 0; i < data.models.size(); ++i) {
    infer::table_backend<> recorded;
    for (const shoal::subtask& batch : batches.subtasks()) {
      shoal::answer<> a;
      for (const std::size_t q : questions_of(batch.input)) a.value += data.questions[q].letters[i];
      recorded.by_subtask.emplace(batch.name, std::move(a));
    }
    infer::any_backend<> backend = infer::unreliable{std::move(recorded), h.call_failure, h.seed};
    if (h.dies == i) {
      mortal dying{std::move(backend)};
      for (std::size_t k = batches.size() / 2; k < batches.size(); ++k)
        dying.after_death.insert(batches[k].name);
      backend = std::move(dying);
    }
    out.push_back(std::move(backend));
  }
  return out;
}

/// Splits the questions into batches, assigns them by what the calibration half says of the models, runs the
/// plan, combines the answers and marks them.
template <class Execute>
run_report carry_out(const mission& what, const dataset& data, const measurement& calibration,
                     const std::vector<std::size_t>& questions, const Execute& execute,
                     const hardship& h = {}) {
  const shoal::pipeline swarm{subject_batches{}, assign::exact{}, execute, by_log_odds, run::concatenate{}};
  shoal::task_graph batches = swarm.decompose(quiz(data, questions));
  std::map<std::string, Eigen::Index, std::less<>> subject_of;
  for (const shoal::subtask& batch : batches.subtasks()) {
    subject_of[batch.name] =
        static_cast<Eigen::Index>(data.questions[questions_of(batch.input).front()].subject);
  }
  const auto quality = [&](const measured_model& m, const shoal::subtask& batch) {
    return calibration.quality(static_cast<Eigen::Index>(*data.models.find(m.name)), subject_of[batch.name]);
  };
  shoal::pipeline_options options{.objective = least_energy, .run = {.attempts = 6}};
  if (what.required) options.require = {assign::quality_rule::mean, *what.required};
  options.adjust = [&](assign::problem& p) {
    p.allowed.setConstant(false);
    for (const std::size_t i : what.models) p.allowed.row(static_cast<Eigen::Index>(i)).setConstant(true);
    p.replicas.assign(p.subtasks(), what.replicas);
  };
  const infer::backends<> backends = recorded_backends(data, batches, h);
  const auto done = swarm.run(std::move(batches), data.models, quality, backends, options);

  run_report out{.name = what.name, .batches = done.graph.size()};
  const auto requests = static_cast<double>(questions.size());
  out.planned_accuracy = done.assignment.compatibility.mean;
  out.planned_energy_j = done.assignment.energy_j / requests;
  out.energy_j = done.outcomes.used.energy_j / requests;
  out.calls = done.outcomes.calls;
  out.reassigned = done.outcomes.reassigned;
  out.degraded = done.outcomes.degraded;
  out.note = done.outcomes.note;
  out.seconds = done.outcomes.seconds;
  for (const run::outcome<>& batch : done.outcomes.subtasks) {
    out.answered += batch ? 1U : 0U;
    out.failed += batch.failures.size();
  }
  if (h.dies) out.died = data.models[*h.dies].name;

  const auto subjects = static_cast<Eigen::Index>(data.subjects.size());
  vector right = vector::Zero(subjects);
  vector asked = vector::Zero(subjects);
  for (std::size_t q = 0; q < questions.size(); ++q) {
    const question& of = data.questions[questions[q]];
    asked[static_cast<Eigen::Index>(of.subject)] += 1;
    if (done && (*done.result.value)[q] == of.gold) right[static_cast<Eigen::Index>(of.subject)] += 1;
  }
  out.reached_by_subject = right / asked;
  out.half_width_by_subject = out.reached_by_subject.binaryExpr(asked, &half_width_95);
  out.reached = right.sum() / requests;
  out.half_width = half_width_95(out.reached, requests);
  out.planned_by_subject = vector::Zero(subjects);
  for (std::size_t k = 0; k < done.assignment.chosen.size(); ++k) {
    const Eigen::Index subject = subject_of[done.graph[k].name];
    const auto& chosen = done.assignment.chosen[k];
    for (const std::size_t i : chosen) {
      out.planned_by_subject[subject] += done.graph[k].count / asked[subject] /
                                         static_cast<double>(chosen.size()) *
                                         calibration.quality(static_cast<Eigen::Index>(i), subject);
    }
  }
  return out;
}

/// The model that does most questions in the plan of that mission, were it made for whole subjects.
inline std::size_t busiest(const mission& what, const dataset& data, const measurement& calibration) {
  assign::problem p = planning_problem(data, calibration, pool::whole, what.required.value_or(0));
  p.allowed.setConstant(false);
  for (const std::size_t i : what.models) p.allowed.row(static_cast<Eigen::Index>(i)).setConstant(true);
  p.replicas.assign(p.subtasks(), what.replicas);
  Eigen::Index most = 0;
  assign::exact{}(p, least_energy, {}).load.maxCoeff(&most);
  return static_cast<std::size_t>(most);
}

}  // namespace demo
