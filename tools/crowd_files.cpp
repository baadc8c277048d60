// SPDX-License-Identifier: BSL-1.0
#include "crowd_files.hpp"

#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>

#include "files.hpp"
#include "shoal/aggregate/ranking.hpp"
#include "shoal/core/csv.hpp"
#include "shoal/core/message.hpp"

namespace shoal::tools {

namespace {

// What a worker is worth, as the two figures of a source in an answer record.
struct worth {
  double accuracy = 1;
  double relevance = 1;
};

double share(const csv_table& rows, std::size_t column, const char* what) {
  const double value = rows.number(column);
  if (!(value >= 0 && value <= 1)) {
    throw csv_error(rows.line(), message(what, " ", value, " is not in [0, 1]"));
  }
  return value;
}

std::unordered_map<std::string, worth> read_weights(std::string_view csv) {
  enum column : std::size_t { worker, weight, accuracy, relevance };
  csv_table rows(csv, {"worker"}, {"weight", "accuracy", "relevance"});
  if (rows.has(weight) == rows.has(accuracy)) {
    throw csv_error(rows.line(), "the header needs either weight, or accuracy and, if any, relevance");
  }
  std::unordered_map<std::string, worth> out;
  while (rows.next()) {
    worth one;
    one.accuracy = rows.has(weight) ? rows.number(weight) : share(rows, accuracy, "accuracy");
    if (rows.has(accuracy) && rows.has(relevance)) one.relevance = share(rows, relevance, "relevance");
    if (one.accuracy < 0) throw csv_error(rows.line(), message("weight ", one.accuracy, " is not >= 0"));
    if (!out.emplace(rows.text(worker), one).second) {
      throw csv_error(rows.line(), message("worker ", quoted(rows[worker]), " is there twice"));
    }
  }
  return out;
}

// The ranking that a text on `line` spells.
aggregate::ranking ranking_of(std::string_view text, std::size_t line) {
  try {
    return aggregate::read_ranking(text);
  } catch (const invalid_argument& e) {
    throw csv_error(line, e.what());
  }
}

template <class Value>
std::unordered_map<std::string, Value> read_gold(std::string_view csv) {
  enum column : std::size_t { item, truth };
  csv_table rows(csv, {"item", "truth"});
  std::unordered_map<std::string, Value> out;
  while (rows.next()) {
    Value value{};
    if constexpr (std::is_same_v<Value, double>) {
      value = rows.number(truth);
    } else if constexpr (std::is_same_v<Value, aggregate::ranking>) {
      value = ranking_of(rows.text(truth), rows.line());
    } else {
      value = rows.text(truth);
    }
    if (!out.emplace(rows.text(item), std::move(value)).second) {
      throw csv_error(rows.line(), message("item ", quoted(rows[item]), " is there twice"));
    }
  }
  return out;
}

// The value that each label stands for.
template <class Value>
std::vector<Value> values_of(const name_index& labels) {
  if constexpr (std::is_same_v<Value, double>) {
    return numbers_of(labels);
  } else if constexpr (std::is_same_v<Value, aggregate::ranking>) {
    std::vector<aggregate::ranking> out;
    for (std::size_t l = 0; l < labels.size(); ++l)
      out.push_back(labels[l].empty() ? aggregate::ranking() : ranking_of(labels[l], labels.line(l)));
    return out;
  } else {
    std::vector<std::string> out;
    for (std::size_t l = 0; l < labels.size(); ++l) out.push_back(labels[l]);
    return out;
  }
}

// What each worker of `from` is worth.
std::vector<worth> worths(const name_index& workers, const std::string& from, const std::string& weights) {
  std::vector<worth> out(workers.size());
  if (weights.empty()) return out;
  const auto known = read_with(weights, csv_bytes, read_weights);
  for (std::size_t w = 0; w < workers.size(); ++w) {
    const auto at = known.find(workers[w]);
    if (at == known.end()) {
      throw refusal(message(name_of_file(from), ": line ", workers.line(w), ": worker ", quoted(workers[w]),
                            " is not in ", name_of_file(weights)));
    }
    out[w] = at->second;
  }
  return out;
}

}  // namespace

crowd_and_gold read_crowd_and_gold(const std::string& answers, const std::string& gold) {
  crowd_and_gold out;
  out.answers = read_with(answers, csv_bytes, [](std::string_view csv) { return read_crowd(csv); });
  if (gold.empty()) return out;
  const auto truths = read_with(gold, csv_bytes, read_gold<std::string>);
  out.gold.resize(out.answers.items.size());
  for (std::size_t i = 0; i < out.gold.size(); ++i) {
    const auto at = truths.find(out.answers.items[i]);
    if (at != truths.end()) out.gold[i] = at->second;
  }
  return out;
}

template <class Value>
question<Value> read_question(const std::string& answers, const std::string& weights,
                              const std::string& gold) {
  question<Value> out;
  std::vector<Value> values;
  out.crowd = read_with(answers, csv_bytes, [&](std::string_view csv) {
    crowd read = read_crowd(csv);
    values = values_of<Value>(read.labels);
    return read;
  });
  const name_index& items = out.crowd.items;
  const name_index& workers = out.crowd.workers;
  const std::vector<worth> known = worths(workers, answers, weights);
  out.answers.resize(items.size());
  out.workers.resize(items.size());
  for (const crowd_label& given : out.crowd.given) {
    answer<Value> one;
    one.value = values[given.label];
    one.source = workers[given.worker];
    one.accuracy = known[given.worker].accuracy;
    one.relevance = known[given.worker].relevance;
    one.at_s = given.at_s;
    one.abstains = out.crowd.labels[given.label].empty();
    out.answers[given.item].push_back(std::move(one));
    out.workers[given.item].push_back(given.worker);
  }
  out.gold.resize(items.size());
  if (!gold.empty()) {
    const auto truths = read_with(gold, csv_bytes, read_gold<Value>);
    for (std::size_t i = 0; i < items.size(); ++i) {
      const auto at = truths.find(items[i]);
      if (at != truths.end()) out.gold[i] = at->second;
    }
  }
  return out;
}

template question<std::string> read_question(const std::string&, const std::string&, const std::string&);
template question<aggregate::ranking> read_question(const std::string&, const std::string&,
                                                    const std::string&);
template question<double> read_question(const std::string&, const std::string&, const std::string&);

}  // namespace shoal::tools
