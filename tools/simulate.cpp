// SPDX-License-Identifier: BSL-1.0
/// @file `shoal simulate`: a fleet on virtual time under the runtime itself, by many seeds.
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "files.hpp"
#include "progress.hpp"
#include "shoal/core/message.hpp"
#include "shoal/json/read_scenario.hpp"
#include "shoal/json/write_simulation.hpp"
#include "shoal/sim/runs.hpp"
#include "table.hpp"
#include "verbs.hpp"

namespace shoal::tools {

namespace {

struct options {
  std::string file{};
  std::uint64_t seed = 1;
  std::size_t runs = 1;
  std::size_t threads = 0;
  std::string story{};
  bool json = false;
};

// Tables list the runs one by one up to so many.
constexpr std::size_t most_rows = 20;

using records = std::vector<sim::simulation_record>;

std::vector<std::string> row_of(std::string first, const std::vector<double>& figures, std::string last) {
  std::vector<std::string> out{std::move(first)};
  for (const double f : figures) out.push_back(brief(f, 6));
  out.push_back(std::move(last));
  return out;
}

std::vector<double> figures_of(const sim::simulation_record& r) {
  const auto whole = [](auto n) { return static_cast<double>(n); };
  return {whole(r.orders), whole(r.answered), whole(r.given_up), r.p50_s,   r.p99_s,
          r.p999_s,        whole(r.hedges),   whole(r.retries),  r.spent_j, whole(r.findings.size())};
}

std::string runs_in_words(const records& runs, std::uint64_t seed) {
  table out({"seed", "orders", "answered", "given up", "p50 s", "p99 s", "p99.9 s", "hedges", "retries",
             "joules", "findings", "digest"});
  for (std::size_t r = 0; r < runs.size() && runs.size() <= most_rows; ++r) {
    out.add(row_of(std::to_string(seed + r), figures_of(runs[r]), json::write_digest(runs[r].digest)));
  }
  if (runs.size() == 1) return out.text();
  std::vector<std::vector<double>> columns(figures_of(runs[0]).size());
  for (const sim::simulation_record& r : runs) {
    const std::vector<double> figures = figures_of(r);
    for (std::size_t c = 0; c < columns.size(); ++c) columns[c].push_back(figures[c]);
  }
  for (std::vector<double>& c : columns) std::sort(c.begin(), c.end());
  const auto at = [&](std::size_t rank) {
    std::vector<double> figures;
    for (const std::vector<double>& c : columns) figures.push_back(c[rank]);
    return figures;
  };
  out.add(row_of("least", at(0), ""));
  out.add(row_of("median", at((runs.size() - 1) / 2), ""));
  out.add(row_of("most", at(runs.size() - 1), json::write_digest(sim::digest_of(runs))));
  return out.text();
}

// The classes of orders, all runs together; a quantile is the median of those of the runs.
std::string classes_in_words(const records& runs) {
  if (runs[0].classes.empty()) return {};
  table out({"class", "orders", "answered", "given up", "p50 s", "p99 s"});
  for (std::size_t c = 0; c < runs[0].classes.size(); ++c) {
    std::size_t orders = 0;
    std::size_t answered = 0;
    std::size_t given_up = 0;
    std::vector<double> p50;
    std::vector<double> p99;
    for (const sim::simulation_record& r : runs) {
      orders += r.classes[c].orders;
      answered += r.classes[c].answered;
      given_up += r.classes[c].given_up;
      p50.push_back(r.classes[c].p50_s);
      p99.push_back(r.classes[c].p99_s);
    }
    const auto median = [](std::vector<double>& all) {
      std::sort(all.begin(), all.end());
      return brief(all[(all.size() - 1) / 2]);
    };
    out.add({runs[0].classes[c].name, std::to_string(orders), std::to_string(answered),
             std::to_string(given_up), median(p50), median(p99)});
  }
  return '\n' + out.text();
}

std::string summary_of(const sim::scenario& s, const records& runs, std::uint64_t seed) {
  double simulated_s = 0;
  std::size_t orders = 0;
  for (const sim::simulation_record& r : runs) {
    simulated_s += r.virtual_s;
    orders += r.orders;
  }
  return message(s.models.size(), s.models.size() == 1 ? " model, " : " models, ", runs.size(),
                 runs.size() == 1 ? " run" : " runs", " from seed ", seed, ": ", brief(simulated_s / 3600, 4),
                 " simulated hours, ", orders, " orders\n\n");
}

status run(const options& given) {
  nlohmann::json document;
  const sim::scenario s = read_json_with(given.file, [&](nlohmann::json read) {
    document = std::move(read);
    return json::read_scenario(document, std::filesystem::path(given.file).parent_path());
  });
  std::optional<sim::failing_story> story;
  records runs;
  {
    std::atomic<std::size_t> played{0};
    const progress shown([&](std::size_t) {
      return played < given.runs ? message("simulate, ", played.load(), " of ", given.runs, " runs")
                                 : std::string("simulate, looking for the shortest story");
    });
    runs = sim::simulate_runs(s, given.seed, given.runs, given.threads,
                              [&](std::size_t done) { played = done; });
    const auto bad =
        std::find_if(runs.begin(), runs.end(), [](const auto& r) { return !r.findings.empty(); });
    if (bad != runs.end()) {
      story = sim::shortest_story(s, given.seed + static_cast<std::uint64_t>(bad - runs.begin()));
    }
  }
  if (story && !given.story.empty()) {
    write_file(given.story, json::write_story_file(document, *story).dump(2) + '\n');
  }
  if (given.json) {
    json::ordered out{{"digest", json::write_digest(sim::digest_of(runs))}, {"runs", json::ordered::array()}};
    for (std::size_t r = 0; r < runs.size(); ++r) {
      out["runs"].push_back(json::write_record(given.seed + r, runs[r]));
    }
    if (story) out["story"] = json::write_story(*story);
    print_json(out);
  } else {
    print(summary_of(s, runs, given.seed) + runs_in_words(runs, given.seed) + classes_in_words(runs));
    if (story) print("\nthe shortest story that was found:\n" + story->text());
  }
  return story ? status::no_answer : status::answered;
}

}  // namespace

verb simulate_verb(CLI::App& command) {
  auto given = std::make_shared<options>();
  CLI::App* app =
      command.add_subcommand("simulate", "Play a fleet on virtual time, with all that goes wrong");
  app->add_option("FILE", given->file, "Simulation file: a swarm file with an object \"simulation\"")
      ->required();
  app->add_option("--seed", given->seed, "Seed of the first run; equal seeds, equal runs")
      ->check(whole_number(0))
      ->type_name("N")
      ->capture_default_str();
  app->add_option("--runs", given->runs, "Runs, by the seeds N, N + 1, ...")
      ->check(whole_number(1))
      ->type_name("M")
      ->capture_default_str();
  app->add_option("--threads", given->threads, "Runs side by side; 0: as many as the machine has cores")
      ->check(whole_number(0))
      ->type_name("T")
      ->capture_default_str();
  app->add_option("--story", given->story, "Write the shortest story of a finding, as a simulation file")
      ->type_name("FILE");
  app->add_flag("--json", given->json, "Print JSON");
  app->footer(
      "Exit status 1: something was found, a demand that is not met or a rule that was broken.\n\n"
      "Example:\n  shoal simulate flaky-regions.json --seed 1 --runs 100");
  return {app, [given] { return run(*given); }};
}

}  // namespace shoal::tools
