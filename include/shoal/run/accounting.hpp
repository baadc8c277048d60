// SPDX-License-Identifier: BSL-1.0
/// @file Accounting: what calls cost in energy, time and money, by model and by subtask, within a budget.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/model/descriptor.hpp"
#include "shoal/run/event.hpp"
#include "shoal/task/answer.hpp"

namespace shoal::run {

/// What calls cost.
struct charge {
  double energy_j = 0;  ///< joules, >= 0
  double time_s = 0;    ///< seconds for which models were busy, >= 0; not the clock on the wall
  double money = 0;     ///< in the currency of the prices, >= 0

  charge& operator+=(const charge& other) {
    energy_j += other.energy_j;
    time_s += other.time_s;
    money += other.money;
    return *this;
  }
  charge& operator-=(const charge& other) {
    energy_j -= other.energy_j;
    time_s -= other.time_s;
    money -= other.money;
    return *this;
  }
  friend charge operator+(charge a, const charge& b) { return a += b; }
  friend bool operator==(const charge&, const charge&) = default;
};

/// What one use of a model costs: `price(model, used)`, money >= 0.
template <class P>
concept price = std::copy_constructible<P> && requires(const P& p, std::size_t model, const usage& used) {
  { p(model, used) } -> std::convertible_to<double>;
};

/// Models of one's own send no bill.
struct free_of_charge {
  double operator()(std::size_t, const usage&) const { return 0; }
};

/// Prices as model vendors print them.
struct token_price {
  double input_per_million = 0;   ///< money for a million input tokens, >= 0
  double output_per_million = 0;  ///< money for a million output tokens, >= 0
  double per_call = 0;            ///< money, >= 0
};

/// Each model's own price; those without one are free.
struct token_prices {
  std::vector<token_price> of{};  ///< by model

  double operator()(std::size_t model, const usage& used) const {
    if (model >= of.size()) return 0;
    const token_price& p = of[model];
    return p.per_call + 1e-6 * (p.input_per_million * static_cast<double>(used.input_tokens) +
                                p.output_per_million * static_cast<double>(used.output_tokens));
  }
};

/// What a call is expected to cost, by its model's descriptor.
/// @param count  requests that the call stands for.
/// @param money  as far as it is known before.
inline charge expected_charge(const model& m, double count = 1, double money = 0) {
  return {count * m.energy_j, count * m.time_s, money};
}

/// What a call that was answered cost: what its backend reported, and what was expected where it reported
/// nothing.
template <price Price = free_of_charge>
charge charge_of(std::size_t model, const usage& used, const charge& expected, const Price& price_of = {}) {
  return {used.energy_j > 0 ? used.energy_j : expected.energy_j,
          used.time_s > 0 ? used.time_s : expected.time_s, static_cast<double>(price_of(model, used))};
}

/// What a call that failed or was cancelled after `took_s` seconds cost, as far as anyone can tell: the
/// expected energy, in proportion to the time, at most all of it. Nobody bills what was not answered.
inline charge charge_of_failure(double took_s, const charge& expected) {
  const double share = expected.time_s > 0 ? std::min(1.0, took_s / expected.time_s) : 1;
  return {share * expected.energy_j, took_s, 0};
}

/// What a run does when its budget is used up.
enum class over_budget {
  stop,     ///< no further call begins
  degrade,  ///< calls go on, the cheapest way: see `account::degraded`
};

/// Limits of all calls together.
struct budget {
  double energy_j = std::numeric_limits<double>::infinity();  ///< joules, >= 0
  double time_s = std::numeric_limits<double>::infinity();    ///< seconds of busy models, >= 0
  double money = std::numeric_limits<double>::infinity();     ///< >= 0
  over_budget then = over_budget::stop;
};

/// Refuses limits out of range.
/// @throws invalid_argument  `budget: energy_j -1 is not >= 0`.
template <class = when_used>
void validate(const budget& b) {
  const auto check = [](const char* what, double value) {
    if (!(value >= 0)) throw invalid_argument(message("budget: ", what, " ", value, " is not >= 0"));
  };
  check("energy_j", b.energy_j);
  check("time_s", b.time_s);
  check("money", b.money);
}

/// The books of a run. A call reserves what it is expected to cost before it begins, and is charged what it
/// did cost when it has ended: so with `stop` the limits hold for any number of calls at once, but for what
/// calls cost beyond expectation.
class account {
 public:
  /// @throws invalid_argument  limits out of range.
  explicit account(const budget& limits = {}) : limits_((validate(limits), limits)) {}

  /// True when a call of that cost may begin.
  bool allows(const charge& expected) const {
    return limits_.then == over_budget::degrade || within(total_ + reserved_ + expected);
  }

  /// True when calls have to be as cheap as can be: no hedges, no further replicas, the least energy first.
  bool degraded() const { return limits_.then == over_budget::degrade && !within(total_ + reserved_); }

  /// A call begins.
  void began(const charge& expected) {
    ++open_;
    reserved_ += expected;
  }

  /// It has ended, one way or the other.
  /// @param expected  what it had reserved.
  /// @param subtask  whose it was; `no_subtask`: nobody's.
  /// @complexity O(1), amortised.
  template <class = when_used>
  void ended(std::size_t model, std::size_t subtask, const charge& expected, const charge& actual) {
    if (--open_ == 0) {
      reserved_ = {};  // no rounding is left behind
    } else {
      reserved_ -= expected;
    }
    total_ += actual;
    ++calls_;
    add(models_, model, actual);
    if (subtask != no_subtask) add(subtasks_, subtask, actual);
  }

  const charge& total() const { return total_; }
  const charge& reserved() const { return reserved_; }
  std::uint64_t calls() const { return calls_; }
  charge of_model(std::size_t i) const { return i < models_.size() ? models_[i] : charge{}; }
  charge of_subtask(std::size_t k) const { return k < subtasks_.size() ? subtasks_[k] : charge{}; }
  const budget& limits() const { return limits_; }

 private:
  bool within(const charge& c) const {
    // A limit that is met to the last bit of a sum is met.
    constexpr double slack = 1 + 1e-12;
    return c.energy_j <= slack * limits_.energy_j && c.time_s <= slack * limits_.time_s &&
           c.money <= slack * limits_.money;
  }
  template <class = when_used>
  static void add(std::vector<charge>& to, std::size_t at, const charge& c) {
    if (at >= to.size()) to.resize(at + 1);
    to[at] += c;
  }

  budget limits_;
  charge total_{};
  charge reserved_{};
  std::uint64_t calls_ = 0;
  std::size_t open_ = 0;
  std::vector<charge> models_{};
  std::vector<charge> subtasks_{};
};

}  // namespace shoal::run
