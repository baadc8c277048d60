// SPDX-License-Identifier: BSL-1.0
/// @file `shoal aggregate`: one answer of several, for each item.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "crowd_files.hpp"
#include "crowd_methods.hpp"
#include "files.hpp"
#include "shoal/aggregate/bradley_terry.hpp"
#include "shoal/aggregate/interval.hpp"
#include "shoal/aggregate/max_weight.hpp"
#include "shoal/aggregate/medoid.hpp"
#include "shoal/aggregate/quorum.hpp"
#include "shoal/aggregate/rankings.hpp"
#include "shoal/aggregate/robust_means.hpp"
#include "shoal/aggregate/rover.hpp"
#include "shoal/aggregate/vote.hpp"
#include "shoal/aggregate/weighted_sum.hpp"
#include "verbs.hpp"

namespace shoal::tools {

namespace {

struct options {
  std::string method{};
  std::string answers{};
  std::string gold{};
  std::string weights{};
  double more_than = 0.5;
  std::size_t at_least = 2;
  bool json = false;
};

template <class Value>
using aggregation = std::function<aggregate::result<Value>(std::span<const answer<Value>>)>;

enum class weights_are { refused, welcome, needed };

using aggregate::ranking;

// A method for labels (texts), for numbers or for rankings.
struct method {
  const char* name = "";
  weights_are weights = weights_are::refused;
  std::variant<aggregation<std::string>, aggregation<double>, aggregation<ranking>> run{};
};

// Strengths from all pairs that the rankings of an item put in order, as a ranking. The confidence is the
// chance that the first wins against the second.
aggregate::result<ranking> by_strength(std::span<const answer<ranking>> answers) {
  auto out = aggregate::borda<>{}(answers);
  if (!out) return out;
  std::vector<std::string> names;
  for (const auto& level : *out.value) names.insert(names.end(), level.begin(), level.end());
  std::sort(names.begin(), names.end());
  const auto number = [&](const std::string& name) {
    return static_cast<std::uint32_t>(std::lower_bound(names.begin(), names.end(), name) - names.begin());
  };
  std::vector<aggregate::duel> duels;
  for (const auto* a : aggregate::take_in(answers).counted)
    for (std::size_t l = 0; l < a->value.size(); ++l)
      for (const auto& better : a->value[l]) {
        for (std::size_t m = l + 1; m < a->value.size(); ++m)
          for (const auto& worse : a->value[m]) duels.push_back({number(better), number(worse), 1});
        for (const auto& equal : a->value[l])
          if (equal != better) duels.push_back({number(better), number(equal), 0.5});
      }
  const auto found = aggregate::bradley_terry{}(duels, names.size());
  out.value = aggregate::detail::by_score(names, found.log_strength);
  out.tie = false;
  for (const auto& level : *out.value) out.tie = out.tie || level.size() > 1;
  out.confidence =
      out.value->size() < 2 ? 1 : found.chance(number((*out.value)[0][0]), number((*out.value)[1][0]));
  return out;
}

std::vector<method> methods(const options& given) {
  using namespace aggregate;
  using labels = aggregation<std::string>;
  using numbers = aggregation<double>;
  using rankings = aggregation<ranking>;
  return {
      {"majority", weights_are::welcome, labels(majority<product_weight>{given.more_than, {}})},
      {"weighted", weights_are::needed, labels(weighted_vote<>{})},
      {"max-weight", weights_are::needed, labels(max_weight<>{})},
      {"unanimous", weights_are::refused, labels(unanimous{})},
      {"quorum", weights_are::refused, labels(matching_quorum{given.at_least, tie_rule::smallest_value})},
      {"mean", weights_are::welcome, numbers(weighted_sum<>{})},
      {"trimmed-mean", weights_are::welcome, numbers(trimmed_mean<product_weight>{0.2, {}})},
      {"median", weights_are::welcome, numbers(median<product_weight>{})},
      {"huber", weights_are::welcome, numbers(huber_mean<product_weight>{1.345, {}})},
      {"median-of-means", weights_are::refused, numbers(median_of_means{})},
      {"medoid-chrf", weights_are::welcome, labels(medoid<chrf, product_weight>{})},
      {"medoid-bleu", weights_are::welcome, labels(medoid<bleu, product_weight>{})},
      {"rover", weights_are::welcome, labels(rover<product_weight>{})},
      {"borda", weights_are::welcome, rankings(borda<product_weight>{})},
      {"copeland", weights_are::welcome, rankings(copeland<product_weight>{})},
      {"schulze", weights_are::welcome, rankings(schulze<product_weight>{})},
      {"ranked-pairs", weights_are::welcome, rankings(ranked_pairs<product_weight>{})},
      {"rrf", weights_are::welcome, rankings(reciprocal_rank<product_weight>{60, {}})},
      {"bradley-terry", weights_are::refused, rankings(by_strength)},
  };
}

std::string spelled(const std::string& label) { return label; }
std::string spelled(const ranking& label) { return aggregate::spell_ranking(label); }

// One line of the answer, as the members of an object or as the fields of a record.
template <class Label>
json::ordered row_of(const std::string&, const std::string& item, const aggregate::result<Label>& found,
                     std::span<const answer<Label>>) {
  return {{"item", item},
          {"label", found ? json::ordered(spelled(*found.value)) : json::ordered(nullptr)},
          {"confidence", found.confidence},
          {"tie", found.tie}};
}

json::ordered row_of(const std::string& method, const std::string& item,
                     const aggregate::result<double>& found, std::span<const answer<double>> answers) {
  const auto between = method == "mean"
                           ? aggregate::mean_interval(answers)
                           : aggregate::trimmed_interval(answers, 0.2, aggregate::product_weight{});
  return {{"item", item},
          {"value", found ? json::ordered(*found.value) : json::ordered(nullptr)},
          {"low", between ? json::ordered(between->low) : json::ordered(nullptr)},
          {"high", between ? json::ordered(between->high) : json::ordered(nullptr)}};
}

std::string record_of(const json::ordered& row) {
  std::string out;
  for (const auto& cell : row) {
    out += out.empty() ? "" : ",";
    if (cell.is_string()) {
      out += csv_field(cell.get_ref<const std::string&>());
    } else if (cell.is_number_float()) {
      out += to_text(cell.get<double>());
    } else if (!cell.is_null()) {
      out += cell.dump();
    }
  }
  return out + '\n';
}

// How well a worker, or the whole, does: the share of right labels, or the root mean square error of numbers.
template <class Value>
class score {
 public:
  static constexpr const char* name =
      std::is_same_v<Value, double> ? "root_mean_square_error" : "reliability";

  void judge(const Value& said, const Value& truth) {
    ++judged_;
    if constexpr (std::is_same_v<Value, double>) {
      sum_ += (said - truth) * (said - truth);
    } else {
      sum_ += said == truth ? 1 : 0;
    }
  }
  std::size_t judged() const { return judged_; }
  json::ordered figure() const {
    if (judged_ == 0) return nullptr;
    const double mean = sum_ / static_cast<double>(judged_);
    return std::is_same_v<Value, double> ? std::sqrt(mean) : mean;
  }

 private:
  std::size_t judged_ = 0;
  double sum_ = 0;
};

template <class Value>
status answer_all(const options& given, const method& m, const aggregation<Value>& aggregate) {
  const question<Value> q = read_question<Value>(given.answers, given.weights, given.gold);
  std::vector<score<Value>> workers(q.crowd.workers.size());
  score<Value> against_gold;
  bool answered = false;
  json::ordered items = json::ordered::array();
  std::string records;
  for (std::size_t i = 0; i < q.answers.size(); ++i) {
    const std::span<const answer<Value>> answers(q.answers[i]);
    const aggregate::result<Value> found = aggregate(answers);
    answered = answered || found;
    const std::optional<Value>& truth = given.gold.empty() ? found.value : q.gold[i];
    for (std::size_t a = 0; truth && a < answers.size(); ++a) {
      if (!answers[a].abstains) workers[q.workers[i][a]].judge(answers[a].value, *truth);
    }
    if (!given.gold.empty() && truth && found) against_gold.judge(*found.value, *truth);
    json::ordered row = row_of(m.name, q.crowd.items[i], found, answers);
    if (!given.json) {
      records += record_of(row);
      continue;
    }
    if (!found) row["because"] = name_of(found.why);
    items.push_back(std::move(row));
  }
  if (given.json) {
    json::ordered out{{"method", m.name}, {"items", std::move(items)}, {"workers", json::ordered::array()}};
    for (std::size_t w = 0; w < workers.size(); ++w) {
      out["workers"].push_back({{"worker", q.crowd.workers[w]},
                                {"answers", workers[w].judged()},
                                {score<Value>::name, workers[w].figure()}});
    }
    if (!given.gold.empty()) {
      out["gold"] = {{"items", against_gold.judged()}, {score<Value>::name, against_gold.figure()}};
    }
    print_json(out);
  } else {
    constexpr bool numbers = std::is_same_v<Value, double>;
    print((numbers ? "item,value,low,high\n" : "item,label,confidence,tie\n") + records);
    if (!given.gold.empty()) {
      complain(message("gold: ", against_gold.judged(), " items, ", score<Value>::name, " ",
                       against_gold.figure().dump()));
    }
  }
  return answered ? status::answered : status::no_answer;
}

status run(const options& given) {
  for (const method& m : methods(given)) {
    if (m.name != given.method) continue;
    if (m.weights == weights_are::needed && given.weights.empty()) {
      throw refusal("shoal: aggregate " + given.method + " needs --weights");
    }
    if (m.weights == weights_are::refused && !given.weights.empty()) {
      throw refusal("shoal: aggregate " + given.method + " takes no --weights: each worker has one vote");
    }
    return std::visit([&](const auto& aggregate) { return answer_all(given, m, aggregate); }, m.run);
  }
  for (const std::string& name : crowd_methods()) {
    if (name != given.method) continue;
    if (!given.weights.empty()) {
      throw refusal("shoal: aggregate " + given.method + " takes no --weights: " +
                    (name == "plurality" ? "each worker has one vote" : "it learns them"));
    }
    return answer_crowd({given.method, given.answers, given.gold, given.json});
  }
  std::string known;
  for (const std::string& name : crowd_methods()) known += message(known.empty() ? "" : ", ", name);
  for (const method& m : methods(given)) known += message(", ", m.name);
  throw refusal("shoal: aggregate: " + quoted(given.method) + " is not one of " + known);
}

}  // namespace

verb aggregate_verb(CLI::App& command) {
  auto given = std::make_shared<options>();
  CLI::App* app = command.add_subcommand("aggregate", "Make one answer of several, for each item");
  app->add_option(
         "METHOD", given->method,
         "Labels: plurality, majority, weighted, max-weight, unanimous, quorum, wawa, zbs, one-coin, "
         "dawid-skene, ibcc, glad, auto, stack. Numbers: mean, trimmed-mean, median, huber, "
         "median-of-means, inverse-variance. Texts: medoid-chrf, medoid-bleu, rover. Rankings a>b=c: borda, "
         "copeland, schulze, ranked-pairs, rrf, bradley-terry")
      ->required();
  app->add_option("ANSWERS", given->answers, "CSV with the columns item, worker, label and, if any, time")
      ->required();
  app->add_option("--weights", given->weights,
                  "CSV with the columns worker and weight, or worker, accuracy and, if any, relevance")
      ->type_name("FILE");
  app->add_option(
         "--gold", given->gold,
         "CSV with the columns item and truth: scores workers and result by it; stack learns from it")
      ->type_name("FILE");
  app->add_option("--more-than", given->more_than, "majority: the share that must be exceeded, from 0.5 to 1")
      ->check(number_at_least_0())
      ->type_name("SHARE")
      ->capture_default_str();
  app->add_option("--at-least", given->at_least, "quorum: workers who must agree")
      ->check(whole_number(1))
      ->type_name("N")
      ->capture_default_str();
  app->add_flag("--json", given->json, "Print JSON instead of CSV");
  app->footer(
      "Examples:\n"
      "  shoal aggregate plurality answers.csv\n"
      "  shoal aggregate auto answers.csv\n"
      "  shoal aggregate weighted answers.csv --weights workers.csv --json");
  return {app, [given] { return run(*given); }};
}

}  // namespace shoal::tools
