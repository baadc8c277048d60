// SPDX-License-Identifier: BSL-1.0
/// @file Orders: what a dispatcher is asked to get answered, and how it ended.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include "shoal/core/unique_function.hpp"
#include "shoal/infer/reply.hpp"
#include "shoal/infer/request.hpp"
#include "shoal/run/event.hpp"
#include "shoal/run/moment.hpp"

namespace shoal::run {

/// One piece of work for one of several models that can do it.
template <class Value = std::string>
struct order {
  infer::request<Value> what{};  ///< its model, attempt and deadline are filled in for each call
  std::size_t route = 0;         ///< which models; see `dispatcher::add_route`
  int priority = 0;              ///< the highest goes first
  std::size_t place = 0;  ///< among equal priorities the lowest goes first, then the one that came first
  time_point deadline = time_point::max();       ///< it fails then
  time_point call_deadline = time_point::max();  ///< what its requests say, where that is earlier
  double patience_s = std::numeric_limits<double>::infinity();  ///< at most `resilience::patience_s` holds
  bool repeatable = true;        ///< false: once a model has been asked, no other call is made, come what may
  std::size_t tag = no_subtask;  ///< what events call it: the index of its subtask
  std::size_t attempt = 1;       ///< what requests and events say
};

/// How an order ended.
template <class Value = std::string>
struct dispatched {
  infer::reply<Value> what{};
  std::size_t model = no_model;  ///< that answered, or failed last
  double took_s = 0;             ///< the call that answered, seconds
};

/// Names an order; after its end it names nothing.
struct order_id {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;  ///< 0: none
  explicit operator bool() const { return generation != 0; }
};

/// Who is told how an order ended, once.
template <class Value = std::string>
using order_handler = unique_function<void(dispatched<Value>&&)>;

}  // namespace shoal::run
