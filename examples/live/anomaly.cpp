// SPDX-License-Identifier: BSL-1.0
/// @file Odd lines of a log, found by live models: the weighted average of their scores, and a threshold.
///
/// Language models that read normal lines score how unlikely a line is. How often each is right
/// with lines of a kind weighs it; that and the threshold come from calibration lines. What is printed is
/// measured on others.
#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "data.hpp"
#include "shoal/shoal.hpp"
#include "tiny/runner.hpp"

namespace aggregate = shoal::aggregate;

namespace {

// What wrote the line: "web" of "web: GET /index", "login" of "09h login: key".
std::string kind_of(const std::string& line) {
  const auto end = line.find(':');
  const auto space = line.rfind(' ', end);
  return space == std::string::npos ? line.substr(0, end) : line.substr(space + 1, end - space - 1);
}

}  // namespace

int main(int count, char** argument) {
  const std::string folder = std::string(count > 1 ? argument[1] : "examples/data/models") + '/';
  const std::vector<std::string> names{"all", "hosts", "login", "web"};
  std::vector<tiny::scorer> models;
  for (const auto& name : names)
    models.emplace_back(tiny::load_model(folder + "anomaly-" + name + ".safetensors"));
  std::map<std::string, std::vector<live::tally>> known;  // by kind of line
  const auto ask = [&](const std::string& line) {
    std::vector<shoal::answer<double>> out;
    for (std::size_t i = 0; i < models.size(); ++i) {
      out.push_back(models[i](shoal::infer::request<double>{.input = line}, {}));
      out.back().source = names[i];
    }
    return out;
  };
  const auto know = [&](std::vector<shoal::answer<double>>& answers, const std::string& line) {
    const auto& share = known[kind_of(line)];
    for (std::size_t i = 0; i < share.size(); ++i) answers[i].accuracy = share[i].share();
  };
  // Log-odds are the weights of sources that err independently.
  const aggregate::weighted_sum mean{aggregate::log_odds_weight{}};

  const auto calibration = live::rows(folder + "anomaly.calibration.tsv", 1500);
  std::vector<std::vector<shoal::answer<double>>> seen;
  for (const auto& row : calibration) {
    seen.push_back(ask(row[1]));
    auto& share = known[kind_of(row[1])];
    share.resize(models.size());
    for (std::size_t i = 0; i < models.size(); ++i)
      share[i].count((seen.back()[i].value >= 0.5) == (row[0] == "odd"));
  }
  for (std::size_t k = 0; k < seen.size(); ++k) know(seen[k], calibration[k][1]);
  double at = 0.5;
  std::size_t most = 0;
  for (int step = 5; step < 95; ++step) {
    std::size_t right = 0;
    for (std::size_t k = 0; k < seen.size(); ++k) {
      const auto alert = aggregate::combine(seen[k], aggregate::threshold{step / 100.0, mean});
      right += alert.value->raised == (calibration[k][0] == "odd") ? 1U : 0U;
    }
    if (right > most) {
      most = right;
      at = step / 100.0;
    }
  }

  const auto test = live::rows(folder + "anomaly.test.tsv", 1500);
  std::vector<live::tally> alone;
  for (const auto& name : names) alone.push_back({"model " + name});
  live::tally voted{"plain voting"};
  live::tally weighted{"weighted average with a threshold"};
  int shown = 0;
  for (std::size_t k = 0; k < test.size(); ++k) {
    const bool odd = test[k][0] == "odd";
    auto answers = ask(test[k][1]);
    know(answers, test[k][1]);
    int votes = 0;
    for (std::size_t i = 0; i < answers.size(); ++i) {
      alone[i].count((answers[i].value >= 0.5) == odd);
      votes += answers[i].value >= 0.5 ? 1 : -1;
    }
    // Half of a tie is right, whichever way it is broken.
    voted.count(votes != 0 ? (votes > 0) == odd : k % 2 == 0);
    const auto alert = aggregate::combine(answers, aggregate::threshold{at, mean});
    weighted.count(alert.value->raised == odd);
    if (shown < 3 && (shown != 1) == odd) {
      ++shown;
      std::printf("%s\n", test[k][1].c_str());
      for (const auto& a : answers)
        std::printf("  %-8s scores %.2f, accuracy %.2f\n", a.source.c_str(), a.value, a.accuracy);
      std::printf("  R = %.2f, threshold %.2f: %s (it is %s)\n", alert.value->score, at,
                  alert.value->raised ? "alert" : "quiet", test[k][0].c_str());
    }
  }
  std::printf("\nRight on lines that nobody has seen:\n");
  live::print(alone);
  live::print({voted, weighted});
  bool best = weighted.right > voted.right;
  for (const auto& a : alone) best = best && weighted.right > a.right;
  return best ? 0 : 1;
}
