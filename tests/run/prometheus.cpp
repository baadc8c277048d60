// SPDX-License-Identifier: BSL-1.0
/// @file Metrics, read back by a strict reader of the text exposition format 0.0.4 (prometheus.io,
/// "Exposition formats"): HELP and TYPE once and before the samples, samples of one metric together, names,
/// escapes, and what makes a histogram.
#include "shoal/run/prometheus.hpp"

#include <cctype>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "catch.hpp"
#include "run/support.hpp"
#include "run/told.hpp"

using namespace shoal;
using run::event_kind;

namespace {

using labels = std::map<std::string, std::string>;

struct exposition {
  std::map<std::string, std::string> types{};
  std::map<std::pair<std::string, labels>, double> samples{};

  double at(const std::string& name, const labels& of = {}) const { return samples.at({name, of}); }
};

class reader {
 public:
  explicit reader(const std::string& text) : text_(text) {}

  exposition operator()() {
    require(utf8_error(text_) == text_.size(), "UTF-8");
    require(text_.empty() || text_.back() == '\n', "the last line ends");
    std::stringstream lines(text_);
    while (std::getline(lines, line_)) {
      at_ = 0;
      if (line_.rfind("# HELP ", 0) == 0) {
        at_ = 7;
        const std::string metric = name(true);
        require(helped_.insert(metric).second, "one HELP for each metric");
        require(at_ < line_.size() && line_[at_] == ' ', "a text of help");
      } else if (line_.rfind("# TYPE ", 0) == 0) {
        at_ = 7;
        const std::string metric = name(true);
        const std::string type = line_.substr(at_);
        require(type == " counter" || type == " gauge" || type == " histogram", "a known type");
        require(out_.types.emplace(metric, type.substr(1)).second, "one TYPE for each metric");
        current_ = metric;
      } else {
        sample();
      }
    }
    check_histograms();
    return out_;
  }

 private:
  void require(bool holds, const std::string& what) const {
    if (!holds) throw std::runtime_error(what + ": " + line_);
  }

  std::string name(bool colons) {
    const std::size_t from = at_;
    const auto fits = [&](char c) {
      const auto u = static_cast<unsigned char>(c);
      return std::isalpha(u) != 0 || c == '_' || (colons && c == ':') || (at_ > from && std::isdigit(u) != 0);
    };
    while (at_ < line_.size() && fits(line_[at_])) ++at_;
    require(at_ > from, "a name");
    return line_.substr(from, at_ - from);
  }

  std::string value() {
    require(line_[at_] == '"', "a quote");
    std::string out;
    for (++at_; at_ < line_.size() && line_[at_] != '"'; ++at_) {
      char c = line_[at_];
      if (c == '\\') {
        c = line_[++at_];
        require(c == '\\' || c == '"' || c == 'n', "an escape");
        if (c == 'n') c = '\n';
      }
      out += c;
    }
    require(at_ < line_.size(), "a closing quote");
    ++at_;
    return out;
  }

  void sample() {
    const std::string metric = name(true);
    std::string base = metric;
    if (out_.types.count(base) == 0) {
      for (const std::string end : {"_bucket", "_sum", "_count"}) {
        if (metric.size() > end.size() && metric.substr(metric.size() - end.size()) == end) {
          base = metric.substr(0, metric.size() - end.size());
          require(out_.types.count(base) == 1 && out_.types[base] == "histogram", "a histogram");
          break;
        }
      }
    }
    require(base == current_, "samples stand under their TYPE");
    labels of;
    if (at_ < line_.size() && line_[at_] == '{') {
      do {
        ++at_;
        const std::string label = name(false);
        require(line_[at_] == '=', "=");
        ++at_;
        require(of.emplace(label, value()).second, "a label once");
      } while (line_[at_] == ',');
      require(line_[at_] == '}', "a closing brace");
      ++at_;
    }
    require(line_[at_] == ' ', "a space");
    const std::string number = line_.substr(at_ + 1);
    std::size_t used = 0;
    const double x = std::stod(number, &used);
    require(used == number.size(), "a number");
    require(out_.samples.emplace(std::pair(metric, of), x).second, "a sample once");
    if (out_.types[base] != "gauge") require(x >= 0, "no less than nothing");
    order_.emplace_back(metric, of, x);
  }

  void check_histograms() {
    std::map<std::pair<std::string, labels>, std::pair<double, double>> last;  // bound, count
    for (const auto& [metric, of, x] : order_) {
      const auto bound = of.find("le");
      if (bound == of.end()) continue;
      labels rest = of;
      rest.erase("le");
      const double b = std::stod(bound->second);
      const auto before = last.find({metric, rest});
      if (before != last.end()) {
        require(before->second.first < b, "bounds grow");
        require(before->second.second <= x, "buckets hold those below");
      }
      last[{metric, rest}] = {b, x};
    }
    for (const auto& [key, top] : last) {
      const std::string base = key.first.substr(0, key.first.size() - 7);
      require(std::isinf(top.first), "the last bound is +Inf");
      require(top.second == out_.at(base + "_count", key.second), "the last bucket holds all");
      require(out_.samples.count({base + "_sum", key.second}) == 1, "a sum");
    }
  }

  const std::string& text_;
  std::string line_{};
  std::size_t at_ = 0;
  std::string current_{};
  std::set<std::string> helped_{};
  std::vector<std::tuple<std::string, labels, double>> order_{};
  exposition out_{};
};

exposition read(const run::metrics& m) {
  const std::string text = m.text();
  return reader(text)();
}

}  // namespace

TEST_CASE("metrics are what happened, by model", "[run]") {
  run::metrics m;
  {
    auto see = m.observe();
    const auto tell = [&](event_kind kind, std::size_t model, double at_s, run::event e = {}) {
      e.kind = kind;
      e.model = model;
      e.model_name = model == 0 ? "phi" : "qwen";
      e.subtask = 0;
      e.attempt = 1;
      e.at_s = at_s;
      see(e);
    };
    tell(event_kind::queued, 0, 0);
    CHECK(read(m).at("shoal_calls_waiting") == 1);
    tell(event_kind::started, 0, 0.03);
    tell(event_kind::hedged, 1, 0.2);
    tell(event_kind::started, 1, 0.2);
    CHECK(read(m).at("shoal_calls_running", {{"model", "phi"}}) == 1);
    tell(event_kind::answered, 1, 0.6, {.used = {10, 4, 0.4, 2.5}});
    tell(event_kind::cancelled, 0, 0.6);
    see({.kind = event_kind::finished, .subtask = 0, .at_s = 0.6});
    tell(event_kind::started, 0, 1);
    tell(event_kind::failed, 0, 2, {.failure = infer::failure_kind::bad_answer});
    tell(event_kind::retried, 0, 2, {.wait_s = 0.1});
    tell(event_kind::late, 0, 3);
    tell(event_kind::reassigned, 1, 3);
    tell(event_kind::shed, 1, 3);
    tell(event_kind::breaker_opened, 0, 3);
    tell(event_kind::breaker_opened, 0, 4);  // its probe failed
    tell(event_kind::model_dead, 1, 4);
    see({.kind = event_kind::gave_up, .subtask = 0, .at_s = 5});
    const exposition x = read(m);
    CHECK(x.at("shoal_breakers_open", {{"model", "phi"}}) == 1);
    CHECK(x.at("shoal_breaker_openings_total", {{"model", "phi"}}) == 2);
    CHECK(x.at("shoal_models_dead", {{"model", "qwen"}}) == 1);
  }
  const exposition x = read(m);
  CHECK(x.at("shoal_calls_total", {{"model", "phi"}, {"result", "cancelled"}}) == 1);
  CHECK(x.at("shoal_calls_total", {{"model", "phi"}, {"result", "bad_answer"}}) == 1);
  CHECK(x.at("shoal_calls_total", {{"model", "phi"}, {"result", "answered"}}) == 0);
  CHECK(x.at("shoal_calls_total", {{"model", "qwen"}, {"result", "answered"}}) == 1);
  CHECK(x.at("shoal_call_duration_seconds_bucket", {{"model", "qwen"}, {"le", "0.25"}}) == 0);
  CHECK(x.at("shoal_call_duration_seconds_bucket", {{"model", "qwen"}, {"le", "0.5"}}) == 1);
  CHECK(x.at("shoal_call_duration_seconds_sum", {{"model", "qwen"}}) == Approx(0.4));
  CHECK(x.at("shoal_queue_wait_seconds_count", {{"model", "phi"}}) == 2);
  CHECK(x.at("shoal_queue_wait_seconds_sum", {{"model", "phi"}}) == Approx(0.03));
  CHECK(x.at("shoal_hedges_total", {{"model", "qwen"}}) == 1);
  CHECK(x.at("shoal_retries_total", {{"model", "phi"}}) == 1);
  CHECK(x.at("shoal_late_answers_total", {{"model", "phi"}}) == 1);
  CHECK(x.at("shoal_reassignments_total", {{"model", "qwen"}}) == 1);
  CHECK(x.at("shoal_shed_total", {{"model", "qwen"}}) == 1);
  CHECK(x.at("shoal_energy_joules_total", {{"model", "qwen"}}) == 2.5);
  CHECK(x.at("shoal_model_seconds_total", {{"model", "qwen"}}) == 0.4);
  CHECK(x.at("shoal_input_tokens_total", {{"model", "qwen"}}) == 10);
  CHECK(x.at("shoal_output_tokens_total", {{"model", "qwen"}}) == 4);
  CHECK(x.at("shoal_model_deaths_total", {{"model", "qwen"}}) == 1);
  CHECK(x.at("shoal_subtasks_total", {{"result", "answered"}}) == 1);
  CHECK(x.at("shoal_subtasks_total", {{"result", "given_up"}}) == 1);
  // The run is over: nothing runs, and whose breaker was open is nobody's concern.
  CHECK(x.at("shoal_calls_running", {{"model", "phi"}}) == 0);
  CHECK(x.at("shoal_calls_waiting") == 0);
  CHECK(x.at("shoal_breakers_open", {{"model", "phi"}}) == 0);
  CHECK(x.at("shoal_models_dead", {{"model", "qwen"}}) == 0);
}

TEST_CASE("metrics of nothing are well formed, and counters are called so", "[run]") {
  const exposition x = read(run::metrics{});
  for (const auto& [name, type] : x.types) {
    INFO(name);
    CHECK(name.rfind("shoal_", 0) == 0);
    const bool total = name.size() > 6 && name.substr(name.size() - 6) == "_total";
    CHECK(total == (type == "counter"));
  }
  CHECK(x.at("shoal_subtasks_total", {{"result", "answered"}}) == 0);
}

TEST_CASE("names come back from metrics as they were, mended and cut where need be", "[run]") {
  run::metrics m;
  auto see = m.observe();
  const std::vector<std::string> names = told::hostile_names();
  for (std::size_t i = 0; i < names.size(); ++i) {
    see({.kind = event_kind::started, .model = i, .model_name = names[i]});
  }
  const exposition x = read(m);
  for (const std::string& name : names) {
    const std::string shown = utf8_mended(name.substr(0, 120));
    CHECK(x.at("shoal_calls_running", {{"model", shown}}) == 1);
  }
}

TEST_CASE("models beyond the limit share the series of the model other", "[run]") {
  run::metrics m({.most_models = 3});
  auto see = m.observe();
  for (std::size_t i = 0; i < 50; ++i) {
    const std::string name = "m" + std::to_string(i);
    see({.kind = event_kind::started, .model = i, .model_name = name});
  }
  const exposition x = read(m);
  CHECK(x.at("shoal_calls_running", {{"model", "m2"}}) == 1);
  CHECK(x.at("shoal_calls_running", {{"model", "other"}}) == 47);
  std::set<std::string> seen;
  for (const auto& [key, value] : x.samples) {
    if (key.second.count("model") == 1) seen.insert(key.second.at("model"));
  }
  CHECK(seen == std::set<std::string>{"m0", "m1", "m2", "other"});
}

TEST_CASE("metrics stay well formed whatever events come", "[run]") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    INFO("seed " << seed);
    run::metrics m({.most_models = 1 + seed % 8});
    {
      auto see = m.observe();
      told::nonsense(seed, 400).tell(see);
      static_cast<void>(read(m));
    }
    const exposition x = read(m);
    for (const auto& [key, value] : x.samples) {
      if (key.first == "shoal_calls_running" || key.first == "shoal_calls_waiting") CHECK(value == 0);
    }
  }
}

TEST_CASE("metrics of several runs at once are their sum", "[run]") {
  run::metrics together;
  std::vector<std::thread> runs;
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    runs.emplace_back([&, seed] {
      auto see = together.observe();
      told::made_up(seed, 3, 60).tell(see);
    });
  }
  for (int i = 0; i < 20; ++i) static_cast<void>(read(together));
  for (std::thread& t : runs) t.join();
  run::metrics in_turn;
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    auto see = in_turn.observe();
    told::made_up(seed, 3, 60).tell(see);
  }
  const exposition a = read(together);
  const exposition b = read(in_turn);
  REQUIRE(a.samples.size() == b.samples.size());
  for (const auto& [key, value] : a.samples) CHECK(b.samples.at(key) == Approx(value));
}

TEST_CASE("metrics agree with the outcomes of a run", "[run]") {
  const auto f = support::models(3);
  const run::job j = support::job_in_turn(f, support::graph(9));
  const auto backends = support::all_models(3, [](const infer::request<>& r) -> std::string {
    if (r.model == "m1") throw infer::failure(infer::failure_kind::refused, "no");
    return "yes";
  });
  support::with_both([&](const auto& executor) {
    run::metrics m;
    const auto out = executor(j, backends, {}, m.observe());
    const exposition x = read(m);
    CHECK(x.at("shoal_subtasks_total", {{"result", "answered"}}) == 6);
    CHECK(x.at("shoal_subtasks_total", {{"result", "given_up"}}) == 3);
    CHECK(x.at("shoal_calls_total", {{"model", "m1"}, {"result", "refused"}}) == 3);
    CHECK(x.at("shoal_energy_joules_total", {{"model", "m0"}}) +
              x.at("shoal_energy_joules_total", {{"model", "m2"}}) ==
          Approx(out.used.energy_j));
  });
}

TEST_CASE("metrics refuse buckets that do not grow, and no series at all", "[run]") {
  CHECK_THROWS_WITH(run::metrics({.buckets_s = {0.1, 0.5, 0.5}}),
                    "metrics_options: bucket 2: 0.5 s is not finite and above 0.5 s");
  CHECK_THROWS_WITH(run::metrics({.buckets_s = {0}}),
                    "metrics_options: bucket 0: 0 s is not finite and above 0 s");
  CHECK_THROWS_WITH(run::metrics({.most_models = 0}), "metrics_options: most_models 0 is not >= 1");
}
