// SPDX-License-Identifier: BSL-1.0
/// @file Options of a run: until when, how often, and what to do with a subtask whose models failed.
#pragma once

#include <cstddef>
#include <functional>
#include <stop_token>
#include <string>

#include "shoal/core/clock.hpp"
#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/run/accounting.hpp"
#include "shoal/run/replanner.hpp"
#include "shoal/task/answer.hpp"

namespace shoal::run {

/// `options{.try_timeout = std::chrono::seconds(2), .replan = replan{assign::exact{}}}`. As it stands a run
/// has no time limit and each model of the plan is asked once.
struct options {
  std::chrono::steady_clock::time_point deadline =
      std::chrono::steady_clock::time_point::max();  ///< of the whole run
  std::chrono::duration<double> try_timeout =
      std::chrono::duration<double>::max();  ///< of each call, > 0; a call that lasts longer failed
  std::size_t attempts = 3;            ///< times that a subtask is given to models, the plan's included, >= 1
  bool replace_lost_replicas = false;  ///< replace a failed replica while others of its subtask live
  bool stand_ins = false;  ///< failed or slow calls may go to other models than the plan's: see stand_ins.hpp
  std::string run_id{};    ///< names the run: requests carry idempotency keys that begin with it; empty: none
  bool adapt = false;  ///< plans what has not started anew when models are not what the plan took them for
  budget spend{};      ///< of all calls together
  std::function<double(std::size_t model, const usage&)> price{};  ///< money of one answer; empty: none
  replanner replan{};      ///< finds other models for what failed; empty: nothing is moved
  std::stop_token stop{};  ///< cancels the run
};

/// Refuses options out of range.
/// @throws invalid_argument  `options: attempts 0 is not >= 1`.
template <class = when_used>
void validate(const options& o) {
  if (o.attempts == 0) throw invalid_argument("options: attempts 0 is not >= 1");
  validate(o.spend);
  if (!(o.try_timeout.count() > 0)) {
    throw invalid_argument(message("options: try_timeout ", o.try_timeout.count(), " s is not > 0"));
  }
}

}  // namespace shoal::run
