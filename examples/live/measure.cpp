// SPDX-License-Identifier: BSL-1.0
/// @file Measures a family of models on calibration data and prints it as a swarm file: how often each is
/// right, how long a request takes, what it costs.
///
///     live_measure FOLDER translate|sentiment|anomaly
///
/// Subtasks are the family's kinds of request: sentences by length, reviews by field, lines by what wrote
/// them. Time is this thread's processor time, so that a busy machine changes it little.
#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <ctime>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "data.hpp"
#include "energy.hpp"
#include "shoal/shoal.hpp"
#include "tiny/runner.hpp"

namespace {

// One question: its kind, its text, and the right answer.
struct question {
  std::string kind{};
  std::string text{};
  std::string right{};
};

struct contender {
  std::string name{};
  std::function<std::string(const std::string&)> answer{};
  std::function<double(const std::string& text, const std::string& answer)> operations{};
};

struct figures {
  live::tally all{};
  std::map<std::string, live::tally> by_kind{};
  double seconds = 0;
  double joules = 0;
};

double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

std::vector<question> questions(const std::string& folder, const std::string& family) {
  std::vector<question> out;
  if (family == "sentiment") {
    for (const auto& row : live::rows(folder + "sentiment.calibration.tsv", 1500))
      out.push_back({row[0], row[2], row[1]});
  } else if (family == "anomaly") {
    for (const auto& row : live::rows(folder + "anomaly.calibration.tsv", 1500)) {
      const auto end = row[1].find(':');
      const auto space = row[1].rfind(' ', end);
      const std::size_t begin = space == std::string::npos ? 0 : space + 1;
      out.push_back({row[1].substr(begin, end - begin), row[1], row[0]});
    }
  } else {
    for (const auto& row : live::rows(folder + "translate.calibration.tsv", 1000)) {
      const auto words = std::count(row[0].begin(), row[0].end(), ' ') + 1;
      out.push_back({words < 8 ? "short" : words < 13 ? "middle" : "long", row[0], row[1]});
    }
  }
  return out;
}

std::vector<contender> contenders(const std::string& folder, const std::string& family) {
  const auto path = [&](const std::string& name) { return folder + family + "-" + name + ".safetensors"; };
  std::vector<contender> out;
  if (family == "translate") {
    const auto large = tiny::load_model(path("large"));
    for (const char* name : {"tiny", "small-8k", "small-24k", "hybrid-24k", "lm", "large"}) {
      const auto m = tiny::load_model(path(name));
      const bool joined = m->weights.shape().features > 0;
      const tiny::runner run(m, joined ? large : nullptr);
      const auto answer = [run](const std::string& text) {
        return run(shoal::infer::request<>{.input = text}, {}).value;
      };
      const auto operations = [m, large, joined](const std::string& text, const std::string& said) {
        const std::size_t in = m->words.encode(text).size() + 1;
        return tiny::operations(m->weights.shape(), in, m->words.encode(said).size() + 1) +
               (joined ? tiny::reading_operations(large->weights.shape(), in) : 0);
      };
      out.push_back({std::string("translate-") + name, answer, operations});
    }
    return out;
  }
  const std::vector<std::string> names = family == "sentiment"
                                             ? std::vector<std::string>{"all", "films", "food", "gadgets"}
                                             : std::vector<std::string>{"all", "hosts", "login", "web"};
  for (const auto& name : names) {
    const auto m = tiny::load_model(path(name));
    const tiny::runner run(m);
    const auto answer = [run, family](const std::string& text) {
      const std::string value = run(shoal::infer::request<>{.input = text}, {}).value;
      return family == "sentiment"     ? value
             : std::stod(value) >= 0.5 ? std::string("odd")
                                       : std::string("normal");
    };
    const auto operations = [m](const std::string& text, const std::string&) {
      return tiny::reading_operations(m->weights.shape(), m->words.encode(text).size() + 1);
    };
    out.push_back({family + "-" + name, answer, operations});
  }
  return out;
}

figures measure(const contender& one, const std::vector<question>& asked) {
  figures out;
  std::vector<std::string> said;
  const auto joules = live::package_joules();
  const double began = processor_seconds();
  for (const question& q : asked) said.push_back(one.answer(q.text));
  out.seconds = (processor_seconds() - began) / static_cast<double>(asked.size());
  const auto after = live::package_joules();
  for (std::size_t k = 0; k < asked.size(); ++k) {
    out.all.count(said[k] == asked[k].right);
    out.by_kind[asked[k].kind].count(said[k] == asked[k].right);
    if (!joules || !after) out.joules += live::joules_per_operation * one.operations(asked[k].text, said[k]);
  }
  if (joules && after) out.joules = *after - *joules;
  out.joules /= static_cast<double>(asked.size());
  return out;
}

}  // namespace

int main(int count, char** argument) {
  if (count != 3) return std::fputs("usage: live_measure FOLDER translate|sentiment|anomaly\n", stderr), 2;
  const std::string folder = std::string(argument[1]) + '/';
  const std::string family = argument[2];
  const auto asked = questions(folder, family);
  std::map<std::string, std::size_t> kinds;
  for (const question& q : asked) ++kinds[q.kind];
  std::vector<std::pair<std::string, figures>> found;
  for (const contender& one : contenders(folder, family)) found.emplace_back(one.name, measure(one, asked));

  std::printf(
      "{\n  \"_source\": \"Measured by examples/live/measure.cpp on %zu calibration requests: accuracy is "
      "the share of "
      "exactly right answers, time_s processor time of one core; energy_j %s.\",\n  \"models\": [\n",
      asked.size(),
      live::package_joules()
          ? "read from the processor's counter"
          : "operations counted, at 1e-10 joules each, as this machine shows no energy counter");
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto& [name, f] = found[i];
    std::printf("    {\"name\": \"%s\", \"accuracy\": %.4f, \"time_s\": %.3g, \"energy_j\": %.3g}%s\n",
                name.c_str(), f.all.share(), f.seconds, f.joules, i + 1 < found.size() ? "," : "");
  }
  std::printf("  ],\n  \"subtasks\": [\n");
  std::size_t k = 0;
  for (const auto& [kind, times] : kinds) {
    std::printf("    {\"name\": \"%s\", \"count\": %zu}%s\n", kind.c_str(), times,
                ++k < kinds.size() ? "," : "");
  }
  std::printf("  ],\n  \"compatibility\": [\n");
  for (std::size_t i = 0; i < found.size(); ++i) {
    std::printf("    [");
    k = 0;
    for (const auto& [kind, times] : kinds) {
      std::printf("%.4f%s", found[i].second.by_kind.at(kind).share(), ++k < kinds.size() ? ", " : "");
    }
    std::printf("]%s\n", i + 1 < found.size() ? "," : "");
  }
  std::printf("  ],\n  \"require\": {\"rule\": \"mean\", \"at_least\": %.2f}\n}\n",
              family == "translate" ? 0.8 : 0.93);
}
