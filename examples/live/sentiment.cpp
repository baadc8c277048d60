// SPDX-License-Identifier: BSL-1.0
/// @file Sentiment by live models: the mean of their scores, weighted by accuracy x relevance.
///
/// Three classifiers know one field each, a smaller one knows all three a little. Accuracy and relevance are
/// measured on calibration reviews; what is printed is measured on others.
#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include "data.hpp"
#include "shoal/shoal.hpp"
#include "tiny/runner.hpp"

namespace aggregate = shoal::aggregate;

namespace {

const std::array<std::string, 3> fields{"films", "food", "gadgets"};

struct expert {
  std::string name;
  tiny::scorer run;
  live::tally all{};                      // on calibration reviews
  std::array<live::tally, 3> by_field{};  // the same, for each field
};

std::size_t field_of(const std::string& name) {
  std::size_t f = 0;
  while (f + 1 < fields.size() && fields[f] != name) ++f;
  return f;
}

// Everybody's score of a review, with the figures that weigh it. Relevance is how much better than a coin the
// model is in the review's field.
std::vector<shoal::answer<double>> ask(std::vector<expert>& experts, const std::string& text,
                                       std::size_t field) {
  std::vector<shoal::answer<double>> out;
  for (expert& e : experts) {
    auto a = e.run(shoal::infer::request<double>{.input = text}, {});
    a.source = e.name;
    a.accuracy = e.all.share();
    a.relevance = std::max(0.0, 2 * e.by_field[field].share() - 1);
    out.push_back(a);
  }
  return out;
}

}  // namespace

int main(int count, char** argument) {
  const std::string folder = std::string(count > 1 ? argument[1] : "examples/data/models") + '/';
  std::vector<expert> experts;
  for (const char* name : {"films", "food", "gadgets", "all"}) {
    experts.push_back({name, tiny::scorer(tiny::load_model(folder + "sentiment-" + name + ".safetensors"))});
  }
  for (const auto& row : live::rows(folder + "sentiment.calibration.tsv", 1500)) {
    const std::size_t field = field_of(row[0]);
    for (expert& e : experts) {
      const bool praises = e.run(shoal::infer::request<double>{.input = row[2]}, {}).value > 0;
      e.all.count(praises == (row[1] == "positive"));
      e.by_field[field].count(praises == (row[1] == "positive"));
    }
  }

  const auto test = live::rows(folder + "sentiment.test.tsv", 1500);
  std::vector<live::tally> alone;
  for (const expert& e : experts) alone.push_back({"model " + e.name});
  live::tally voted{"plain voting"};
  live::tally weighted{"weighted average"};
  for (std::size_t k = 0; k < test.size(); ++k) {
    const bool praises = test[k][1] == "positive";
    const auto answers = ask(experts, test[k][2], field_of(test[k][0]));
    int votes = 0;
    for (std::size_t i = 0; i < answers.size(); ++i) {
      alone[i].count((answers[i].value > 0) == praises);
      votes += answers[i].value > 0 ? 1 : -1;
    }
    // Half of a tie is right, whichever way it is broken.
    voted.count(votes != 0 ? (votes > 0) == praises : k % 2 == 0);
    const auto mean = aggregate::combine(answers, aggregate::weighted_sum{});
    weighted.count(mean && (*mean.value > 0) == praises);
    if (k < 3) {
      std::printf("%s: %s\n", test[k][0].c_str(), test[k][2].c_str());
      const auto weighed = aggregate::weigh(std::span(answers), aggregate::product_weight{});
      for (const auto& a : weighed.answers) {
        std::printf("  %-8s says %5.2f with weight %.2f\n", a.from->source.c_str(), a.from->value,
                    a.relative / weighed.total);
      }
      std::printf("  R = %.2f: %s (it is %s)\n", *mean.value, *mean.value > 0 ? "positive" : "negative",
                  test[k][1].c_str());
    }
  }
  std::printf("\nRight on reviews that nobody has seen:\n");
  live::print(alone);
  live::print({voted, weighted});
  bool best = weighted.right > voted.right;
  for (const auto& a : alone) best = best && weighted.right > a.right;
  return best ? 0 : 1;
}
