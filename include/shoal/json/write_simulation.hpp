// SPDX-License-Identifier: BSL-1.0
/// @file Simulations as documents: what came of each seed, and a story as a simulation file of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "shoal/json/write_swarm.hpp"
#include "shoal/sim/fault.hpp"
#include "shoal/sim/record.hpp"
#include "shoal/sim/runs.hpp"
#include "shoal/sim/shrink.hpp"

namespace shoal::json {

/// A digest as people compare it: 16 hexadecimal digits.
inline std::string write_digest(std::uint64_t digest) {
  std::string out(16, '0');
  for (std::size_t at = out.size(); at-- > 0; digest >>= 4U) out[at] = "0123456789abcdef"[digest & 15U];
  return out;
}

/// What came of one seed.
inline ordered write_record(std::uint64_t seed, const sim::simulation_record& r) {
  ordered out{{"seed", seed},           {"digest", write_digest(r.digest)},
              {"orders", r.orders},     {"answered", r.answered},
              {"given_up", r.given_up}, {"cancelled", r.cancelled},
              {"shed", r.shed},         {"calls", r.calls},
              {"retries", r.retries},   {"hedges", r.hedges},
              {"energy_j", r.energy_j}, {"spent_j", r.spent_j},
              {"mean_s", r.mean_s},     {"p50_s", r.p50_s},
              {"p99_s", r.p99_s},       {"p999_s", r.p999_s},
              {"worst_s", r.worst_s},   {"simulated_s", r.virtual_s},
              {"events", r.events}};
  if (!r.classes.empty()) {
    out["classes"] = ordered::array();
    for (const sim::class_record& c : r.classes) {
      out["classes"].push_back({{"name", c.name},
                                {"orders", c.orders},
                                {"answered", c.answered},
                                {"given_up", c.given_up},
                                {"p50_s", c.p50_s},
                                {"p99_s", c.p99_s}});
    }
  }
  out["findings"] = r.findings;
  return out;
}

/// Faults as a simulation file lists them at "/simulation/faults".
inline ordered write_faults(const std::vector<sim::fault>& faults, const std::vector<model>& models) {
  ordered out = ordered::array();
  for (const sim::fault& f : faults) {
    ordered names = ordered::array();
    for (const std::size_t i : f.models) names.push_back(models[i].name);
    ordered one{
        {"kind", name_of(f.kind)}, {"models", std::move(names)}, {"at_s", f.at_s}, {"for_s", f.for_s}};
    if (f.kind == sim::fault_kind::slow) one["factor"] = f.factor;
    out.push_back(std::move(one));
  }
  return out;
}

/// A story in short.
inline ordered write_story(const sim::failing_story& s) {
  return {{"seed", s.seed},
          {"for_s", s.what.for_s},
          {"faults", write_faults(s.faults, s.what.models)},
          {"findings", s.findings}};
}

/// The simulation file that plays a story again by its seed: that of the scenario, with the story's time and
/// faults in place of its own, and no other failure.
/// @param document  from which the scenario was read.
inline ordered write_story_file(const nlohmann::json& document, const sim::failing_story& s) {
  ordered out = document;
  const auto lasting = [](ordered& behaviour) {
    if (behaviour.contains("mttf_s")) behaviour["mttf_s"] = nullptr;
  };
  for (const char* key : {"models", "groups"}) {
    if (!out.contains(key)) continue;
    for (ordered& one : out[key]) {
      if (one.contains("failure_probability")) one["failure_probability"] = 0;
    }
  }
  ordered& simulation = out["simulation"];
  if (simulation.contains("behaviour")) lasting(simulation["behaviour"]);
  for (const char* key : {"models", "groups"}) {
    if (!simulation.contains(key)) continue;
    for (auto& [name, behaviour] : simulation[key].items()) {
      if (!name.starts_with('_')) lasting(behaviour);
    }
  }
  simulation.erase("hazards");
  simulation.erase("outages");
  simulation["for_s"] = s.what.for_s;
  simulation["faults"] = write_faults(s.faults, s.what.models);
  return out;
}

}  // namespace shoal::json
