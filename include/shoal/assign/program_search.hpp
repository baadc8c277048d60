// SPDX-License-Identifier: BSL-1.0
/// @file The best plan of a program, by the engine that suits its structure.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "shoal/assign/branch_and_bound.hpp"
#include "shoal/assign/budget.hpp"
#include "shoal/assign/capacity_search.hpp"
#include "shoal/assign/knapsack_form.hpp"
#include "shoal/assign/linked_search.hpp"
#include "shoal/assign/program.hpp"

namespace shoal::assign {

/// What an engine found, and its name.
struct engine_result {
  search_result found{};
  const char* engine = "";
};

/// Where a search may begin: a plan, whatever it keeps, and prices of the program's rows.
template <class Real = double>
struct search_start {
  std::optional<plan> chosen{};
  std::vector<Real> prices{};              ///< of as many rows as the program has, else they are not used
  std::vector<std::vector<Real>> hints{};  ///< further prices, for `branch_and_bound`
};

namespace detail {

/// The memory of the knapsack engine, kept from one call of a thread to the next while it is small, so that
/// plans on the request path allocate next to nothing.
template <class Real = double>
class knapsack_memory {
 public:
  knapsack_memory() : search_(kept()) {}
  ~knapsack_memory() {
    constexpr std::size_t most = 16U << 20U;
    if (search_.bytes() > most) search_ = {};
  }
  knapsack_memory(const knapsack_memory&) = delete;
  knapsack_memory& operator=(const knapsack_memory&) = delete;

  knapsack_search<Real>& search() { return search_; }

 private:
  static knapsack_search<Real>& kept() {
    thread_local knapsack_search<Real> out;
    return out;
  }
  knapsack_search<Real>& search_;
};

}  // namespace detail

/// The best plan of a form; empty where there is no form, or the engine leaves it to others.
template <class Form, class Admits>
std::optional<search_result> try_knapsack(const Form& form, budget& left, Admits admits) {
  if (!form) return std::nullopt;
  return detail::knapsack_memory<typename Form::value_type::real>().search().run(*form, left, admits);
}

namespace detail {

/// A plan of a program without its transfers, which bounds the one with them.
template <class Program, class Admits>
search_result unlinked(const Program& p, budget& left, Admits admits, const search_start<>& start) {
  Program plain = p;
  plain.transfers.clear();
  plain.transfer_cost = 0;
  for (coupling& c : plain.couplings) c.transfers = 0;
  const auto keeps = [&](const plan& found) { return p.keeps_rows(found) && admits(found); };
  search_result out = branch_and_bound(plain, left, keeps).run(start.chosen, start.hints);
  if (!out.chosen) {
    out.proven = false;
    return out;
  }
  out.value = p.value(*out.chosen);
  out.proven = out.proven && out.value <= out.bound;
  out.bound = std::min(out.bound, out.value);
  return out;
}

}  // namespace detail

/// The best plan of a program: `knapsack` where one limit at most couples subtasks of one model each,
/// `generalised assignment` where each model has a capacity, `bucket elimination` where subtasks hand data on,
/// else `branch and bound`.
/// @param admits  the last word on a plan that keeps the program's rows.
template <class Program, class Admits>
engine_result search_program(const Program& p, budget& left, Admits admits,
                             const search_start<>& start = {}) {
  if (p.linked()) {
    linked_search<Program, Admits> search(p, left, admits);
    if (search.possible()) return {search.run(start.chosen), "bucket elimination"};
    // Too many sets of models to look at each: the best plan without the transfers, and its bound.
    return {detail::unlinked(p, left, admits, start), "branch and bound"};
  }
  if (auto found = try_knapsack(knapsack_form_of(p), left, admits)) return {*std::move(found), "knapsack"};
  if (auto found = try_capacity(p, left, admits, start.chosen, start.prices))
    return {*std::move(found), "generalised assignment"};
  return {branch_and_bound(p, left, admits).run(start.chosen, start.hints), "branch and bound"};
}

}  // namespace shoal::assign
