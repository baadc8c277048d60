// SPDX-License-Identifier: BSL-1.0
// Every number is sacreBLEU's own; see tests/data/text/README.md.
#include <cmath>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "shoal/aggregate/bleu.hpp"
#include "shoal/aggregate/chrf.hpp"
#include "shoal/aggregate/medoid.hpp"
#include "shoal/aggregate/ter.hpp"
#include "shoal/core/csv.hpp"

using namespace shoal;
using namespace shoal::aggregate;

namespace {

std::string content(const std::string& name) {
  std::ifstream in(std::string(SHOAL_TEST_DATA) + "/text/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

struct pair {
  std::string name{};
  std::string text{};
  std::vector<std::string> references{};
};

std::vector<pair> pairs() {
  const std::string csv = content("pairs.csv");
  csv_table rows(csv, {"pair", "text", "reference", "reference2", "reference3"});
  std::vector<pair> out;
  while (rows.next()) {
    out.push_back({std::string(rows[0]), std::string(rows[1]), {}});
    for (std::size_t r = 2; r < 5; ++r)
      if (!rows[r].empty()) out.back().references.emplace_back(rows[r]);
  }
  return out;
}

using parts = std::map<std::string, double>;

parts of(const bleu_score& s) {
  parts out{{"score", s.score},
            {"bp", s.brevity_penalty},
            {"sys_len", static_cast<double>(s.counts.length)},
            {"ref_len", static_cast<double>(s.counts.reference_length)}};
  for (std::size_t n = 0; n < 4; ++n) {
    const auto order = std::to_string(n + 1);
    out["precisions" + order] = s.precisions[n];
    out["counts" + order] = s.counts.matches[n];
    out["totals" + order] = s.counts.ngrams[n];
  }
  return out;
}

parts of(const ter& how, const ter_counts& c) {
  return {
      {"score", how.score(c)}, {"edits", static_cast<double>(c.edits)}, {"ref_length", c.reference_length}};
}

const std::map<std::string, bleu>& bleus() {
  static const std::map<std::string, bleu> out = [] {
    std::map<std::string, bleu> all;
    all["bleu_13a_exp"] = {};
    all["bleu_13a_exp_noeff"].effective_order = false;
    all["bleu_13a"].effective_order = false;
    all["bleu_13a_floor"].smoothing = bleu_smoothing::floor;
    all["bleu_13a_addk1"].smoothing = bleu_smoothing::add;
    all["bleu_13a_addk1"].value = 1;
    all["bleu_13a_none"].smoothing = bleu_smoothing::none;
    all["bleu_13a_lc"].lower = true;
    all["bleu_lc"].lower = true;
    all["bleu_intl"].cut = tokens::international;
    all["bleu_char"].cut = tokens::character;
    all["bleu_none"].cut = tokens::white_space;
    all["bleu_zh"].cut = tokens::chinese;
    return all;
  }();
  return out;
}

const std::map<std::string, chrf>& chrfs() {
  static const std::map<std::string, chrf> out = [] {
    std::map<std::string, chrf> all;
    all["chrf"] = {};
    all["chrfpp"].word_order = 2;
    all["chrf_space"].white_space = true;
    all["chrf_beta1"].beta = 1;
    all["chrf_eps"].epsilon_smoothing = true;
    all["chrf_lc"].lower = true;
    return all;
  }();
  return out;
}

const std::map<std::string, ter>& ters() {
  static const std::map<std::string, ter> out = [] {
    std::map<std::string, ter> all;
    all["ter"] = {};
    all["ter_cased"].cut.case_sensitive = true;
    all["ter_norm"].cut.normalized = true;
    all["ter_norm_nopunct"].cut.normalized = true;
    all["ter_norm_nopunct"].cut.no_punctuation = true;
    all["ter_asian"].cut.normalized = true;
    all["ter_asian"].cut.asian = true;
    return all;
  }();
  return out;
}

parts computed(const std::string& metric, const pair& p) {
  const std::vector<std::string_view> references(p.references.begin(), p.references.end());
  if (const auto b = bleus().find(metric); b != bleus().end()) return of(b->second(p.text, references));
  if (const auto c = chrfs().find(metric); c != chrfs().end())
    return {{"score", c->second(p.text, references)}};
  const ter& t = ters().at(metric);
  return of(t, t.count(p.text, references));
}

parts computed(const std::string& metric, const std::vector<pair>& corpus) {
  const auto sum = [&](const auto& how, auto counts) {
    for (const auto& p : corpus) {
      const std::string_view reference = p.references[0];
      counts += how.count(p.text, std::span<const std::string_view>(&reference, 1));
    }
    return counts;
  };
  if (const auto b = bleus().find(metric); b != bleus().end()) {
    bleu how = b->second;
    how.effective_order = false;
    return of(how.score(sum(how, bleu_counts{})));
  }
  if (const auto c = chrfs().find(metric); c != chrfs().end())
    return {{"score", c->second.score(sum(c->second, chrf_counts{}))}};
  const ter& t = ters().at(metric);
  return of(t, sum(t, ter_counts{}));
}

}  // namespace

TEST_CASE("BLEU, chrF, chrF++ and TER are sacreBLEU's, to nine places", "[aggregate]") {
  const auto texts = pairs();
  const std::string csv = content("scores.csv");
  csv_table rows(csv, {"pair", "metric", "part", "value"});
  std::map<std::string, parts> found;
  std::size_t checked = 0;
  while (rows.next()) {
    const std::string name(rows[0]);
    const std::string metric(rows[1]);
    const std::string key = name + " " + metric;
    if (found.find(key) == found.end()) {
      if (name == "corpus") {
        found[key] = computed(metric, texts);
      } else {
        for (const auto& p : texts)
          if (p.name == name) found[key] = computed(metric, p);
      }
    }
    INFO(key << " " << rows[2]);
    CHECK(std::abs(found[key].at(std::string(rows[2])) - rows.number(3)) < 1e-9);
    ++checked;
  }
  CHECK(checked > 3000);
}

TEST_CASE("expected similarities and medoids are those of sacreBLEU's matrices", "[aggregate]") {
  const std::string texts_csv = content("mbr_texts.csv");
  csv_table texts(texts_csv, {"set", "text"});
  std::map<std::string, std::vector<std::string>> sets;
  while (texts.next()) sets[std::string(texts[0])].emplace_back(texts[1]);
  const std::string scores_csv = content("mbr_scores.csv");
  csv_table rows(scores_csv, {"set", "metric", "text", "reference", "value"});
  while (rows.next()) {
    const auto& set = sets.at(std::string(rows[0]));
    const std::string metric(rows[1]);
    const std::vector<std::string_view> views(set.begin(), set.end());
    const std::vector<double> even(views.size(), 1.0);
    const auto expected = metric == "bleu" ? expected_similarity(views, even, bleu{})
                                           : expected_similarity(views, even, chrfs().at(metric));
    const auto h = static_cast<std::size_t>(rows.number(2));
    INFO(rows[0] << " " << metric << " " << h << " " << rows[3]);
    if (rows[3] == "choice") {
      std::vector<answer<std::string>> answers;
      for (std::size_t i = 0; i < set.size(); ++i) {
        answers.emplace_back();
        answers.back().value = set[i];
        answers.back().source = "model " + std::to_string(i);
      }
      const auto chosen = metric == "bleu" ? combine(answers, medoid<bleu>{})
                                           : combine(answers, medoid<chrf>{chrfs().at(metric), {}});
      CHECK(*chosen.value == set[h]);
    } else if (rows[3] == "mean") {
      CHECK(std::abs(expected[h] - rows.number(4)) < 1e-9);
    } else {
      const std::string_view reference = set[static_cast<std::size_t>(finite_number(rows[3]).value())];
      const std::span<const std::string_view> one(&reference, 1);
      const double score = metric == "bleu" ? bleu{}(set[h], one).score : chrfs().at(metric)(set[h], one);
      CHECK(std::abs(score - rows.number(4)) < 1e-9);
    }
  }
}

TEST_CASE("texts cannot be scored without a reference", "[aggregate]") {
  CHECK_THROWS_AS(bleu{}("a", {}), invalid_argument);
  CHECK_THROWS_AS(chrf{}("a", {}), invalid_argument);
  CHECK_THROWS_AS(ter{}("a", {}), invalid_argument);
  const std::string_view reference = "a";
  chrf many;
  many.word_order = 20;
  CHECK_THROWS_AS(many("a", std::span<const std::string_view>(&reference, 1)), invalid_argument);
}
