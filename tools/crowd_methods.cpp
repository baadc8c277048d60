// SPDX-License-Identifier: BSL-1.0
#include "crowd_methods.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>
#include <optional>
#include <span>
#include <utility>

#include "crowd_files.hpp"
#include "files.hpp"
#include "shoal/aggregate/auto_labels.hpp"
#include "shoal/aggregate/dawid_skene.hpp"
#include "shoal/aggregate/glad.hpp"
#include "shoal/aggregate/ibcc.hpp"
#include "shoal/aggregate/inverse_variance.hpp"
#include "shoal/aggregate/label_vote.hpp"
#include "shoal/aggregate/stack.hpp"
#include "shoal/core/csv.hpp"

namespace shoal::tools {

namespace {

using aggregate::label_estimate;
using aggregate::label_matrix;
using aggregate::no_label;

using gold_labels = std::vector<std::uint32_t>;

struct label_run {
  const char* name = "";
  std::function<label_estimate(const label_matrix&, const gold_labels&)> answer{};
};

const std::vector<label_run>& label_runs() {
  static const std::vector<label_run> out{
      {"plurality", {}},  // counted item by item: there may be as many labels as answers
      {"wawa", [](const auto& m, const auto&) { return aggregate::wawa{}(m); }},
      {"zbs", [](const auto& m, const auto&) { return aggregate::zero_based_skill{}(m); }},
      {"one-coin", [](const auto& m, const auto&) { return aggregate::one_coin{}(m); }},
      {"dawid-skene", [](const auto& m, const auto&) { return aggregate::dawid_skene{}(m); }},
      {"ibcc", [](const auto& m, const auto&) { return aggregate::ibcc{}(m); }},
      {"glad", [](const auto& m, const auto&) { return aggregate::glad{}(m); }},
      {"auto", [](const auto& m, const auto&) { return aggregate::auto_labels{}(m); }},
      {"stack", [](const auto& m, const auto& gold) { return aggregate::stack{}(m, gold); }},
  };
  return out;
}

// Numbers of the names by growing text, so that nothing depends on the order of the file.
std::vector<std::uint32_t> by_text(const name_index& names, std::vector<std::uint32_t>& order) {
  order.resize(names.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(),
            [&](std::uint32_t a, std::uint32_t b) { return names[a] < names[b]; });
  std::vector<std::uint32_t> place(names.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) place[order[i]] = i;
  return place;
}

// Labels as a matrix. Classes stand by growing text; the label that abstains is none of them.
struct labelled {
  label_matrix matrix{};
  std::vector<std::string> classes{};
  std::vector<std::uint32_t> worker_place{};  // of each worker of the file: its number in the matrix
  gold_labels gold{};
  std::size_t known = 0;  // items with gold
};

labelled as_matrix(const crowd& read, const std::vector<std::optional<std::string>>& truths) {
  labelled out;
  std::vector<std::uint32_t> order;
  out.worker_place = by_text(read.workers, order);
  by_text(read.labels, order);
  std::vector<std::uint32_t> class_of(read.labels.size(), no_label);
  for (const std::uint32_t l : order) {
    if (read.labels[l].empty()) continue;
    class_of[l] = static_cast<std::uint32_t>(out.classes.size());
    out.classes.push_back(read.labels[l]);
  }
  std::vector<crowd_label> given = read.given;
  for (auto& g : given) {
    g.worker = out.worker_place[g.worker];
    g.label = class_of[g.label];
  }
  out.gold.assign(read.items.size(), no_label);
  for (std::size_t i = 0; i < truths.size(); ++i) {
    if (!truths[i]) continue;
    ++out.known;
    // A truth that nobody ever said teaches nothing of who says what.
    const auto at = std::lower_bound(out.classes.begin(), out.classes.end(), *truths[i]);
    if (at != out.classes.end() && *at == *truths[i])
      out.gold[i] = static_cast<std::uint32_t>(at - out.classes.begin());
  }
  out.matrix =
      aggregate::make_label_matrix(given, read.items.size(), read.workers.size(), out.classes.size());
  return out;
}

// Plurality of one item.
class vote_counter {
 public:
  explicit vote_counter(std::size_t classes) : counts_(classes, 0) {}

  aggregate::label_choice operator()(const label_matrix& m, std::size_t item) {
    aggregate::label_choice out;
    out.label = m.label[m.begin[item]];
    std::size_t most = 0;
    for (std::size_t v = m.begin[item]; v < m.begin[item + 1]; ++v)
      most = std::max(most, ++counts_[m.label[v]]);
    out.tied = 0;
    for (std::size_t v = m.begin[item]; v < m.begin[item + 1]; ++v) {
      const std::uint32_t label = m.label[v];
      if (counts_[label] == most) {
        if (out.tied++ == 0 || label < out.label) out.label = label;
      }
      counts_[label] = 0;
    }
    out.confidence = static_cast<double>(most) / static_cast<double>(m.begin[item + 1] - m.begin[item]);
    return out;
  }

 private:
  std::vector<std::size_t> counts_;
};

std::string label_line(const std::string& item, const std::string& label, double confidence, bool tie) {
  return csv_field(item) + ',' + csv_field(label) + ',' + to_text(confidence) +
         (tie ? ",true\n" : ",false\n");
}

status answer_labels(const crowd_request& asked, const label_run& run) {
  const bool learns = asked.method == "stack";
  if (learns && asked.gold.empty()) throw refusal("shoal: aggregate stack needs --gold");
  const crowd_and_gold read = read_crowd_and_gold(asked.answers, asked.gold);
  const labelled l = as_matrix(read.answers, read.gold);
  const label_matrix& m = l.matrix;
  label_estimate found;
  try {
    if (run.answer) found = run.answer(m, l.gold);
  } catch (const invalid_argument& e) {
    throw refusal(name_of_file(learns ? asked.gold : asked.answers) + ": " + e.what());
  }
  json::ordered items = json::ordered::array();
  std::string records = "item,label,confidence,tie\n";
  std::vector<std::uint32_t> said(m.items, no_label);
  double right = 0;
  bool answered = false;
  vote_counter votes(m.classes);
  for (std::size_t i = 0; i < m.items; ++i) {
    const bool any = m.begin[i] < m.begin[i + 1];
    aggregate::label_choice best;
    if (any) {
      best = run.answer ? aggregate::choose(found.row(i), m.classes) : votes(m, i);
      said[i] = best.label;
      answered = true;
    }
    const std::string label = any ? l.classes[best.label] : "";
    if (!read.gold.empty() && read.gold[i] && *read.gold[i] == label && any) ++right;
    if (!asked.json) {
      records += label_line(read.answers.items[i], label, best.confidence, any && best.tied > 1);
      if (records.size() > (1U << 20U)) {
        print(records);
        records.clear();
      }
      continue;
    }
    json::ordered row{{"item", read.answers.items[i]},
                      {"label", any ? json::ordered(label) : json::ordered(nullptr)},
                      {"confidence", best.confidence},
                      {"tie", any && best.tied > 1}};
    if (!any) row["because"] = "no answers";
    items.push_back(std::move(row));
  }
  const json::ordered accuracy =
      l.known > 0 ? json::ordered(right / static_cast<double>(l.known)) : json::ordered(nullptr);
  if (!asked.json) {
    print(records);
    if (!asked.gold.empty() && !learns)
      complain(message("gold: ", l.known, " items, reliability ", accuracy.dump()));
    return answered ? status::answered : status::no_answer;
  }
  // How often each worker was right: by gold, by the plurality's result, or as the method has learnt.
  std::vector<std::size_t> judged(m.workers, 0);
  std::vector<double> agreed(m.workers, 0.0);
  const bool by_gold = !asked.gold.empty() && !learns;
  for (std::size_t i = 0; i < m.items; ++i) {
    if (by_gold && !read.gold[i]) continue;
    for (std::size_t v = m.begin[i]; v < m.begin[i + 1]; ++v) {
      ++judged[m.worker[v]];
      agreed[m.worker[v]] += m.label[v] == (by_gold ? l.gold[i] : said[i]) ? 1 : 0;
    }
  }
  json::ordered out{{"method", run.name}, {"items", std::move(items)}, {"workers", json::ordered::array()}};
  for (std::size_t f = 0; f < m.workers; ++f) {
    const std::size_t w = l.worker_place[f];
    const bool counted = by_gold || !run.answer;
    json::ordered reliability = nullptr;
    if (judged[w] > 0)
      reliability = counted ? agreed[w] / static_cast<double>(judged[w]) : found.reliability[w];
    out["workers"].push_back(
        {{"worker", read.answers.workers[f]}, {"answers", judged[w]}, {"reliability", reliability}});
  }
  if (by_gold) out["gold"] = {{"items", l.known}, {"reliability", accuracy}};
  print_json(out);
  return answered ? status::answered : status::no_answer;
}

status answer_numbers(const crowd_request& asked) {
  const question<double> q = read_question<double>(asked.answers, "", asked.gold);
  std::vector<aggregate::crowd_number> given;
  for (std::size_t i = 0; i < q.answers.size(); ++i) {
    const auto in = aggregate::take_in(std::span<const answer<double>>(q.answers[i]));
    for (const auto* a : in.counted) {
      const auto at = static_cast<std::size_t>(a - q.answers[i].data());
      given.push_back(
          {static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(q.workers[i][at]), a->value});
    }
  }
  const auto found = aggregate::inverse_variance{}(given, q.answers.size(), q.crowd.workers.size());
  json::ordered items = json::ordered::array();
  std::string records = "item,value,low,high\n";
  double squares = 0;
  std::size_t known = 0;
  bool answered = false;
  for (std::size_t i = 0; i < q.answers.size(); ++i) {
    const bool any = !std::isnan(found.value[i]);
    answered = answered || any;
    if (any && !q.gold.empty() && q.gold[i]) {
      ++known;
      squares += (found.value[i] - *q.gold[i]) * (found.value[i] - *q.gold[i]);
    }
    const auto& between = found.between[i];
    if (asked.json) {
      const auto number = [&](double x) { return any ? json::ordered(x) : json::ordered(nullptr); };
      items.push_back({{"item", q.crowd.items[i]},
                       {"value", number(found.value[i])},
                       {"low", number(between.low)},
                       {"high", number(between.high)}});
    } else {
      records += csv_field(q.crowd.items[i]) + ',';
      records +=
          any ? to_text(found.value[i]) + ',' + to_text(between.low) + ',' + to_text(between.high) : ",,";
      records += '\n';
    }
  }
  const json::ordered error =
      known > 0 ? json::ordered(std::sqrt(squares / static_cast<double>(known))) : json::ordered(nullptr);
  if (!asked.json) {
    print(records);
    if (!asked.gold.empty())
      complain(message("gold: ", known, " items, root_mean_square_error ", error.dump()));
    return answered ? status::answered : status::no_answer;
  }
  json::ordered out{
      {"method", "inverse-variance"}, {"items", std::move(items)}, {"workers", json::ordered::array()}};
  for (std::size_t w = 0; w < found.deviation.size(); ++w)
    out["workers"].push_back({{"worker", q.crowd.workers[w]}, {"deviation", found.deviation[w]}});
  if (!asked.gold.empty()) out["gold"] = {{"items", known}, {"root_mean_square_error", error}};
  print_json(out);
  return answered ? status::answered : status::no_answer;
}

}  // namespace

const std::vector<std::string>& crowd_methods() {
  static const std::vector<std::string> out = [] {
    std::vector<std::string> names;
    for (const auto& run : label_runs()) names.emplace_back(run.name);
    names.emplace_back("inverse-variance");
    return names;
  }();
  return out;
}

status answer_crowd(const crowd_request& asked) {
  for (const auto& run : label_runs())
    if (run.name == asked.method) return answer_labels(asked, run);
  return answer_numbers(asked);
}

}  // namespace shoal::tools
