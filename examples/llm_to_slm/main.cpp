// SPDX-License-Identifier: BSL-1.0
/// @file A large and a small translator together: LLM-to-SLM, speculative decoding, cascades, beside each
/// alone.
///
///     llm_to_slm [FOLDER] [--sentences N] [--plot FILE.svg] [--check FILE]
///
/// Everything in the table is measured here and now, on held-out sentences. Time is processor time of one
/// core at batch 1, the reading of the prompt included. `--check` holds BLEU to the figures of a file, within
/// 0.2.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "contenders.hpp"
#include "plot.hpp"

namespace {

using namespace llm_to_slm;

void print(const result& r, const result& large) {
  const interval sure = bootstrap(r);
  std::printf("%-28s %6.2f  [%5.2f, %5.2f] %9.3f %7.1f x %10.3f %9.0f %%\n", r.name.c_str(), r.bleu(),
              sure.low, sure.high, 1e3 * r.seconds, large.seconds / r.seconds, 1e3 * r.joules,
              100 * r.large_share());
}

std::vector<hybrid::cascade_sample> samples(const result& small, const result& large) {
  const shoal::aggregate::bleu score;
  std::vector<hybrid::cascade_sample> out;
  for (std::size_t k = 0; k < small.answers.size(); ++k) {
    out.push_back({small.answers[k].confidence, score.score(small.counts[k]).score,
                   score.score(large.counts[k]).score});
  }
  return out;
}

// The threshold that reaches the large model's quality less 1 % on calibration sentences, and the router's
// figures.
double threshold_for(const char* name, const result& small, const result& large) {
  const auto curve = hybrid::cascade_curve(samples(small, large));
  const auto point = hybrid::cheapest_for(curve, 0.99 * curve.back().quality);
  std::printf(
      "  %-26s CPT(50) %4.1f %%   CPT(80) %4.1f %%   APGR %.3f   threshold %.3f for %4.1f %% of calls\n",
      name, 100 * hybrid::call_threshold(curve, 0.5), 100 * hybrid::call_threshold(curve, 0.8),
      hybrid::average_gap_recovered(curve), point->threshold, 100 * point->calls);
  return point->threshold;
}

bool check(const std::string& file, const std::vector<result>& ways) {
  std::map<std::string, double> documented;
  for (const auto& row : live::rows(file, 100)) documented[row.at(0)] = std::atof(row.at(1).c_str());
  bool good = true;
  for (const result& w : ways) {
    const auto found = documented.find(w.name);
    if (found == documented.end() || std::abs(found->second - w.bleu()) <= 0.2) continue;
    std::printf("%s: BLEU %.2f is not the documented %.2f\n", w.name.c_str(), w.bleu(), found->second);
    good = false;
  }
  return good;
}

}  // namespace

int main(int count, char** argument) {
  std::string folder = "examples/data/models";
  std::string plot_to;
  std::string check_by;
  std::size_t sentences = 2000;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = argument[i];
    const bool last = i + 1 == count;
    if (word == "--sentences" && !last) {
      sentences = static_cast<std::size_t>(std::atol(argument[++i]));
    } else if (word == "--plot" && !last) {
      plot_to = argument[++i];
    } else if (word == "--check" && !last) {
      check_by = argument[++i];
    } else {
      folder = word;
    }
  }
  const auto load = [&](const std::string& name) {
    return tiny::load_model(folder + "/translate-" + name + ".safetensors");
  };
  const model large = load("large");
  const model small_4k = load("small-4k");
  const model small_8k = load("small-8k");
  const model hybrid_4k = load("hybrid-4k");
  const model hybrid_8k = load("hybrid-8k");
  const model small_24k = load("small-24k");
  const model hybrid_24k = load("hybrid-24k");
  const model replacing_4k = load("hybrid-replacing-4k");
  const model cross_4k = load("hybrid-cross-4k");
  const model control = load("small");
  const auto test = pairs(folder + "/translate.test.tsv", sentences);
  const auto calibration = pairs(folder + "/translate.calibration.tsv", 1000);
  if (test.empty()) return std::puts("there are no sentences"), 2;

  // Router first: its thresholds come from other sentences.
  std::printf("Cascades on %zu calibration sentences:\n", calibration.size());
  const result calibrated = run("large", alone(large), calibration);
  const double sure_hybrid =
      threshold_for("hybrid 8k, then large", run("", joined(large, hybrid_8k), calibration), calibrated);
  const double sure_small =
      threshold_for("small 24k, then large", run("", alone(small_24k), calibration), calibrated);

  hybrid::draft_record drafts;
  std::vector<result> ways;
  ways.push_back(run("large", alone(large), test));
  ways.push_back(run("small 4k", alone(small_4k), test));
  ways.push_back(run("hybrid 4k", joined(large, hybrid_4k), test));
  ways.push_back(run("small 8k", alone(small_8k), test));
  ways.push_back(run("hybrid 8k", joined(large, hybrid_8k), test));
  ways.push_back(run("small 24k", alone(small_24k), test));
  ways.push_back(run("hybrid 24k", joined(large, hybrid_24k), test));
  ways.push_back(run("control: small 160k", alone(control), test));
  ways.push_back(run("speculative", speculative(large, hybrid_24k, drafts), test));
  ways.push_back(
      run("cascade hybrid 8k, large", cascade(joined(large, hybrid_8k), alone(large), sure_hybrid), test));
  ways.push_back(run("cascade small 24k, large", cascade(alone(small_24k), alone(large), sure_small), test));
  ways.push_back(run("hybrid 4k, replacing", joined(large, replacing_4k), test));
  ways.push_back(run("hybrid 4k, cross-attended", joined(large, cross_4k), test));
  const result& best = ways[0];
  for (said& s : ways[0].answers) s.large = true;

  std::printf("\n%zu held-out sentences, %s:\n", test.size(),
              live::package_joules() ? "energy read from the processor (RAPL)"
                                     : "energy by operations counted, 1e-10 J each (no RAPL here)");
  std::printf("%-28s %6s  %14s %9s %9s %10s %11s\n", "", "BLEU", "95 %", "ms", "speed", "mJ", "asks large");
  for (const result& w : ways) print(w, best);

  std::size_t same = 0;
  for (std::size_t k = 0; k < test.size(); ++k)
    same += ways[8].answers[k].text == best.answers[k].text ? 1U : 0U;
  const interval low_data = bootstrap(ways[2], &ways[1]);
  const interval more_data = bootstrap(ways[4], &ways[3]);
  const interval most_data = bootstrap(ways[6], &ways[5]);
  std::printf("\nhybrid less small, 4k pairs   %+.2f BLEU, 95 %% [%.2f, %.2f]\n",
              ways[2].bleu() - ways[1].bleu(), low_data.low, low_data.high);
  std::printf("hybrid less small, 8k pairs   %+.2f BLEU, 95 %% [%.2f, %.2f]\n",
              ways[4].bleu() - ways[3].bleu(), more_data.low, more_data.high);
  std::printf("hybrid less small, 24k pairs  %+.2f BLEU, 95 %% [%.2f, %.2f]\n",
              ways[6].bleu() - ways[5].bleu(), most_data.low, most_data.high);
  const interval in_place = bootstrap(ways[2], &ways[11]);
  std::printf("adding less replacing, 4k     %+.2f BLEU, 95 %% [%.2f, %.2f]\n", ways[2].bleu() - ways[11].bleu(),
              in_place.low, in_place.high);
  std::printf("hybrid 24k beside large       %.2f %% of its BLEU lost, %.1f x its speed\n",
              100 * (1 - ways[6].bleu() / best.bleu()), best.seconds / ways[6].seconds);
  std::printf(
      "speculative                   the same text %zu of %zu times, %.0f %% of drafts accepted, %.1f tokens "
      "a check\n",
      same, test.size(), 100 * drafts.acceptance(),
      static_cast<double>(drafts.accepted + drafts.checks) / static_cast<double>(drafts.checks));
  if (!plot_to.empty()) {
    std::ofstream(plot_to) << plot(ways);
    std::printf("plot                          %s\n", plot_to.c_str());
  }
  bool good = same == test.size() && low_data.low > 0 && more_data.low > 0 && most_data.low > 0;
  if (!check_by.empty()) good = check(check_by, ways) && good;
  return good ? 0 : 1;
}
