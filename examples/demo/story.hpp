// SPDX-License-Identifier: BSL-1.0
/// @file What came of the demo, as sentences, as figures and as a page.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "data.hpp"
#include "figures.hpp"
#include "page.hpp"
#include "planning.hpp"
#include "running.hpp"
#include "survival.hpp"
#include "terminal.hpp"

namespace demo {

/// What the parts of the demo hand on.
struct story {
  std::vector<proven> small{};  ///< one for each required accuracy
  std::vector<proven> whole{};
  run_report small_run{};  ///< planned for `run_small`, nothing fails
  run_report small_failing{};
  run_report whole_run{};
  run_report whole_failing{};
  run_report vote_run{};
  run_report vote_failing{};
  run_report large_run{};
  std::size_t briefest = 0;                             ///< the model with the shortest answers
  proven without_briefest{};                            ///< accuracy 0.60 by the whole fleet without it
  std::vector<shoal::cost::comparison> beside_large{};  ///< plans beside the most accurate model alone
  std::vector<fate> fates{};  ///< the large model alone first, then the small plan with growing redundancy
  bool sound = true;  ///< no known optimum was missed, no solver contradicted the other, no batch was lost

  std::vector<const run_report*> runs() const {
    return {&small_run, &small_failing, &whole_run, &whole_failing, &vote_run, &vote_failing, &large_run};
  }
};

/// The plan for a required accuracy.
inline const proven& plan_for(const std::vector<proven>& plans, double required) {
  return *std::find_if(plans.begin(), plans.end(), [&](const proven& p) { return p.required == required; });
}

/// Share of the requests that a plan gives to small models.
inline double small_share(const dataset& data, const proven& p) {
  double small = 0;
  for (std::size_t i = 0; i < data.models.size(); ++i) {
    if (data.is_small(i)) small += p.by_shoal.load[static_cast<Eigen::Index>(i)];
  }
  return small / p.by_shoal.load.sum();
}

inline std::string percent(double share) { return fixed(100 * share, 0) + " %"; }

/// Plans beside the most accurate model alone, per request. Time was measured for a few models only and is
/// left out.
inline std::vector<shoal::cost::comparison> compare_with_large(const dataset& data,
                                                               const measurement& measured,
                                                               const story& told) {
  const std::size_t large = most_accurate(measured);
  const shoal::cost::estimate alone{.name = data.models[large].name + " alone",
                                    .energy_j = data.models[large].energy_j,
                                    .quality = measured.overall[static_cast<Eigen::Index>(large)]};
  std::vector<shoal::cost::comparison> out;
  const auto beside = [&](const std::string& name, const proven& p) {
    out.push_back(
        shoal::cost::compare({.name = name, .energy_j = p.energy_j(), .quality = p.accuracy()}, alone));
  };
  beside("Whole fleet, at least 0.60,", plan_for(told.whole, 0.60));
  beside("Whole fleet, at least 0.50,", plan_for(told.whole, 0.50));
  beside("Models up to 9 B, at least 0.46,", plan_for(told.small, 0.46));
  return out;
}

/// The demo in a dozen sentences; what the swarm loses stands beside what it gains.
inline std::vector<std::string> summary(const dataset& data, const measurement& measured, const story& told) {
  const std::size_t large = most_accurate(measured);
  const std::string& large_name = data.models[large].name;
  const double large_j = data.models[large].energy_j;
  const double large_accuracy = measured.overall[static_cast<Eigen::Index>(large)];
  const proven& small44 = plan_for(told.small, 0.44);
  const proven& whole50 = plan_for(told.whole, 0.50);
  const proven& whole60 = plan_for(told.whole, 0.60);
  const auto single44 = best_single(data, measured, 0.44);
  const auto single50 = best_single(data, measured, 0.50);
  const double small_limit = plan_for(told.small, 0.50).by_shoal.best.value_or(0);
  const fate& alone = told.fates[0];
  const fate& one = told.fates[1];
  const fate& apart = told.fates[3];
  const auto j = [](double joules) { return fixed(joules, 2) + " J"; };
  const auto three = [](double accuracy) { return fixed(accuracy, 3); };
  using shoal::message;
  return {
      message("Cost: accuracy 0.60 takes ", j(whole60.energy_j()), " per request instead of ", j(large_j),
              " with ", large_name, " alone (", three(large_accuracy), "), ",
              percent(1 - whole60.energy_j() / large_j), " less; 0.50 takes ", j(whole50.energy_j()),
              ", the cheapest single model that reaches it ", j(data.models[*single50].energy_j), "."),
      message("Small models alone: 0.44 takes ", j(small44.energy_j()), ", ",
              percent(1 - small44.energy_j() / data.models[*single44].energy_j), " less than ",
              data.models[*single44].name, ", the cheapest that reaches it by itself."),
      message("Where they lose: no plan of models up to 9 B goes beyond ", three(small_limit),
              ", at any energy; none reaches ", large_name,
              ". Votes do not close the gap: the best three reached ", three(told.vote_run.reached), " for ",
              j(told.vote_run.energy_j), "."),
      message("How small: the 0.60 plan gives ", percent(small_share(data, whole60)),
              " of the questions to models up to 9 B, the 0.50 plan ", percent(small_share(data, whole50)),
              "."),
      message("With care: ", data.models[told.briefest].name, " answers in ",
              fixed(data.models[told.briefest].output_tokens, 0),
              " tokens, and reading the question costs nothing here. Without this model 0.60 takes ",
              j(told.without_briefest.energy_j()), ", ",
              percent(1 - told.without_briefest.energy_j() / large_j), " less than ", large_name, "."),
      message("Quality: on questions that it had not seen, the small plan promised ",
              three(told.small_run.planned_accuracy), " and reached ", three(told.small_run.reached),
              ", the fleet's promised ", three(told.whole_run.planned_accuracy), " and reached ",
              three(told.whole_run.reached), " (+- ", three(told.whole_run.half_width), ")."),
      message("Failures: with ", told.whole_failing.failed, " failed calls and ", told.whole_failing.died,
              " dead for half of the run, the fleet answered ", told.whole_failing.answered, " of ",
              told.whole_failing.batches, " batches and reached ", three(told.whole_failing.reached), " for ",
              j(told.whole_failing.energy_j),
              told.whole_failing.degraded ? " (0.60 was out of reach by then)" : "", "; the small plan lost ",
              told.small_failing.died, " and reached ", three(told.small_failing.reached), " for ",
              j(told.small_failing.energy_j), " instead of ", j(told.small_run.energy_j), "."),
      message("Survival (failure rates are assumed): ", large_name, " alone fails in ",
              percent(alone.report.whole.failure), " of missions, a small plan without replicas in ",
              percent(one.report.whole.failure), ", with two replicas in different regions in ",
              fixed(100 * apart.report.whole.failure, 1), " %, for ", fixed(apart.energy_j / one.energy_j, 1),
              " times the energy."),
  };
}

/// The demo's figures, in the order of the page.
inline std::vector<figure> draw(const dataset& data, const measurement& measured, const story& told,
                                const assumptions& assumed) {
  const auto used_by = [&](const std::vector<proven>& plans) {
    vector load = vector::Zero(static_cast<Eigen::Index>(data.models.size()));
    for (const proven& p : plans) {
      if (p.found()) load += p.by_shoal.load;
    }
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < data.models.size(); ++i) {
      if (load[static_cast<Eigen::Index>(i)] > 0) out.push_back(i);
    }
    std::sort(out.begin(), out.end(), [&](std::size_t a, std::size_t b) {
      return data.models[a].energy_j < data.models[b].energy_j;
    });
    return out;
  };
  const proven& small = plan_for(told.small, 0.46);
  const proven& whole50 = plan_for(told.whole, 0.50);
  const proven& whole60 = plan_for(told.whole, 0.60);
  const auto heading = [](std::string_view who, const proven& p) {
    return std::string(who) + ", at least " + fixed(p.required, 2) + ": " + fixed(p.energy_j(), 2) +
           " J per request, accuracy " + fixed(p.accuracy(), 3);
  };
  std::vector<loss_curve> losses = loss_of_one(assumed, 6);
  loss_curve whole_plan{"a whole plan of 14 subjects, regions apart", "other", {}};
  for (const std::size_t at : {1U, 3U, 4U}) whole_plan.loss.push_back(told.fates[at].report.whole.failure);
  losses.push_back(std::move(whole_plan));
  return {
      {"energy-quality",
       energy_quality_figure(data, measured, energy_quality_curve(data, measured, pool::small),
                             energy_quality_curve(data, measured, pool::whole),
                             {plan_for(told.small, 0.44), plan_for(told.small, 0.46)},
                             {whole50, plan_for(told.whole, 0.55), whole60, plan_for(told.whole, 0.62)})},
      {"plan",
       plan_figure(data, measured,
                   {{heading("Models up to 9 B", small), small.by_shoal.chosen, used_by(told.small)},
                    {heading("Whole fleet", whole50), whole50.by_shoal.chosen, used_by(told.whole)},
                    {heading("Whole fleet", whole60), whole60.by_shoal.chosen, used_by(told.whole)}})},
      {"reached",
       reached_figure(data, {{"up to 9 B, 0.44", "small", told.small_run.planned_by_subject,
                              told.small_run.reached_by_subject, told.small_run.half_width_by_subject},
                             {"whole fleet, 0.60", "fleet", told.whole_run.planned_by_subject,
                              told.whole_run.reached_by_subject, told.whole_run.half_width_by_subject}})},
      {"survival", survival_figure(losses)},
  };
}

/// The page.
/// @param further  adds sections at its end, each a call of one of the page's members.
inline std::string compose(const dataset& data, const measurement& measured, const story& told,
                           const std::vector<std::string>& sentences, const std::vector<figure>& figures,
                           const std::function<void(page&)>& further) {
  const std::size_t large = most_accurate(measured);
  const double large_j = data.models[large].energy_j;
  const proven& whole60 = plan_for(told.whole, 0.60);
  const double small_limit = plan_for(told.small, 0.50).by_shoal.best.value_or(0);
  page out(
      "A fleet of language models: planned, run, survived",
      std::to_string(data.models.size()) + " measured models, " + std::to_string(data.subjects.size()) +
          " subjects and the recorded answers to " + grouped(data.questions.size()) +
          " questions of MMLU-Pro. Who should answer what, for the least energy, and what if models fail?");
  out.tiles(
      {{"fleet", fixed(whole60.energy_j(), 2) + " J",
        "per request for accuracy 0.60, by the least-energy plan of the whole fleet"},
       {"large", fixed(large_j, 2) + " J",
        "per request with " + data.models[large].name + " for everything: accuracy " +
            fixed(measured.overall.maxCoeff(), 3)},
       {"small", fixed(small_limit, 3),
        "is the most that any plan of models up to 9 B reaches, at any energy"},
       {"fleet",
        std::to_string(told.whole_failing.answered) + " of " + std::to_string(told.whole_failing.batches),
        "batches answered with " + std::to_string(told.whole_failing.failed) + " failed calls and " +
            told.whole_failing.died + " dead for half of the run"}});
  out.list("In short", sentences);
  out.show("What accuracy costs",
           "Each point of a line is a plan proven to need the least energy for its accuracy. A plan gives "
           "every subject to the model that suits it; a dot is one model that does everything.",
           figures[0].drawing);
  std::vector<std::vector<std::string>> planned;
  for (std::size_t at = 0; at < told.small.size(); ++at) {
    const proven& s = told.small[at];
    const proven& w = told.whole[at];
    const auto single = best_single(data, measured, s.required);
    const auto cell = [](const proven& p) {
      return p.found() ? fixed(p.energy_j(), 2) : "none, best is " + fixed(p.by_shoal.best.value_or(0), 3);
    };
    planned.push_back({fixed(s.required, 2), cell(s), cell(w),
                       single ? fixed(data.models[*single].energy_j, 2) : "none",
                       single ? data.models[*single].name : ""});
  }
  out.table(
      "The plans", "Joules per request. Each plan is proven by two solvers whose searches share nothing.",
      {"mean accuracy at least", "models up to 9 B", "whole fleet", "cheapest single model", "<"}, planned);
  std::vector<std::string> beside;
  for (const shoal::cost::comparison& c : told.beside_large) beside.push_back(c.sentence);
  out.list("Beside one large model", beside);
  out.show("Who does what",
           "Cells hold the measured accuracy in per cent, the column on the right joules per request. The "
           "plan takes the dear model where it gains most per joule.",
           figures[1].drawing);
  std::vector<std::vector<std::string>> runs;
  for (const run_report* r : told.runs()) {
    runs.push_back({r->name, fixed(r->planned_accuracy, 3),
                    fixed(r->reached, 3) + " \u00b1 " + fixed(r->half_width, 3),
                    fixed(r->planned_energy_j, 2), fixed(r->energy_j, 2), std::to_string(r->calls),
                    std::to_string(r->failed), std::to_string(r->reassigned),
                    std::to_string(r->answered) + "/" + std::to_string(r->batches)});
  }
  out.table("The runs",
            "Plans made on one half of the questions, run on the other half in batches of up to 50. In the "
            "runs with failures each call fails with a chance of 5 % and the busiest model is dead for the "
            "second half of the batches; what fails is assigned anew by solving what is left.",
            {"<run", "planned", "reached", "J planned", "J spent", "calls", "failed", "moved", "answered"},
            runs);
  out.show("Promised and reached",
           "For each subject, the accuracy that the plan promised (ring) and the one that the run reached on "
           "questions that the plan had not seen (dot).",
           figures[2].drawing);
  std::vector<std::vector<std::string>> fates;
  for (const fate& f : told.fates) {
    fates.push_back({f.name, fixed(f.energy_j, 2), fixed(f.accuracy, 3), std::to_string(f.models),
                     chance(f.report.whole.survival), chance(f.report.whole.failure), f.most_critical});
  }
  out.show("How likely the swarm is to survive",
           "A subject is lost when all its replicas are. Replicas help by a factor each, as long as nothing "
           "takes them all down at once. Coloured lines: one subject. Grey: the plan of all subjects. "
           "Assumed: a model fails in 5 % of missions, a region in 1 %.",
           figures[3].drawing);
  out.table("Plans with replicas", "A plan survives when every subject keeps one of its models.",
            {"<plan", "J per request", "accuracy", "models", "survives", "fails", "<most critical model"},
            fates);
  further(out);
  out.footer(
      {"Answers: TIGER-AI-Lab/MMLU-Pro, published evaluation results. Energy: ML.ENERGY leaderboard v2. Both "
       "under the Apache License 2.0.",
       "Energies are estimates, good for comparisons: length of the recorded answers times joules per token "
       "on an H100 at the best batch size (batch size alone moves this 1.3 to 3.8 times), for many models "
       "from a relative of the same size. Energy for reading the prompt is left out, which flatters models "
       "that answer briefly, above all jamba-1.5-large.",
       "Failure rates and regions are assumptions of the demo. Plans and dots of the energy figure are "
       "computed and measured on all questions; the runs are not."});
  return out.text();
}

}  // namespace demo
