// SPDX-License-Identifier: BSL-1.0
/// @file Job digest: tells whether a journal belongs to a job.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/core/when_used.hpp"
#include "shoal/core/wire.hpp"
#include "shoal/model/descriptor.hpp"
#include "shoal/task/graph.hpp"

namespace shoal::run {

/// A number that is the same for the same work: all of every subtask, the edges, and the names of the models
/// in their order. The plan and the models' figures are left out, since a run that is resumed may have better
/// ones. It guards against mistakes, not against forgery.
/// @complexity O(bytes of the graph).
/// @source FNV-1a, 64 bits (Fowler, Noll & Vo).
template <class = when_used>
std::uint64_t job_digest(const task_graph& graph, const std::vector<model>& models) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  std::string part;
  const auto take = [&] {
    for (const char c : part) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
    part.clear();
  };
  put_varint(part, graph.size());
  for (std::size_t k = 0; k < graph.size(); ++k) {
    const subtask& s = graph[k];
    put_text(part, s.name);
    put_text(part, s.input);
    put_text(part, s.instruction);
    put_double(part, s.count);
    put_varint(part, s.replicas);
    put_double(part, s.survival.value_or(-1));
    put_varint(part, s.separate_groups ? 1 : 0);
    put_varint(part, graph.needs(k).size());
    for (const std::size_t need : graph.needs(k)) put_varint(part, need);
    take();
  }
  put_varint(part, models.size());
  for (const model& m : models) put_text(part, m.name);
  take();
  return hash;
}

}  // namespace shoal::run
