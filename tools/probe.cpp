// SPDX-License-Identifier: BSL-1.0
/// @file `shoal probe`: what a model behind a server takes, measured.
#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cancel_on_signal.hpp"
#include "files.hpp"
#include "progress.hpp"
#include "shoal/core/message.hpp"
#include "shoal/json/cursor.hpp"
#include "shoal/json/parse.hpp"
#include "shoal/openai/live.hpp"
#include "shoal/openai/probe.hpp"
#include "shoal/run/command_meter.hpp"
#include "shoal/run/rapl.hpp"
#include "table.hpp"
#include "verbs.hpp"

namespace shoal::tools {

namespace {

struct options {
  std::string url{};
  std::string model{};
  std::string name{};
  std::string key_env{};
  std::string dialect = "chat";
  std::vector<std::size_t> words{16, 128};
  std::vector<std::size_t> concurrency{1, 4};
  std::size_t requests = 8;
  std::size_t max_tokens = 32;
  double timeout_s = 120;
  std::string energy_command{};
  std::string write{};
  bool live = false;
  bool json = false;
};

openai::hosted_model model_of(const options& given) {
  openai::hosted_model out{.where = {.url = given.url, .key_env = given.key_env}, .model = given.model};
  if (given.dialect == "text") out.spoken = openai::dialect::text;
  if (given.dialect == "ollama") out.spoken = openai::dialect::ollama;
  out.how.temperature = 0;
  return out;
}

// Joules by a command of the user's, else by RAPL; empty where neither is at hand.
std::function<std::optional<double>()> energy_counter(const std::string& command) {
  if (!command.empty()) return [m = run::command_meter({"sh", "-c", command})] { return m.joules(); };
  const auto rapl = std::make_shared<run::rapl_meter>();
  if (!rapl->available()) return {};
  return [rapl] { return rapl->joules(); };
}

json::ordered write_live(const openai::live_figures& l) {
  json::ordered out{{"ready", l.ready}};
  if (!l.note.empty()) out["note"] = l.note;
  if (l.slots) out["slots"] = *l.slots;
  if (l.busy) out["busy"] = *l.busy;
  if (l.queued) out["queued"] = *l.queued;
  if (l.tokens_per_s) out["tokens_per_s"] = *l.tokens_per_s;
  if (l.tokens_written) out["tokens_written"] = *l.tokens_written;
  return out;
}

json::ordered write_point(const openai::probe_point& p) {
  json::ordered out{{"words", p.words},
                    {"concurrency", p.concurrency},
                    {"answered", p.answered},
                    {"failed", p.failed},
                    {"input_tokens", p.input_tokens},
                    {"output_tokens", p.output_tokens},
                    {"first_text_s", p.first_text_s},
                    {"latency_s", p.latency_s},
                    {"latency_p95_s", p.latency_p95_s},
                    {"tokens_per_s", p.tokens_per_s},
                    {"total_tokens_per_s", p.total_tokens_per_s}};
  if (p.joules) out["joules"] = *p.joules;
  if (!p.first_failure.empty()) out["first_failure"] = p.first_failure;
  return out;
}

// One request at a time is what a descriptor's time and energy mean; of the lengths, the one in the middle.
const openai::probe_point& typical(const std::vector<openai::probe_point>& points) {
  const std::size_t least = std::min_element(points.begin(), points.end(), [](const auto& a, const auto& b) {
                              return a.concurrency < b.concurrency;
                            })->concurrency;
  std::vector<const openai::probe_point*> alone;
  for (const auto& p : points) {
    if (p.concurrency == least) alone.push_back(&p);
  }
  std::sort(alone.begin(), alone.end(), [](const auto* a, const auto* b) { return a->words < b->words; });
  return *alone[(alone.size() - 1) / 2];
}

json::ordered write_model(const options& given, const std::vector<openai::probe_point>& points,
                          const std::optional<std::size_t>& slots) {
  const openai::probe_point& p = typical(points);
  json::ordered out{{"name", given.name}};
  if (p.joules) out["energy_j"] = *p.joules;
  out["time_s"] = p.latency_s;
  if (slots && *slots > 0) out["concurrency"] = *slots;
  json::ordered backend{{"kind", "openai"}, {"url", given.url}};
  if (!given.model.empty()) backend["model"] = given.model;
  if (!given.key_env.empty()) backend["key_env"] = given.key_env;
  if (given.dialect != "chat") backend["dialect"] = given.dialect;
  out["backend"] = std::move(backend);
  return out;
}

// Puts the model's entry into a swarm file: what was measured in place of what was there, the rest as it is.
void write_into(const std::string& path, const json::ordered& model) {
  json::ordered document{{"models", json::ordered::array()}};
  if (std::filesystem::exists(path)) {
    document = read_with(path, json::parse_limits{}.bytes, [](std::string_view text) {
      const nlohmann::json checked = json::parse(text);  // strict, but its keys are sorted
      static_cast<void>(json::cursor(checked).at("models").size());
      return json::ordered::parse(text);
    });
  }
  for (json::ordered& there : document["models"]) {
    if (!there.is_object() || there.value("name", "") != model["name"]) continue;
    for (const auto& [key, value] : model.items()) there[key] = value;
    write_file(path, document.dump(2) + '\n');
    return;
  }
  document["models"].push_back(model);
  write_file(path, document.dump(2) + '\n');
}

std::string in_words(const openai::live_figures& l) {
  if (!l.ready) return "not ready: " + one_line(l.note) + '\n';
  std::string out = "ready";
  if (l.slots) out += message(", ", *l.slots, " slots");
  if (l.busy) out += message(", ", *l.busy, " busy");
  if (l.queued) out += message(", ", *l.queued, " queued");
  if (l.tokens_per_s) out += message(", ", brief(*l.tokens_per_s, 3), " tokens/s so far");
  return out + '\n';
}

std::string in_words(const std::vector<openai::probe_point>& points) {
  const bool joules =
      std::any_of(points.begin(), points.end(), [](const auto& p) { return p.joules.has_value(); });
  std::vector<std::string> header{"words",        "at once",   "answered", "tokens in", "out",
                                  "first text s", "latency s", "95 % s",   "tokens/s",  "all tokens/s"};
  if (joules) header.emplace_back("J each");
  table rows(header);
  for (const auto& p : points) {
    std::vector<std::string> row{std::to_string(p.words), std::to_string(p.concurrency),
                                 message(p.answered, "/", p.answered + p.failed)};
    for (const double value : {p.input_tokens, p.output_tokens, p.first_text_s, p.latency_s, p.latency_p95_s,
                               p.tokens_per_s, p.total_tokens_per_s}) {
      row.push_back(brief(value, 3));
    }
    if (joules) row.push_back(p.joules ? brief(*p.joules, 3) : "-");
    rows.add(std::move(row));
  }
  return rows.text();
}

status run(options given) {
  const openai::hosted_model m = model_of(given);
  const cancel_on_signal cancel;
  openai::live_figures live;
  std::vector<openai::probe_point> points;
  std::optional<std::string> failed;
  try {
    const openai::client server(m.where);
    live = openai::look(server, std::chrono::steady_clock::now() + std::chrono::seconds(10), cancel.token());
    if (given.live) {
      given.json ? print_json(write_live(live)) : print(in_words(live));
      return live.ready ? status::answered : status::no_answer;
    }
    if (given.name.empty()) given.name = given.model.empty() ? given.url : given.model;
    openai::probe_plan plan{.words = given.words,
                            .concurrency = given.concurrency,
                            .requests = given.requests,
                            .max_tokens = given.max_tokens,
                            .timeout_s = given.timeout_s};
    plan.energy = energy_counter(given.energy_command);
    const progress shown("the server is being measured");
    points = openai::probe(m, plan, cancel.token());
  } catch (const openai::failure& f) {
    failed = one_line(message(name_of(f.why), ": ", f.what()));
    if (f.why == openai::cause::cancelled) return status::limit;
  } catch (const bad_input& e) {
    throw refusal(std::string("shoal probe: ") + e.what());
  }
  if (failed) {
    given.json ? print_json({{"live", write_live(live)}, {"failure", *failed}}) : print(*failed + '\n');
    return status::no_answer;
  }
  const json::ordered model = write_model(given, points, live.slots);
  const bool any = typical(points).answered > 0;
  if (!given.write.empty() && any) write_into(given.write, model);
  if (given.json) {
    json::ordered out{{"live", write_live(live)}, {"points", json::ordered::array()}};
    for (const auto& p : points) out["points"].push_back(write_point(p));
    out["model"] = model;
    print_json(out);
  } else {
    print(in_words(live) + '\n' + in_words(points) + '\n' + model.dump() + '\n');
    for (const auto& p : points) {
      if (!p.first_failure.empty())
        complain(message(p.failed, " failed; the first: ", one_line(p.first_failure)));
    }
  }
  return any ? status::answered : status::no_answer;
}

}  // namespace

verb probe_verb(CLI::App& command) {
  auto given = std::make_shared<options>();
  CLI::App* app = command.add_subcommand(
      "probe", "Measure a model behind a server: time to first text, tokens/s, latency, joules");
  app->add_option("URL", given->url, "The server: http://127.0.0.1:8080, or with the path of its interface")
      ->required();
  app->add_option("--model", given->model, "The model, as the server calls it")->type_name("NAME");
  app->add_option("--name", given->name, "Its name in the swarm file (default: the model)")
      ->type_name("NAME");
  app->add_option("--key-env", given->key_env, "Environment variable that holds the API key")
      ->type_name("VARIABLE");
  app->add_option("--dialect", given->dialect, "chat, text or ollama")
      ->check(CLI::IsMember({"chat", "text", "ollama"}))
      ->type_name("WORD");
  app->add_option("--words", given->words, "Lengths of the prompts, words (default 16,128)")
      ->delimiter(',')
      ->check(whole_number(1))
      ->type_name("N,...");
  app->add_option("--concurrency", given->concurrency, "Requests at once (default 1,4)")
      ->delimiter(',')
      ->check(whole_number(1))
      ->type_name("N,...");
  app->add_option("--requests", given->requests, "Requests for each of them (default 8)")
      ->check(whole_number(1))
      ->type_name("N");
  app->add_option("--max-tokens", given->max_tokens, "Longest answer (default 32)")
      ->check(whole_number(1))
      ->type_name("N");
  app->add_option("--timeout", given->timeout_s, "Seconds for each request (default 120)")
      ->check(positive_number())
      ->type_name("S");
  app->add_option("--energy-command", given->energy_command,
                  "Prints a counter of joules (default: RAPL's, where it may be read)")
      ->type_name("COMMAND");
  app->add_option("--write", given->write, "Put the model's entry into this swarm file")->type_name("FILE");
  app->add_flag("--live", given->live, "Only read /health, /slots and /metrics");
  app->add_flag("--json", given->json, "Print JSON");
  app->footer(
      "Joules are those of the whole machine while the requests run, the idle ones included.\n\n"
      "Examples:\n"
      "  shoal probe http://127.0.0.1:8080 --write swarm.json\n"
      "  shoal probe http://127.0.0.1:8080 --live --json");
  return {app, [given] { return run(*given); }};
}

}  // namespace shoal::tools
