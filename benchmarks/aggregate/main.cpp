// SPDX-License-Identifier: BSL-1.0
/// @file Aggregation: accuracy on crowd-labelling sets, under attack and on a fleet's answers, and speed.
///
/// Usage: benchmark_aggregate [--crowd FOLDER] [--fleet ANSWERS.csv]
/// FOLDER holds one folder for each set, with label.csv (item,worker,label) and truth.csv (item,truth).
/// ANSWERS.csv has five columns, of which the fourth is the right letter, and then one for each model.
/// Without them those tables are left out; all else is made up with seeds.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/aggregate/running_labels.hpp"
#include "shoal/aggregate/stopping.hpp"
#include "shoal/aggregate/vote.hpp"
#include "shoal/labels.hpp"
#include "shoal/shoal.hpp"
#include "shoal/texts.hpp"

namespace {

std::size_t allocations = 0;

}  // namespace

// Not in line: compilers would see malloc's memory freed by delete, and warn.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* const at = std::malloc(size == 0 ? 1 : size)) return at;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* at) noexcept { std::free(at); }
[[gnu::noinline]] void operator delete(void* at, std::size_t) noexcept { std::free(at); }

namespace {

using namespace shoal;
using namespace shoal::aggregate;

// Processor time of this program, which has one thread: others on the machine do not count.
double seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

std::string content(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

struct labelled {
  std::string name{};
  label_matrix matrix{};
  std::vector<std::uint32_t> truth{};
};

labelled read_set(const std::filesystem::path& folder) {
  const std::string labels = content(folder / "label.csv");
  const std::string truths = content(folder / "truth.csv");
  crowd read = read_crowd(labels);
  labelled out;
  out.name = folder.filename().string();
  out.truth.assign(read.items.size(), no_label);
  csv_table rows(truths, {"item", "truth"});
  while (rows.next())
    if (const auto item = read.items.find(rows[0])) out.truth[*item] = read.labels.add(rows[1], rows.line());
  out.matrix = make_label_matrix(read.given, read.items.size(), read.workers.size(), read.labels.size(),
                                 repeats::count);
  return out;
}

// Share of items whose truth is chosen, a tie counting as its part.
double accuracy(const label_estimate& e, const std::vector<std::uint32_t>& truth) {
  double right = 0;
  double known = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (truth[i] == no_label) continue;
    ++known;
    const auto chosen = choose(e.row(i), e.classes);
    if (truth[i] < e.classes && chosen.confidence - e.row(i)[truth[i]] < 1e-9)
      right += 1 / static_cast<double>(chosen.tied);
  }
  return right / known;
}

// Expected calibration error, ten bins.
double calibration_error(const label_estimate& e, const std::vector<std::uint32_t>& truth) {
  double said[10] = {};
  double right[10] = {};
  double known = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (truth[i] == no_label) continue;
    ++known;
    const auto chosen = choose(e.row(i), e.classes);
    const auto bin = static_cast<std::size_t>(std::min(9.0, chosen.confidence * 10));
    said[bin] += chosen.confidence;
    right[bin] += chosen.label == truth[i] ? 1 : 0;
  }
  double sum = 0;
  for (std::size_t b = 0; b < 10; ++b) sum += std::abs(said[b] - right[b]);
  return sum / known;
}

void crowd_table(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> sets;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.is_directory()) sets.push_back(entry.path());
  std::sort(sets.begin(), sets.end());
  const char* const names[] = {"plurality", "wawa", "zbs", "one-coin", "d-skene", "glad", "ibcc", "auto"};
  std::printf("%-12s", "set");
  for (const char* name : names) std::printf(" %9s", name);
  std::printf("  auto - plurality\n");
  double sums[8] = {};
  double worst = 1;
  for (const auto& path : sets) {
    const labelled s = read_set(path);
    const label_matrix& m = s.matrix;
    const double figures[8] = {accuracy(label_plurality{}(m), s.truth),
                               accuracy(wawa{}(m), s.truth),
                               accuracy(zero_based_skill{}(m), s.truth),
                               accuracy(one_coin{}(m), s.truth),
                               accuracy(dawid_skene{}(m), s.truth),
                               accuracy(glad{}(m), s.truth),
                               accuracy(ibcc{}(m), s.truth),
                               accuracy(auto_labels{}(m), s.truth)};
    std::printf("%-12s", s.name.c_str());
    for (std::size_t f = 0; f < 8; ++f) {
      std::printf(" %9.4f", figures[f]);
      sums[f] += figures[f] / static_cast<double>(sets.size());
    }
    std::printf("  %+.4f\n", figures[7] - figures[0]);
    worst = std::min(worst, figures[7] - figures[0]);
  }
  std::printf("%-12s", "mean");
  for (const double s : sums) std::printf(" %9.4f", s);
  std::printf("  worst %+.4f\n\n", worst);
}

std::uint32_t other_than(std::uint32_t truth, std::size_t classes, random_engine& random) {
  return static_cast<std::uint32_t>((truth + 1 + uniform_below(random, classes - 1)) % classes);
}

// Fifteen models on a thousand questions with four options, right with chances between `low` and `high`.
void attack_table() {
  std::printf("%-52s %9s %9s %9s\n", "attack (15 models, 4 options, 5 seeds)", "plurality", "d-skene",
              "auto");
  const char* const names[] = {"7 copies of one wrong answer", "7 colluders that copy it 80 % of the time",
                               "5 hostile from midway", "8 copies of one model"};
  for (const auto& [low, high] : {std::pair(0.6, 0.9), std::pair(0.5, 0.8)})
    for (int kind = 0; kind < 4; ++kind) {
      double figures[3] = {};
      for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        random_engine random(stream_seed(seed, static_cast<std::uint64_t>(kind)));
        std::vector<double> right(15);
        for (auto& r : right) r = low + (high - low) * uniform_01(random);
        std::vector<std::uint32_t> truth;
        std::vector<crowd_label> given;
        for (std::uint32_t i = 0; i < 1000; ++i) {
          truth.push_back(static_cast<std::uint32_t>(uniform_below(random, 4)));
          const std::uint32_t lie = other_than(truth[i], 4, random);
          std::uint32_t first = 0;
          for (std::uint32_t w = 0; w < 15; ++w) {
            std::uint32_t label = uniform_01(random) < right[w] ? truth[i] : other_than(truth[i], 4, random);
            if (kind == 0 && w < 7) label = lie;
            if (kind == 1 && w < 7 && uniform_01(random) < 0.8) label = lie;
            if (kind == 2 && w < 5 && i >= 500) label = lie;
            if (w == 0) first = label;
            if (kind == 3 && w < 8) label = first;
            given.push_back({i, w, label, 0});
          }
        }
        const auto m = make_label_matrix(given, 1000, 15, 4);
        figures[0] += accuracy(label_plurality{}(m), truth) / 5;
        figures[1] += accuracy(dawid_skene{}(m), truth) / 5;
        figures[2] += accuracy(auto_labels{}(m), truth) / 5;
      }
      const std::string name = message(names[kind], ", honest ", low, " to ", high);
      std::printf("%-52s %9.3f %9.3f %9.3f\n", name.c_str(), figures[0], figures[1], figures[2]);
    }
  std::printf("\n");
}

labelled read_fleet(const std::string& file, std::vector<std::string>& models) {
  const std::string text = content(file);
  csv_reader reader(text);
  std::vector<std::string_view> fields;
  reader.next(fields);
  for (std::size_t f = 5; f < fields.size(); ++f) models.emplace_back(fields[f]);
  labelled out;
  std::vector<crowd_label> given;
  const auto letter = [](std::string_view field) {
    return field.size() == 1 && field[0] >= 'A' && field[0] <= 'J'
               ? static_cast<std::uint32_t>(field[0] - 'A')
               : no_label;
  };
  for (std::uint32_t item = 0; reader.next(fields); ++item) {
    out.truth.push_back(letter(fields[3]));
    for (std::uint32_t w = 0; w < models.size(); ++w) given.push_back({item, w, letter(fields[5 + w]), 0});
  }
  out.matrix = make_label_matrix(given, out.truth.size(), models.size(), 10);
  return out;
}

void fleet_table(const std::string& file) {
  std::vector<std::string> models;
  const labelled s = read_fleet(file, models);
  const label_matrix& m = s.matrix;
  std::printf("fleet: %zu models, %zu questions, %zu answers, %zu blank\n", m.workers, m.items, m.size(),
              m.abstained);
  std::vector<double> right(m.workers, 0.0);
  for (std::size_t i = 0; i < m.items; ++i)
    for (std::size_t v = m.begin[i]; v < m.begin[i + 1]; ++v)
      right[m.worker[v]] += m.label[v] == s.truth[i] ? 1 : 0;
  const auto best = static_cast<std::size_t>(std::max_element(right.begin(), right.end()) - right.begin());
  std::printf("%-36s accuracy %.4f\n", ("best model, " + models[best]).c_str(),
              right[best] / static_cast<double>(m.items));
  const double correlation = error_correlation(m, s.truth);
  std::printf("errors correlate by %.3f: %zu models weigh as much as %.1f independent ones\n", correlation,
              m.workers, independent_workers(static_cast<double>(m.workers), correlation));
  const auto line = [&](const char* name, const label_estimate& e) {
    std::printf("%-36s accuracy %.4f, calibration error %.3f\n", name, accuracy(e, s.truth),
                calibration_error(e, s.truth));
  };
  line("plurality", label_plurality{}(m));
  line("wawa", wawa{}(m));
  line("dawid-skene", dawid_skene{}(m));
  line("ibcc", ibcc{}(m));
  line("glad", glad{}(m));
  line("auto", auto_labels{}(m));
  for (const double share : {0.01, 0.05}) {
    double figures[2] = {};
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      random_engine random(seed);
      auto gold = s.truth;
      auto rest = s.truth;
      for (std::size_t i = 0; i < m.items; ++i) (uniform_01(random) < share ? rest : gold)[i] = no_label;
      const auto e = stack{}(m, gold);
      figures[0] += accuracy(e, rest) / 10;
      figures[1] += calibration_error(e, rest) / 10;
    }
    std::printf("%-36s accuracy %.4f, calibration error %.3f (mean of 10 seeds, on the rest)\n",
                message("stack, ", 100 * share, " % gold").c_str(), figures[0], figures[1]);
  }
  // Fewer calls: the models in the order that auto has learnt, until the rule says enough.
  const auto learnt = auto_labels{}(m);
  const auto order = best_first(learnt.reliability, {}, m.classes);
  for (const double risk : {0.0, 0.05, 0.2}) {
    const bool exact = !(risk > 0);
    double calls = 0;
    double full = 0;
    double stopped = 0;
    std::size_t changed = 0;
    for (std::size_t i = 0; i < m.items; ++i) {
      std::vector<answer<std::string>> answers;
      std::vector<std::uint32_t> label(m.workers, no_label);
      for (std::size_t v = m.begin[i]; v < m.begin[i + 1]; ++v) label[m.worker[v]] = m.label[v];
      std::size_t asked = 0;
      std::string said;
      bool enough = false;
      const auto elect = [&] {
        const auto found = combine(answers, plurality{});
        return found ? *found.value : std::string();
      };
      for (const std::size_t w : order) {
        answers.emplace_back();
        answers.back().source = models[w];
        answers.back().abstains = label[w] == no_label;
        if (label[w] != no_label)
          answers.back().value =
              std::string(std::size_t{1}, static_cast<char>('A' + static_cast<char>(label[w])));
        if (enough) continue;
        ++asked;
        const auto pending = static_cast<double>(m.workers - answers.size());
        const std::span<const answer<std::string>> so_far(answers);
        enough = exact ? exact_stop{}(so_far, pending) : beta_stop{risk}(so_far, pending);
        if (enough) said = elect();
      }
      const std::string whole = elect();
      if (!enough) said = whole;
      const std::string truth(1, static_cast<char>('A' + static_cast<char>(s.truth[i])));
      calls += static_cast<double>(asked) / static_cast<double>(m.items);
      full += whole == truth ? 1 / static_cast<double>(m.items) : 0;
      stopped += said == truth ? 1 / static_cast<double>(m.items) : 0;
      if (said != whole) ++changed;
    }
    std::printf(
        "%-36s %.2f calls of %zu, accuracy %.4f (all: %.4f), %zu results changed\n",
        (exact ? std::string("best first, exact stop") : message("best first, Beta stop at risk ", risk))
            .c_str(),
        calls, m.workers, stopped, full, changed);
  }
  std::printf("\n");
}

labelled made_set(std::uint32_t items, std::size_t classes, std::uint32_t workers, std::uint32_t each) {
  labelled out;
  random_engine random(7);
  std::vector<crowd_label> given;
  given.reserve(std::size_t{items} * each);
  for (std::uint32_t i = 0; i < items; ++i) {
    const auto truth = static_cast<std::uint32_t>(uniform_below(random, classes));
    out.truth.push_back(truth);
    const auto first = static_cast<std::uint32_t>(uniform_below(random, workers));
    for (std::uint32_t j = 0; j < each; ++j) {
      const std::uint32_t w = (first + 7 * j) % workers;
      const double right = 0.5 + 0.4 * static_cast<double>(w) / workers;
      given.push_back({i, w, uniform_01(random) < right ? truth : other_than(truth, classes, random), 0});
    }
  }
  out.matrix = make_label_matrix(given, items, workers, classes);
  return out;
}

void speed_table() {
  std::printf("speed, one core\n");
  for (const std::size_t classes : {std::size_t{2}, std::size_t{10}}) {
    const labelled s = made_set(1'000'000, classes, 100, 10);
    const auto labels = static_cast<double>(s.matrix.size());
    double start = seconds();
    const auto votes = plurality_labels(s.matrix);
    const double plurality_s = seconds() - start;
    start = seconds();
    const auto e = dawid_skene{}(s.matrix);
    const double whole_s = seconds() - start;
    std::printf(
        "%2zu classes, %.0f M labels: plurality %.0f M labels/s (%zu items); Dawid-Skene %.3f s, %zu "
        "iterations, "
        "%.0f M labels/s each\n",
        classes, labels / 1e6, labels / plurality_s / 1e6, votes.size(), whole_s, e.iterations,
        labels * static_cast<double>(e.iterations + 2) / whole_s / 1e6);
  }
  {
    std::string csv = "item,worker,label\n";
    const labelled s = made_set(200'000, 10, 100, 10);
    for (std::size_t i = 0; i < s.matrix.items; ++i)
      for (std::size_t v = s.matrix.begin[i]; v < s.matrix.begin[i + 1]; ++v)
        csv += message("item", i, ",worker", s.matrix.worker[v], ',', s.matrix.label[v], '\n');
    const double start = seconds();
    const crowd read = read_crowd(csv);
    const double took = seconds() - start;
    std::printf("CSV: %.1f M rows/s (%.0f MB/s)\n", static_cast<double>(read.given.size()) / took / 1e6,
                static_cast<double>(csv.size()) / took / 1e6);
  }
  {
    const labelled s = made_set(200'000, 4, 15, 10);
    running_labels state(15, 4, std::numeric_limits<double>::infinity());
    std::vector<stream_vote> item;
    std::vector<double> p(4);
    double right = 0;
    std::size_t allocated = 0;
    const double start = seconds();
    double judged = 0;
    for (std::uint32_t i = 0; i < s.matrix.items; ++i) {
      item.clear();
      const bool warm = i >= s.matrix.items / 2;
      const std::size_t before = allocations;
      for (std::size_t v = s.matrix.begin[i]; v < s.matrix.begin[i + 1]; ++v) {
        item.push_back({i, i / 1000, s.matrix.worker[v], s.matrix.label[v]});
        state.add(item.back());
      }
      state.probabilities(item, p);
      if (i % 1000 == 999) state.close();
      if (warm) {
        allocated += allocations - before;
        ++judged;
        right += choose(p.data(), 4).label == s.truth[i] ? 1 : 0;
      }
    }
    const double took = seconds() - start;
    auto later = s.truth;
    for (std::size_t i = 0; i < later.size() / 2; ++i) later[i] = no_label;
    std::printf("running: %.0f ns a vote, %zu allocations after warm-up, accuracy %.4f (batch %.4f)\n",
                1e9 * took / static_cast<double>(s.matrix.size()), allocated, right / judged,
                accuracy(dawid_skene{}(s.matrix), later));
  }
  {
    random_engine random(3);
    std::vector<std::string> words;
    for (int i = 0; i < 400; ++i) {
      words.emplace_back();
      for (std::uint64_t n = 2 + uniform_below(random, 7); n > 0; --n)
        words.back() += static_cast<char>('a' + uniform_below(random, 26));
    }
    std::vector<std::size_t> base;
    for (int i = 0; i < 14; ++i) base.push_back(uniform_below(random, 400));
    std::vector<std::string> texts;
    for (int t = 0; t < 1024; ++t) {
      auto changed = base;
      for (int c = 0; c < 4; ++c) changed[uniform_below(random, 14)] = uniform_below(random, 400);
      texts.emplace_back();
      for (const std::size_t w : changed) texts.back() += (texts.back().empty() ? "" : " ") + words[w];
    }
    const std::vector<std::string_view> views(texts.begin(), texts.end());
    const std::vector<double> even(views.size(), 1.0);
    const double start = seconds();
    const auto expected = expected_similarity(views, even, chrf{});
    const double took = seconds() - start;
    std::printf(
        "chrF: exact MBR of %zu texts of %zu characters %.3f s, %.1f M pairs/s (best %zu)\n", views.size(),
        texts[0].size(), took, static_cast<double>(views.size() * views.size()) / took / 1e6,
        static_cast<std::size_t>(std::max_element(expected.begin(), expected.end()) - expected.begin()));
  }
}

}  // namespace

int main(int count, char** arguments) {
  try {
    for (int a = 1; a + 1 < count; a += 2) {
      const std::string_view option = arguments[a];
      if (option == "--crowd") crowd_table(arguments[a + 1]);
      if (option == "--fleet") fleet_table(arguments[a + 1]);
    }
    attack_table();
    speed_table();
  } catch (const std::exception& e) {
    std::fprintf(stderr, "benchmark_aggregate: %s\n", e.what());
    return 1;
  }
}
