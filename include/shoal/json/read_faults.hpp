// SPDX-License-Identifier: BSL-1.0
/// @file Reading what goes wrong in a simulation: hazards, faults at set times, and outages that were
/// measured.
#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shoal/core/csv.hpp"
#include "shoal/core/message.hpp"
#include "shoal/json/backend.hpp"
#include "shoal/json/cursor.hpp"
#include "shoal/json/read_rules.hpp"
#include "shoal/model/fleet.hpp"
#include "shoal/sim/scenario.hpp"
#include "shoal/survive/outages.hpp"

namespace shoal::json {

/// Faults that one hazard may bring to a simulation: more are taken for a mistake.
inline constexpr double most_faults = 1e6;

namespace detail {

// Models by name and by group.
class model_names {
 public:
  explicit model_names(const fleet<>& models) : models_(models) {}

  std::optional<std::size_t> find(std::string_view name) const {
    for (std::size_t i = 0; i < models_.size(); ++i)
      if (models_[i].name == name) return i;
    return std::nullopt;
  }
  std::vector<std::size_t> members(std::string_view group) const {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < models_.size(); ++i)
      if (models_[i].group == group) out.push_back(i);
    return out;
  }

  std::vector<std::size_t> listed(const cursor& list) const {
    std::vector<std::size_t> out;
    for (std::size_t n = 0; n < list.size(); ++n) {
      const auto i = find(list[n].text());
      if (!i) list[n].refuse_not("the name of a model");
      if (std::find(out.begin(), out.end(), *i) != out.end()) list[n].refuse("this model is there twice");
      out.push_back(*i);
    }
    if (out.empty()) list.refuse("no model is named");
    return out;
  }

  // Of "models" or "group".
  std::vector<std::size_t> concerned(const cursor& at) const {
    const auto models = at.find("models");
    const auto group = at.find("group");
    if (models.has_value() == group.has_value()) at.refuse("one of models, group is needed");
    std::vector<std::size_t> out = models ? listed(*models) : members(group->name());
    if (out.empty()) group->refuse_not("the group of any model");
    std::sort(out.begin(), out.end());
    return out;
  }

 private:
  const fleet<>& models_;
};

// Reads faults into a scenario whose models, and whose time, are known.
class fault_reader {
 public:
  fault_reader(const model_names& names, const std::filesystem::path& folder, sim::scenario& into)
      : names_(names), folder_(folder), out_(into) {}

  void read_hazard(const cursor& at) {
    at.only({"kind", "models", "group", "every_s", "for_s", "factor"});
    const sim::fault_kind kind = read_kind(at.at("kind"));
    const sim::hazard h{kind, names_.concerned(at), positive(at.at("every_s")), positive(at.at("for_s")),
                        read_factor(at, kind, 10)};
    if (out_.for_s / h.every_s > most_faults) {
      at.at("every_s").refuse(message("more than ", most_faults, " faults"));
    }
    out_.hazards.push_back(h);
  }

  void read_fault(const cursor& at) {
    at.only({"kind", "models", "group", "at_s", "for_s", "factor"});
    const sim::fault_kind kind = read_kind(at.at("kind"));
    out_.faults.push_back({kind, names_.concerned(at), at.at("at_s").amount(), positive(at.at("for_s")),
                           read_factor(at, kind, 1)});
  }

  // Outages that were measured: each is a crash of all models concerned.
  void read_outages(const cursor& at) {
    at.only({"file", "trace", "models", "group", "from_s", "scale", "least_severity"});
    const std::vector<std::size_t> hit = names_.concerned(at);
    const cursor file = at.at("file");
    const auto severity = at.find("least_severity");
    const auto [text, fresh] = logs_.try_emplace(file.text());
    if (fresh) text->second = read_named_file(file, folder_);
    std::vector<survive::outage_log> logs;
    try {
      logs = survive::read_outages(text->second, severity ? severity->amount() : 0);
    } catch (const csv_error& e) {
      file.refuse(message(shown(file.value()), ": ", e.what()));
    }
    const auto trace = at.find("trace");
    const survive::outage_log* log = nullptr;
    double first_s = std::numeric_limits<double>::infinity();
    for (const survive::outage_log& one : logs) {
      if (!trace || one.name == trace->text()) log = log == nullptr ? &one : log;
      if (!one.outages.empty()) first_s = std::min(first_s, one.from_s);
    }
    if (!trace && logs.size() > 1) {
      at.refuse(message("trace is missing: ", shown(file.value()), " has ", logs.size(), " of them"));
    }
    if (log == nullptr)
      (trace ? *trace : file)
          .refuse(message(trace ? "no such trace" : "no outage", " in ", shown(file.value())));
    const auto from = at.find("from_s");
    const double from_s = from ? from->number() : first_s;
    const auto given = at.find("scale");
    const double scale = given ? positive(*given) : 1;
    for (const survive::outage& o : log->outages) {
      const double start = std::max(0.0, (o.start_s - from_s) * scale);
      const double end = (o.end_s - from_s) * scale;
      if (end <= start || start >= out_.for_s) continue;
      out_.faults.push_back({sim::fault_kind::crash, hit, start, end - start, 1});
    }
  }

 private:
  static sim::fault_kind read_kind(const cursor& at) {
    return static_cast<sim::fault_kind>(at.one_of({"crash", "stall", "slow", "wrong", "cut off"}));
  }
  static double read_factor(const cursor& at, sim::fault_kind kind, double usual) {
    const auto factor = at.find("factor");
    if (factor && kind != sim::fault_kind::slow) factor->refuse("only slow has a factor");
    return factor ? positive(*factor) : usual;
  }

  const model_names& names_;
  const std::filesystem::path& folder_;
  sim::scenario& out_;
  std::map<std::string, std::string> logs_{};
};

}  // namespace detail

}  // namespace shoal::json
