// SPDX-License-Identifier: BSL-1.0
/// @file Translation by live models: the sentence of the model with the most weight, where nobody was told
/// how good the models are.
///
/// Quality is estimated by consensus. A model's accuracy is how much its sentences resemble the others'
/// (chrF), over all sentences; an answer's relevance is how much this one does, by those accuracies. No right
/// answer is looked at before the score is counted.
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "data.hpp"
#include "shoal/aggregate/medoid.hpp"
#include "shoal/shoal.hpp"
#include "tiny/runner.hpp"

namespace aggregate = shoal::aggregate;

namespace {

// How much each sentence resembles those of the others, [0, 1].
std::vector<double> resemblance(const std::vector<shoal::answer<>>& answers, const std::vector<double>& say) {
  std::vector<double> out;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    std::vector<std::string_view> texts{answers[i].value};
    std::vector<double> weights{0};
    for (std::size_t j = 0; j < answers.size(); ++j) {
      if (j == i) continue;
      texts.push_back(answers[j].value);
      weights.push_back(say[j]);
    }
    out.push_back(aggregate::expected_similarity(texts, weights, aggregate::chrf{})[0] / 100);
  }
  return out;
}

}  // namespace

int main(int count, char** argument) {
  const std::string folder = std::string(count > 1 ? argument[1] : "examples/data/models") + '/';
  const std::size_t sentences = count > 2 ? static_cast<std::size_t>(std::atol(argument[2])) : 2000;
  const std::vector<std::string> names{"tiny", "small-4k", "small-8k", "lm", "control"};
  std::vector<tiny::runner> models;
  for (const auto& name : names)
    models.emplace_back(tiny::load_model(folder + "translate-" + name + ".safetensors"));

  const auto test = live::rows(folder + "translate.test.tsv", sentences);
  std::vector<std::vector<shoal::answer<>>> answers;
  std::vector<double> accuracy(names.size(), 0.0);
  const std::vector<double> same(names.size(), 1.0);
  for (const auto& row : test) {
    auto& given = answers.emplace_back();
    for (std::size_t i = 0; i < models.size(); ++i) {
      given.push_back(models[i](shoal::infer::request<>{.input = row[0]}, {}));
      given.back().source = names[i];
    }
    const auto alike = resemblance(given, same);
    for (std::size_t i = 0; i < models.size(); ++i)
      accuracy[i] += alike[i] / static_cast<double>(test.size());
  }

  std::vector<live::tally> alone;
  for (const auto& name : names) alone.push_back({"model " + name});
  live::tally voted{"plain voting"};
  live::tally taken{"max weight, quality by consensus"};
  for (std::size_t k = 0; k < test.size(); ++k) {
    auto& given = answers[k];
    const auto alike = resemblance(given, accuracy);
    for (std::size_t i = 0; i < given.size(); ++i) {
      given[i].accuracy = accuracy[i];
      given[i].relevance = alike[i];
      alone[i].count(given[i].value == test[k][1]);
    }
    const auto vote = aggregate::combine(given, aggregate::plurality{});
    voted.count(vote && *vote.value == test[k][1]);
    const auto best = aggregate::combine(given, aggregate::max_weight{});
    taken.count(best && *best.value == test[k][1]);
    if (k < 3) {
      std::printf("%s\n", test[k][0].c_str());
      const auto weighed = aggregate::weigh(std::span(std::as_const(given)), aggregate::product_weight{});
      for (const auto& a : weighed.answers) {
        std::printf("  %-9s weight %.2f  %s\n", a.from->source.c_str(), a.relative / weighed.total,
                    a.from->value.c_str());
      }
      std::printf("  taken: %s\n  right: %s\n", best.value->c_str(), test[k][1].c_str());
    }
  }
  std::printf("\nEstimated accuracy, without any right answer:\n");
  for (std::size_t i = 0; i < names.size(); ++i)
    std::printf("  %-34s %5.1f %%\n", names[i].c_str(), 100 * accuracy[i]);
  std::printf("\nExactly right on sentences that nobody has seen:\n");
  live::print(alone);
  live::print({voted, taken});
  return taken.right > voted.right ? 0 : 1;
}
