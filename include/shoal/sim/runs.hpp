// SPDX-License-Identifier: BSL-1.0
/// @file Runs: one scenario played by many seeds side by side, and the short story of one that goes wrong.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "shoal/core/when_used.hpp"
#include "shoal/sim/fault.hpp"
#include "shoal/sim/record.hpp"
#include "shoal/sim/scenario.hpp"
#include "shoal/sim/shrink.hpp"
#include "shoal/sim/simulation.hpp"
#include "shoal/sim/virtual_time.hpp"

namespace shoal::sim {

/// Plays a scenario by the seeds first, first + 1, ...: equal records on any number of threads, in the order
/// of the seeds.
/// @param threads  that work; 0: as many as the machine has.
/// @param heard  `heard(runs_done)`, called after each run, by one thread at a time; it must not throw.
/// @throws invalid_argument  when the scenario makes no sense.
/// @complexity that of `simulate`, times `runs`.
template <class Heard>
std::vector<simulation_record> simulate_runs(const scenario& s, std::uint64_t first, std::size_t runs,
                                             std::size_t threads, Heard heard) {
  validate(s);
  std::vector<simulation_record> out(runs);
  if (threads == 0) threads = std::max<std::size_t>(std::thread::hardware_concurrency(), 1);
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::size_t done = 0;
  std::exception_ptr broken;
  const auto work = [&] {
    try {
      for (std::size_t r = next++; r < runs; r = next++) {
        out[r] = simulate(s, first + r);
        const std::lock_guard lock(mutex);
        heard(++done);
      }
    } catch (...) {  // out of memory
      const std::lock_guard lock(mutex);
      broken = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> pool;
    for (std::size_t t = 1; t < std::min(threads, runs); ++t) pool.emplace_back(work);
    work();
  }
  if (broken) std::rethrow_exception(broken);
  return out;
}

/// The same, told to nobody.
template <class = when_used>
std::vector<simulation_record> simulate_runs(const scenario& s, std::uint64_t first, std::size_t runs,
                                             std::size_t threads = 0) {
  return simulate_runs(s, first, runs, threads, [](std::size_t) {});
}

/// One digest of many runs, in their order.
template <class = when_used>
std::uint64_t digest_of(const std::vector<simulation_record>& runs) {
  std::uint64_t out = 0xCBF29CE484222325U;  // FNV-1a, over whole words
  for (const simulation_record& r : runs) out = (out ^ r.digest) * 0x100000001B3U;
  return out;
}

/// The short story of a seed whose simulation has findings: as little time and as few faults as are enough
/// for a finding.
/// @pre `simulate(s, seed)` finds something
/// @complexity up to some hundred simulations of the shortened time; see `fewest`.
template <class = when_used>
failing_story shortest_story(const scenario& s, std::uint64_t seed) {
  return shrink(s, faults_of(s, seed), seed, [&](const scenario& one, const std::vector<fault>& with) {
    virtual_time on;
    return simulate_on(on, one, with, seed).findings;
  });
}

}  // namespace shoal::sim
