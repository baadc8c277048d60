// SPDX-License-Identifier: BSL-1.0
/// @file The main job, end to end: real measurements, a proven plan, a run with failures, its survival, its
/// cost; then live models.
///
///     shoal_demo [--data FOLDER] [--models FOLDER] [--page FILE] [--figures FOLDER] [--server PROGRAM --gguf
///     FILE]
///
/// With a llama-server and a GGUF file of the translator "lm", also over HTTP.
///
/// Exit status: 0 all is well; 1 a known optimum was missed or an answer was lost; 2 bad usage or bad input.
#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <optional>
#include <shoal/shoal.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "data.hpp"
#include "demand.hpp"
#include "figures.hpp"
#include "live.hpp"
#include "live_story.hpp"
#include "page.hpp"
#include "planning.hpp"
#include "running.hpp"
#include "servers.hpp"
#include "story.hpp"
#include "survival.hpp"
#include "terminal.hpp"

namespace demo {
namespace {

namespace fs = std::filesystem;

struct settings {
  fs::path data = SHOAL_DEMO_DATA;
  fs::path models = SHOAL_DEMO_MODELS;
  fs::path page = "shoal-demo.html";
  fs::path figures{};  ///< empty: none are written
  fs::path server{};   ///< llama-server; empty: nothing goes over HTTP
  fs::path gguf{};     ///< its model
  std::uint64_t seed = 2026;
  double call_failure = 0.05;
  assumptions assumed{};
  std::vector<double> required{0.35, 0.40, 0.44, 0.46, 0.50, 0.55, 0.60, 0.62, 0.64};
  std::size_t live_sentences = 300;
  std::size_t served_sentences = 90;
  double live_required = 0.85;
};

void print_fleet(const dataset& data, const measurement& measured) {
  std::vector<std::size_t> order(data.models.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return data.models[a].billions < data.models[b].billions;
  });
  const std::size_t rows = (order.size() + 1) / 2;
  std::vector<std::vector<std::string>> table(rows);
  for (std::size_t at = 0; at < 2 * rows; ++at) {
    std::vector<std::string>& row = table[at % rows];
    if (at >= rows) row.push_back(" ");
    if (at >= order.size()) {
      row.insert(row.end(), 4, "");
      continue;
    }
    const measured_model& m = data.models[order[at]];
    row.insert(row.end(),
               {m.name, shoal::to_text(m.billions) + " B",
                fixed(measured.overall[static_cast<Eigen::Index>(order[at])], 3), fixed(m.energy_j, 1)});
  }
  print_table({"<model", "size", "accuracy", "J", "<", "<model", "size", "accuracy", "J"}, table);
}

std::string planned_cell(const proven& p) {
  if (p.found()) return fixed(p.energy_j(), 2) + " J";
  return "none: best is " + fixed(p.by_shoal.best.value_or(0), 4);
}

std::string single_cell(const dataset& data, const measurement& measured, double required) {
  const auto single = best_single(data, measured, required);
  if (!single) return "none";
  return fixed(data.models[*single].energy_j, 2) + " J  " + data.models[*single].name;
}

void plan_part(const settings& s, const dataset& data, const measurement& measured, story& out) {
  std::vector<std::vector<std::string>> rows;
  double shoal_s = 0;
  double glpk_s = 0;
  std::size_t agreed = 0;
  for (const double required : s.required) {
    out.small.push_back(prove(data, measured, pool::small, required));
    out.whole.push_back(prove(data, measured, pool::whole, required));
    for (const proven* p : {&out.small.back(), &out.whole.back()}) {
      shoal_s += p->by_shoal.seconds;
      glpk_s += p->by_glpk.seconds;
      agreed += p->agree() ? 1U : 0U;
    }
    rows.push_back({fixed(required, 2), planned_cell(out.small.back()), planned_cell(out.whole.back()),
                    single_cell(data, measured, required)});
  }
  print_table(
      {"<mean accuracy >=", "models up to 9 B", "whole fleet", "<cheapest single model that reaches it"},
      rows);
  const std::size_t large = most_accurate(measured);
  print_words(data.models[large].name + " alone, for everything: accuracy " +
              fixed(measured.overall.maxCoeff(), 3) + " for " + fixed(data.models[large].energy_j, 2) +
              " J.");
  for (std::size_t i = 0; i < data.models.size(); ++i) {
    if (data.models[i].output_tokens < data.models[out.briefest].output_tokens) out.briefest = i;
  }
  out.without_briefest = prove(data, measured, pool::whole, 0.60, out.briefest);
  out.sound = out.sound && out.without_briefest.agree();
  const std::size_t solved = 2 * s.required.size();
  print_words(std::to_string(solved) + " problems, each proven twice: shoal's own solver took " +
              fixed(1e3 * shoal_s, 1) + " ms for all, GLPK " + fixed(1e3 * glpk_s, 1) +
              " ms; they agree on " + std::to_string(agreed) + " of " + std::to_string(solved) + ".");
  out.sound = out.sound && agreed == solved;
  for (const proven& p : out.small) {
    if (p.found()) continue;
    print_words("Why none: " + p.by_shoal.because);
    break;
  }
  std::string line = "Known optima:";
  for (const anchor& known : anchors) {
    const auto& of = known.who == pool::small ? out.small : out.whole;
    const auto at =
        std::find_if(of.begin(), of.end(), [&](const proven& p) { return p.required == known.required; });
    const bool hit = at != of.end() && reproduces(known, *at);
    out.sound = out.sound && hit;
    line += std::string(known.who == pool::small ? " small " : " whole ") + fixed(known.required, 2) + " " +
            (known.energy_j ? fixed(*known.energy_j, 2) + " J" : std::string("infeasible")) +
            (hit ? " reproduced;" : " MISSED;");
  }
  line.back() = '.';
  print_words(line);
}

/// The most accurate ones of some models.
std::vector<std::size_t> best_of(std::vector<std::size_t> models, const measurement& measured,
                                 std::size_t count) {
  std::stable_sort(models.begin(), models.end(), [&](std::size_t a, std::size_t b) {
    return measured.overall[static_cast<Eigen::Index>(a)] > measured.overall[static_cast<Eigen::Index>(b)];
  });
  models.resize(std::min(count, models.size()));
  return models;
}

void run_part(const settings& s, dataset data, story& out) {
  const halves half = split(data, s.seed);
  const measurement calibration = measure(data, half.calibration);
  for (std::size_t i = 0; i < data.models.size(); ++i) {
    measured_model m = data.models[i];
    m.accuracy = calibration.overall[static_cast<Eigen::Index>(i)];
    data.models.update(i, m);
  }
  print_words("Plans are made on one half of the questions (" + grouped(half.calibration.size()) +
              ") and run on the other (" + grouped(half.held_out.size()) +
              "), in batches of up to 50. Injected: each call fails with a chance of " +
              fixed(100 * s.call_failure, 0) +
              " %, and the busiest model dies halfway; what fails is assigned anew by solving what is left.");
  std::vector<std::size_t> small;
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < data.models.size(); ++i) {
    all.push_back(i);
    if (data.is_small(i)) small.push_back(i);
  }
  const std::size_t large = most_accurate(calibration);
  const auto calm = [&](const mission& what) {
    return carry_out(what, data, calibration, half.held_out, run::thread_pool_executor{});
  };
  const auto failing = [&](mission what) {
    const hardship hard{s.call_failure, busiest(what, data, calibration), s.seed};
    what.name = "  with failures";
    // One call at a time: on threads, what is left when a call fails would depend on the clock.
    return carry_out(what, data, calibration, half.held_out, run::inline_executor{}, hard);
  };
  const mission by_small{.name = "up to 9 B, at least 0.44", .models = small, .required = 0.44};
  const mission by_all{.name = "whole fleet, at least 0.60", .models = all, .required = 0.60};
  const mission by_vote{
      .name = "the best 3 up to 9 B vote", .models = best_of(small, calibration, 3), .replicas = 3};
  out.small_run = calm(by_small);
  out.small_failing = failing(by_small);
  out.whole_run = calm(by_all);
  out.whole_failing = failing(by_all);
  out.vote_run = calm(by_vote);
  out.vote_failing = failing(by_vote);
  out.large_run = calm({.name = data.models[large].name + " alone", .models = {large}});

  std::vector<std::vector<std::string>> rows;
  for (const run_report* r : out.runs()) {
    rows.push_back({r->name, fixed(r->planned_accuracy, 3),
                    fixed(r->reached, 3) + " +- " + fixed(r->half_width, 3), fixed(r->planned_energy_j, 2),
                    fixed(r->energy_j, 2), std::to_string(r->calls), std::to_string(r->failed),
                    std::to_string(r->reassigned),
                    std::to_string(r->answered) + "/" + std::to_string(r->batches)});
    out.sound = out.sound && r->answered == r->batches;
  }
  print_table({"<run", "planned", "reached", "J planned", "J spent", "calls", "failed", "moved", "answered"},
              rows);
}

void survive_part(const assumptions& assumed, const dataset& data, const measurement& measured, story& out) {
  print_words("Assumed, for nobody publishes it: in one mission each model fails with a chance of " +
              shoal::to_text(assumed.model_failure) + ", each of three regions with " +
              shoal::to_text(assumed.region_failure) +
              " and all its models with it. A plan survives when every " +
              "subject keeps one of its models. All figures are exact.");
  const auto plan = [&](std::string name, pool who, double required, std::size_t replicas, bool apart) {
    out.fates.push_back(
        replicated_plan(std::move(name), data, measured, who, required, replicas, apart, assumed));
  };
  const std::size_t large = most_accurate(measured);
  assign::problem alone = planning_problem(data, measured, pool::whole, 0);
  const assign::solution everything =
      assign::evaluate(alone, least_energy, assign::plan(alone.subtasks(), std::vector<std::size_t>{large}));
  out.fates.push_back(assess_plan(data.models[large].name + " alone", data, alone, everything, assumed));
  plan("up to 9 B, at least 0.40, one model each", pool::small, 0.40, 1, false);
  plan("  two replicas, anywhere", pool::small, 0.40, 2, false);
  plan("  two replicas, regions apart", pool::small, 0.40, 2, true);
  plan("  three replicas, regions apart", pool::small, 0.40, 3, true);
  std::vector<std::vector<std::string>> rows;
  for (const fate& f : out.fates) {
    rows.push_back({f.name, fixed(f.energy_j, 2), fixed(f.accuracy, 3), std::to_string(f.models),
                    chance(f.report.whole.survival), chance(f.report.whole.failure), f.most_critical});
  }
  print_table({"<plan", "J", "accuracy", "models", "survives", "fails", "<most critical"}, rows);
}

void print_answers(const live_run& r) {
  print_words("Its last answers:");
  for (const std::string& a : some_answers(r)) print_words("- " + a, 4);
}

live_story live_part(const settings& s) {
  print_words(live_words);
  live_story out{
      .fleet = measure_live(s.models, sentences_of(s.models / "translate.calibration.tsv", s.live_sentences)),
      .required = s.live_required};
  const std::vector<sentence> text = sentences_of(s.models / "translate.test.tsv", s.live_sentences);
  const live_order planned{.name = "plan, at least " + fixed(s.live_required, 2),
                           .required = s.live_required};
  out.runs.push_back(translate_here(planned, out.fleet, text));
  live_order failing = planned;
  failing.name = "  one model dies";
  out.runs.push_back(translate_here(failing, out.fleet, text, &out.runs.front()));
  out.runs.push_back(
      translate_here({.name = "large alone", .only = out.fleet.models.size() - 1}, out.fleet, text));
  print_table(fleet_columns(), fleet_rows(out));
  print_words(energy_words(out.fleet));
  std::vector<std::vector<std::string>> rows;
  for (const live_run& r : out.runs) rows.push_back(live_row(r));
  print_table(live_columns(), rows);
  print_answers(out.runs[1]);
  print_words(said_here(out));
  return out;
}

void served_part(const settings& s, live_story& live) {
  print_words("llama-server, three times, on the weights of the model lm; two calls at a time on each.");
  translate_by_servers(live, sentences_of(s.models / "translate.test.tsv", s.served_sentences),
                       s.server.string(), s.gguf.string());
  print_table(live_columns(), {live_row(*live.served)});
  print_answers(*live.served);
  print_words(said_by_servers(live));
}

void write_file(const fs::path& path, std::string_view text) {
  if (path.has_parent_path()) fs::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  out.flush();
  if (!out) throw shoal::bad_input("cannot write " + path.string());
}

settings read_options(int argc, char** argv) {
  settings out;
  for (int at = 1; at < argc; at += 2) {
    const std::string_view name = argv[at];
    fs::path* const into = name == "--data"      ? &out.data
                           : name == "--models"  ? &out.models
                           : name == "--page"    ? &out.page
                           : name == "--figures" ? &out.figures
                           : name == "--server"  ? &out.server
                           : name == "--gguf"    ? &out.gguf
                                                 : nullptr;
    if (into == nullptr || at + 1 == argc) {
      throw shoal::bad_input(
          "usage: shoal_demo [--data FOLDER] [--models FOLDER] [--page FILE] [--figures FOLDER] "
          "[--server PROGRAM --gguf FILE]");
    }
    *into = argv[at + 1];
  }
  if (out.server.empty() != out.gguf.empty()) throw shoal::bad_input("--server and --gguf go together");
  return out;
}

int tell(const settings& s) {
  parts part;
  std::printf("shoal %s: who should answer what, for the least energy, and what if models fail?\n",
              shoal::version);
  part.begin("The fleet: accuracy on MMLU-Pro, energy of one request");
  const dataset data = read_dataset(s.data, s.assumed.model_failure);
  std::vector<std::size_t> all(data.questions.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  const measurement measured = measure(data, all);
  print_fleet(data, measured);

  story told;
  part.begin("The plan: least energy per request for a required mean accuracy");
  plan_part(s, data, measured, told);
  part.begin("Cost: plans beside one large model, per request");
  told.beside_large = compare_with_large(data, measured, told);
  for (const shoal::cost::comparison& c : told.beside_large) print_words("- " + c.sentence, 4);
  part.begin("The run: plans carried out on recorded answers, with failures");
  run_part(s, data, told);
  part.begin("Survival: what replicas and regions change");
  survive_part(s.assumed, data, measured, told);
  part.begin("In short");
  std::vector<std::string> sentences = summary(data, measured, told);
  for (const std::string& sentence : sentences) print_words("- " + sentence, 4);
  part.begin("Live: real models, measured now, translate in this process; one dies");
  live_story live = live_part(s);
  sentences.push_back(said_here(live));
  part.begin("Small, hybrid or large: what assign chooses as the required quality grows");
  const std::vector<demanded> demand = demand_curve(live.fleet, 0.5, 0.025);
  print_words(demand_words);
  print_table(demand_columns(), demand_rows(demand, 2));
  told.sound = told.sound && sound(demand);
  if (!s.server.empty()) {
    part.begin("Live over HTTP: three servers, one is killed");
    served_part(s, live);
    sentences.push_back(said_by_servers(live));
    live.runs.push_back(*live.served);
  }
  for (const live_run& r : live.runs) told.sound = told.sound && r.answered() == r.answers.size();

  const std::vector<figure> figures = draw(data, measured, told, s.assumed);
  std::vector<figure> drawn = draw_live(live);
  drawn.push_back({"demand", demand_figure(demand)});
  const std::vector<figure>& live_figures = drawn;
  if (!s.figures.empty()) {
    for (const std::vector<figure>* of : {&figures, &live_figures}) {
      for (const figure& f : *of) write_file(s.figures / (f.file + ".svg"), f.drawing.file(figure_style));
    }
  }
  write_file(s.page, compose(data, measured, told, sentences, figures, [&](page& p) {
               show_live(p, live, live_figures);
               show_demand(p, demand, live_figures.back().drawing);
             }));
  std::printf("\nPage with figures: %s\n", fs::absolute(s.page).lexically_normal().c_str());
  if (!told.sound) {
    std::fprintf(stderr,
                 "shoal_demo: a known optimum was missed, the solvers disagree, or an answer was lost\n");
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace demo

int main(int argc, char** argv) {
  try {
    return demo::tell(demo::read_options(argc, argv));
  } catch (const std::exception& e) {
    std::fprintf(stderr, "shoal_demo: %s\n", e.what());
    return 2;
  }
}
