// SPDX-License-Identifier: BSL-1.0
/// @file `shoal aggregate`: one answer of several, for each item.
#include <cmath>
#include <cstddef>
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
#include "files.hpp"
#include "shoal/aggregate/interval.hpp"
#include "shoal/aggregate/max_weight.hpp"
#include "shoal/aggregate/quorum.hpp"
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

// A method for labels (texts) or for numbers.
struct method {
  const char* name = "";
  weights_are weights = weights_are::refused;
  std::variant<aggregation<std::string>, aggregation<double>> run{};
};

std::vector<method> methods(const options& given) {
  using namespace aggregate;
  using labels = aggregation<std::string>;
  using numbers = aggregation<double>;
  return {
      {"plurality", weights_are::refused, labels(plurality{})},
      {"majority", weights_are::welcome, labels(majority<product_weight>{given.more_than, {}})},
      {"weighted", weights_are::needed, labels(weighted_vote<>{})},
      {"max-weight", weights_are::needed, labels(max_weight<>{})},
      {"unanimous", weights_are::refused, labels(unanimous{})},
      {"quorum", weights_are::refused, labels(matching_quorum{given.at_least, tie_rule::smallest_value})},
      {"mean", weights_are::welcome, numbers(weighted_sum<>{})},
  };
}

// One line of the answer, as the members of an object or as the fields of a record.
json::ordered row_of(const std::string& item, const aggregate::result<std::string>& found,
                     std::span<const answer<std::string>>) {
  return {{"item", item},
          {"label", found ? json::ordered(*found.value) : json::ordered(nullptr)},
          {"confidence", found.confidence},
          {"tie", found.tie}};
}

json::ordered row_of(const std::string& item, const aggregate::result<double>& found,
                     std::span<const answer<double>> answers) {
  const auto between = aggregate::mean_interval(answers);
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
    json::ordered row = row_of(q.crowd.items[i], found, answers);
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
  std::string known;
  for (const method& m : methods(given)) known += message(known.empty() ? "" : ", ", m.name);
  throw refusal("shoal: aggregate: " + quoted(given.method) + " is not one of " + known);
}

}  // namespace

verb aggregate_verb(CLI::App& command) {
  auto given = std::make_shared<options>();
  CLI::App* app = command.add_subcommand("aggregate", "Make one answer of several, for each item");
  app->add_option("METHOD", given->method,
                  "Labels: plurality, majority, weighted, max-weight, unanimous, quorum. Numbers: mean")
      ->required();
  app->add_option("ANSWERS", given->answers, "CSV with the columns item, worker, label and, if any, time")
      ->required();
  app->add_option("--weights", given->weights,
                  "CSV with the columns worker and weight, or worker, accuracy and, if any, relevance")
      ->type_name("FILE");
  app->add_option("--gold", given->gold,
                  "CSV with the columns item and truth: scores workers and result by it")
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
      "  shoal aggregate weighted answers.csv --weights workers.csv --json");
  return {app, [given] { return run(*given); }};
}

}  // namespace shoal::tools
