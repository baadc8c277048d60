// SPDX-License-Identifier: BSL-1.0
/// @file One subtask alone: the cheapest set of models that meets its demand, and all sets under a price.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include "shoal/assign/program.hpp"
#include "shoal/core/when_used.hpp"

namespace shoal::assign {

/// A model that a subtask may choose, at a price of any sign.
struct candidate {
  double price = 0;
  std::size_t model = 0;
  double strength = 0;    ///< -log(failure probability), >= 0
  std::size_t group = 0;  ///< of the model
  bool forced = false;    ///< every set holds it
};

/// The sets of candidates that meet a demand (`demand::skip` is not its concern), by depth-first search over
/// the candidates in growing price. Without a survival target the first set is the cheapest and nothing else
/// is visited to find it; with one, the problem is a knapsack cover, hence the limit on steps.
class subset_search {
 public:
  /// Forced candidates must meet the demand's upper bounds together with others, or there is no set.
  template <class = when_used>
  subset_search(const demand& d, std::vector<candidate> candidates);

  /// Calls `visit(price, models)` for sets whose price is under `threshold`; it returns the threshold from
  /// then on. Models are in no order.
  /// @return true when every such set was visited; false when `steps` ran out first.
  template <class Visit>
  bool each_below(double threshold, Visit visit, std::size_t steps) {
    threshold_ = threshold;
    steps_ = steps;
    if (possible_) extend(0, forced_price_, forced_strength_, visit);
    return steps_ > 0;
  }

  /// No set is cheaper. Infinite when there is none for want of candidates.
  template <class = when_used>
  double least_price() const {
    if (!possible_) return std::numeric_limits<double>::infinity();
    const std::size_t missing = still_missing(0, forced_strength_);
    return missing > free_.size() ? std::numeric_limits<double>::infinity()
                                  : forced_price_ + cheapest(0, missing);
  }

  /// The cheapest set, in growing order of models; empty when there is none (a set is never empty otherwise)
  /// or none was found in `steps`. `proven` says which.
  struct result {
    std::vector<std::size_t> models{};
    double price = std::numeric_limits<double>::infinity();  ///< of `models`
    double lower = std::numeric_limits<double>::infinity();  ///< no set is cheaper; `price` when proven
    bool proven = true;
  };
  template <class = when_used>
  result cheapest_set(std::size_t steps = 20'000) {
    result out;
    out.proven = each_below(
        std::numeric_limits<double>::infinity(),
        [&](double price, const std::vector<std::size_t>& models) {
          out.price = price;
          out.models = models;
          return price;
        },
        steps);
    out.lower = out.proven ? out.price : std::min(out.price, least_price());
    std::sort(out.models.begin(), out.models.end());
    return out;
  }

 private:
  /// Price of the `count` cheapest from `from` on and, where more are allowed, of all that cost less than
  /// nothing.
  template <class = when_used>
  double cheapest(std::size_t from, std::size_t count) const {
    const std::size_t end = std::max(from + count, demand_.or_more ? first_priced_ : 0);
    return price_before_[std::max(end, from)] - price_before_[from];
  }

  /// At least so many more candidates from `from` on are needed, were each as strong as the strongest.
  template <class = when_used>
  std::size_t still_missing(std::size_t from, double strength) const {
    std::size_t out = demand_.replicas > members_.size() ? demand_.replicas - members_.size() : 0;
    const double weak = demand_.strength - strength;
    if (!(weak > 0)) return out;
    if (from == free_.size() || !(strength_from_[from] >= weak)) return free_.size() + 1;
    const double each = strongest_from_[from];
    return std::max(out, std::isinf(each) ? 1 : static_cast<std::size_t>(std::ceil(weak / each - 1e-9)));
  }

  template <class Visit>
  void extend(std::size_t from, double price, double strength, Visit& visit) {
    const bool enough = members_.size() >= demand_.replicas && strength >= demand_.strength;
    if (enough && price < threshold_) threshold_ = visit(price, members_);
    if (enough && !demand_.or_more) return;
    for (std::size_t j = from; j < free_.size(); ++j) {
      if (steps_ == 0) return;
      --steps_;
      const std::size_t missing = std::max<std::size_t>(still_missing(j, strength), 1);
      if (j + missing > free_.size() || price + cheapest(j, missing) >= threshold_) return;
      const candidate& c = free_[j];
      if (demand_.separate && std::find(groups_.begin(), groups_.end(), c.group) != groups_.end()) continue;
      members_.push_back(c.model);
      groups_.push_back(c.group);
      extend(j + 1, price + c.price, strength + c.strength, visit);
      members_.pop_back();
      groups_.pop_back();
    }
  }

  demand demand_;
  std::vector<candidate> free_{};         // by growing price, then model
  std::vector<double> price_before_{};    // sum of the prices before each
  std::vector<double> strength_from_{};   // sum of the strengths from each on
  std::vector<double> strongest_from_{};  // the largest strength from each on
  std::size_t first_priced_ = 0;          // the first whose price is not negative
  std::vector<std::size_t> members_{};    // the set at hand
  std::vector<std::size_t> groups_{};     // of its members
  double forced_price_ = 0;
  double forced_strength_ = 0;
  bool possible_ = true;
  double threshold_ = 0;
  std::size_t steps_ = 0;
};

template <class>
subset_search::subset_search(const demand& d, std::vector<candidate> candidates) : demand_(d) {
  for (const candidate& c : candidates) {
    if (!c.forced) {
      free_.push_back(c);
      continue;
    }
    const bool meets = std::find(groups_.begin(), groups_.end(), c.group) != groups_.end();
    if (demand_.separate && meets) possible_ = false;
    members_.push_back(c.model);
    groups_.push_back(c.group);
    forced_price_ += c.price;
    forced_strength_ += c.strength;
  }
  if (!demand_.or_more && members_.size() > demand_.replicas) possible_ = false;
  std::sort(free_.begin(), free_.end(), [](const candidate& a, const candidate& b) {
    return a.price < b.price || (a.price == b.price && a.model < b.model);
  });
  const std::size_t n = free_.size();
  price_before_.assign(n + 1, 0);
  for (std::size_t j = 0; j < n; ++j) price_before_[j + 1] = price_before_[j] + free_[j].price;
  while (first_priced_ < n && free_[first_priced_].price < 0) ++first_priced_;
  strength_from_.assign(n + 1, 0);
  strongest_from_.assign(n + 1, 0);
  for (std::size_t j = n; j-- > 0;) {
    strength_from_[j] = strength_from_[j + 1] + free_[j].strength;
    strongest_from_[j] = std::max(strongest_from_[j + 1], free_[j].strength);
  }
}

/// `subset_search::cheapest_set`, in one pass where the demand is for one model.
template <class = when_used>
subset_search::result cheapest_set(const demand& d, std::vector<candidate> candidates) {
  if (!d.single()) return subset_search(d, std::move(candidates)).cheapest_set();
  subset_search::result out;
  for (const candidate& c : candidates) {
    if (!(c.price < out.price)) continue;
    out.price = out.lower = c.price;
    out.models = {c.model};
  }
  return out;
}

}  // namespace shoal::assign
