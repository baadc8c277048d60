// SPDX-License-Identifier: BSL-1.0
/// @file Reading a simulation file: a swarm file that says how its models behave and what goes wrong.
#pragma once

#include <cmath>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/json/cursor.hpp"
#include "shoal/json/read_behaviour.hpp"
#include "shoal/json/read_faults.hpp"
#include "shoal/json/read_rules.hpp"
#include "shoal/json/read_swarm.hpp"
#include "shoal/sim/scenario.hpp"

namespace shoal::json {

/// Orders of one simulation, beats of its hearts: more are taken for a mistake.
inline constexpr double most_simulated = 1e8;

namespace detail {

// Reads the object "simulation" of a swarm that was read before.
class scenario_reader {
 public:
  scenario_reader(const cursor& root, const swarm& s, const std::filesystem::path& folder)
      : root_(root), swarm_(s), names_{s.models}, folder_(folder), files_(folder) {}

  sim::scenario read(const cursor& at) {
    at.only({"orders_per_s", "for_s", "deadline_s", "cancelled", "heartbeat_s", "health", "balance", "routes",
             "orders", "rules", "behaviour", "groups", "models", "hazards", "faults", "outages", "wanted"});
    if (swarm_.models.empty()) root_.at("models").refuse("a simulation needs a model");
    for (std::size_t i = 0; i < swarm_.models.size(); ++i) out_.models.push_back(swarm_.models[i]);
    read_stream(at);
    const auto rules = at.find("rules");
    if (rules) out_.rules = read_rules(*rules, out_.models.size());
    read_concurrency();
    read_behaviours(at);
    read_routes(at);
    if (const auto list = at.find("orders")) read_classes(*list);
    read_group_failures();
    fault_reader faults(names_, folder_, out_);
    each(at, "hazards", [&](const cursor& one) { faults.read_hazard(one); });
    each(at, "faults", [&](const cursor& one) { faults.read_fault(one); });
    each(at, "outages", [&](const cursor& one) { faults.read_outages(one); });
    if (const auto wanted = at.find("wanted")) read_wanted(*wanted);
    check_lengths(at);
    return std::move(out_);
  }

 private:
  template <class Read>
  static void each(const cursor& at, std::string_view key, Read read) {
    const auto list = at.find(key);
    for (std::size_t n = 0; list && n < list->size(); ++n) read((*list)[n]);
  }

  // The clock of a simulation holds 292 years.
  static double some_seconds(const cursor& at) {
    constexpr double most_s = 5e8;
    if (positive(at) > most_s) at.refuse_not(message("at most ", most_s));
    return at.number();
  }

  void read_stream(const cursor& at) {
    if (const auto rate = at.find("orders_per_s")) out_.orders_per_s = positive(*rate);
    if (const auto time = at.find("for_s")) out_.for_s = some_seconds(*time);
    if (const auto deadline = at.find("deadline_s")) out_.deadline_s = some_seconds(*deadline);
    if (const auto share = at.find("cancelled")) out_.cancelled = share->share();
    if (const auto beat = at.find("heartbeat_s")) out_.heartbeat_s = beat->amount();
    if (const auto health = at.find("health")) {
      health->only({"slow_start_s", "least_weight"});
      if (const auto slow = health->find("slow_start_s")) out_.health.slow_start_s = slow->amount();
      if (const auto least = health->find("least_weight"))
        out_.health.least_weight = inner_share(*least, true);
    }
    const auto balance = at.find("balance");
    if (!balance) return;
    try {
      out_.balance = sim::balance_named(balance->text());
    } catch (const invalid_argument&) {
      balance->refuse_not(
          "one of least expected finish, first usable, round robin, weighted round robin, least in flight, "
          "two choices, by priority, energy first");
    }
  }

  // Of a model, as the task file has it too.
  void read_concurrency() {
    const cursor models = root_.at("models");
    for (std::size_t i = 0; i < out_.models.size(); ++i) {
      const auto limit = models[i].find("concurrency");
      if (!limit) continue;
      if (out_.rules.concurrency.empty()) out_.rules.concurrency.assign(out_.models.size(), 1);
      out_.rules.concurrency[i] = limit->whole(1);
    }
  }

  void read_behaviours(const cursor& at) {
    const auto all = at.find("behaviour");
    const auto groups = at.find("groups");
    const auto models = at.find("models");
    const auto known = [](const std::optional<cursor>& object, const auto& is_there, const char* what) {
      if (!object) return;
      object->only({}, keys_of(*object));
      for (const std::string_view key : keys_of(*object)) {
        if (!key.starts_with('_') && !is_there(key))
          object->at(key).refuse(message("there is no such ", what));
      }
    };
    known(
        groups, [&](std::string_view name) { return !names_.members(name).empty(); }, "group");
    known(
        models, [&](std::string_view name) { return names_.find(name).has_value(); }, "model");
    for (std::size_t i = 0; i < out_.models.size(); ++i) {
      const model& m = out_.models[i];
      sim::behaviour b = behaviour_of(swarm_, i, out_.for_s);
      if (all) read_behaviour(*all, files_, b);
      if (groups && !m.group.empty()) {
        if (const auto group = groups->find(m.group)) read_behaviour(*group, files_, b);
      }
      if (models) {
        if (const auto own = models->find(m.name)) read_behaviour(*own, files_, b);
      }
      if (b.time_s.seen.empty() && b.time_s.median == 0) {
        throw value_error(child(root_.at("models")[i].pointer(), "time_s"),
                          "missing, here and in its behaviour: a simulation needs the seconds of a request");
      }
      // As a hazard it can be told in a story, and left out of it.
      if (b.mttf_s < std::numeric_limits<double>::infinity()) {
        out_.hazards.push_back({sim::fault_kind::crash, {i}, b.mttf_s, b.mttr_s, 1});
        b.mttf_s = std::numeric_limits<double>::infinity();
      }
      out_.behaviours.push_back(std::move(b));
    }
  }

  static std::vector<std::string_view> keys_of(const cursor& object) {
    std::vector<std::string_view> out;
    if (!object.value().is_object()) object.refuse_not("an object");
    for (const auto& [key, member] : object.value().items()) out.push_back(key);
    return out;
  }

  void read_routes(const cursor& at) {
    if (const auto routes = at.find("routes")) {
      for (std::size_t r = 0; r < routes->size(); ++r) out_.routes.push_back(names_.listed((*routes)[r]));
      return;
    }
    for (std::size_t k = 0; k < swarm_.graph.size(); ++k) {  // each subtask goes to those that may do it
      std::vector<std::size_t> route;
      for (std::size_t i = 0; i < out_.models.size(); ++i) {
        if (swarm_.problem.allowed(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k))) {
          route.push_back(i);
        }
      }
      if (route.empty()) root_.at("subtasks")[k].refuse("no model may do it");
      out_.routes.push_back(std::move(route));
    }
  }

  void read_classes(const cursor& list) {
    name_book names;
    for (std::size_t n = 0; n < list.size(); ++n) {
      const cursor at = list[n];
      at.only({"name", "share", "priority"});
      sim::order_class c{at.at("name").name(), 1, 0};
      names.add(at.at("name"));
      if (const auto share = at.find("share")) c.share = positive(*share);
      if (const auto priority = at.find("priority")) {
        const double value = priority->number();
        if (!(value >= -1e9 && value <= 1e9) || value != std::floor(value)) {
          priority->refuse_not("a whole number");
        }
        c.priority = static_cast<int>(value);
      }
      out_.classes.push_back(std::move(c));
    }
    if (out_.classes.size() > 255) list.refuse("there are more than 255 classes");
  }

  // A group that fails in the mission takes its models with it.
  void read_group_failures() {
    for (const failure_group& g : swarm_.groups) {
      std::vector<std::size_t> hit = names_.members(g.name);
      if (g.failure_probability == 0 || hit.empty()) continue;
      out_.hazards.push_back({sim::fault_kind::crash, std::move(hit),
                              mean_time_to_failure(g.failure_probability, out_.for_s),
                              never_back * out_.for_s, 1});
    }
  }

  void read_wanted(const cursor& at) {
    at.only({"answered", "p50_s", "p99_s", "p999_s", "energy_j"});
    if (const auto share = at.find("answered")) out_.wanted.answered = share->share();
    if (const auto most = at.find("p50_s")) out_.wanted.p50_s = positive(*most);
    if (const auto most = at.find("p99_s")) out_.wanted.p99_s = positive(*most);
    if (const auto most = at.find("p999_s")) out_.wanted.p999_s = positive(*most);
    if (const auto most = at.find("energy_j")) out_.wanted.energy_j = positive(*most);
  }

  void check_lengths(const cursor& at) const {
    if (out_.orders_per_s * out_.for_s > most_simulated) {
      at.refuse(message(out_.orders_per_s, " orders/s for ", out_.for_s, " s are more than ", most_simulated,
                        " orders"));
    }
    if (out_.heartbeat_s > 0 &&
        static_cast<double>(out_.models.size()) * (out_.for_s / out_.heartbeat_s) > most_simulated) {
      at.at("heartbeat_s").refuse(message("more than ", most_simulated, " heartbeats"));
    }
    for (const sim::hazard& h : out_.hazards) {
      if (out_.for_s / h.every_s > most_faults) {
        at.refuse(message("a failure every ", h.every_s, " s for ", out_.for_s, " s: more than ", most_faults,
                          " faults"));
      }
    }
  }

  const cursor& root_;
  const swarm& swarm_;
  model_names names_;
  const std::filesystem::path& folder_;
  measured_columns files_;
  sim::scenario out_{};
};

}  // namespace detail

/// The scenario that a document is: a swarm file with an object "simulation". A task file will do as well;
/// its "task" and its backends are passed over.
/// @param folder  where relative paths in it start.
/// @throws value_error when it is none; one line, the JSON pointer first.
inline sim::scenario read_scenario(const nlohmann::json& document, const std::filesystem::path& folder) {
  const cursor root(document);
  const swarm s =
      read_swarm(document, {.keys = {"simulation", "task"}, .model_keys = {"backend", "concurrency"}});
  sim::scenario out = detail::scenario_reader(root, s, folder).read(root.at("simulation"));
  try {
    sim::validate(out);
  } catch (const invalid_argument& e) {
    root.at("simulation").refuse(e.what());
  }
  return out;
}

}  // namespace shoal::json
