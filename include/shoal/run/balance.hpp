// SPDX-License-Identifier: BSL-1.0
/// @file Load balancing: which of several models that can serve a call gets it.
///
/// A policy looks at the candidates of one call and returns the index of one. All candidates may be used now;
/// one without room queues the call. Among equals the lowest index is taken, and equal views, states and
/// engines give equal choices.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <vector>

#include "shoal/core/random.hpp"

namespace shoal::run {

/// What a policy sees: candidates 0 <= c < size(), size() >= 1.
///
/// | function | what |
/// | --- | --- |
/// | `model(c)` | its index in the fleet |
/// | `in_flight(c)`, `queued(c)` | calls that run on it, and that wait for it |
/// | `limit(c)` | calls that it takes at once, >= 1 |
/// | `has_room(c)` | a place is free now |
/// | `expected_s(c)`, `energy_j(c)` | measured time and energy of one call, >= 0 |
/// | `weight(c)` | its share of the load, > 0: the user's weight x slow start |
/// | `rank(c)` | its place in the caller's order of preference, 0 first; several may share one |
template <class View>
concept balance_view = requires(const View& v, std::size_t c) {
  { v.size() } -> std::convertible_to<std::size_t>;
  { v.model(c) } -> std::convertible_to<std::size_t>;
  { v.in_flight(c) } -> std::convertible_to<std::size_t>;
  { v.queued(c) } -> std::convertible_to<std::size_t>;
  { v.limit(c) } -> std::convertible_to<std::size_t>;
  { v.has_room(c) } -> std::convertible_to<bool>;
  { v.expected_s(c) } -> std::convertible_to<double>;
  { v.energy_j(c) } -> std::convertible_to<double>;
  { v.weight(c) } -> std::convertible_to<double>;
  { v.rank(c) } -> std::convertible_to<std::size_t>;
};

/// A policy returns an index below `v.size()`, deterministically for a given state and engine, and does not
/// allocate once it has seen all models.
template <class B, class View>
concept balancer = std::copy_constructible<B> && balance_view<View> &&
    requires(B& b, const View& v, random_engine& engine) {
  { b(v, engine) } -> std::convertible_to<std::size_t>;
};

namespace detail {

/// The first candidate that none comes before.
template <class View, class Before>
std::size_t foremost(const View& v, Before before) {
  std::size_t best = 0;
  for (std::size_t c = 1; c < v.size(); ++c) {
    if (before(c, best)) best = c;
  }
  return best;
}

/// Calls on a candidate if it gets this one too, for each unit of its weight.
template <class View>
double load(const View& v, std::size_t c) {
  return static_cast<double>(v.in_flight(c) + v.queued(c) + 1) / v.weight(c);
}

/// Those with room come first, then the smaller `of`, then the less loaded.
template <class View, class Of>
auto by_room_then(const View& v, Of of) {
  return [&v, of](std::size_t a, std::size_t b) {
    if (v.has_room(a) != v.has_room(b)) return static_cast<bool>(v.has_room(a));
    const auto x = of(a);
    const auto y = of(b);
    if (x < y || y < x) return x < y;
    return load(v, a) < load(v, b);
  };
}

}  // namespace detail

/// As planned: the lowest rank, busy or not.
struct first_usable {
  template <balance_view View>
  std::size_t operator()(const View& v, random_engine&) const {
    return detail::foremost(v, [&](std::size_t a, std::size_t b) { return v.rank(a) < v.rank(b); });
  }
};

/// One after the other, in the fleet's order, whoever is usable at the time.
class round_robin {
 public:
  template <balance_view View>
  std::size_t operator()(const View& v, random_engine&) {
    // Those behind the last one come first; both parts in the fleet's order.
    const std::size_t c = detail::foremost(v, [&](std::size_t a, std::size_t b) {
      const bool a_wraps = v.model(a) < next_;
      const bool b_wraps = v.model(b) < next_;
      return a_wraps != b_wraps ? b_wraps : v.model(a) < v.model(b);
    });
    next_ = v.model(c) + 1;
    return c;
  }

 private:
  std::size_t next_ = 0;  // lowest model that comes before the wrap
};

/// Smooth weighted round robin: each gets its weight's share of the calls, and no burst of them. Weights 5, 1
/// and 1 give A A B A C A A.
/// @source the rule of the nginx web server (Sysoev 2012): raise each by its weight, take the highest, lower
///     it by the sum of all weights.
class weighted_round_robin {
 public:
  template <balance_view View>
  std::size_t operator()(const View& v, random_engine&) {
    double all = 0;
    for (std::size_t c = 0; c < v.size(); ++c) {
      if (v.model(c) >= credit_.size()) credit_.resize(v.model(c) + 1, 0.0);
      credit_[v.model(c)] += v.weight(c);
      all += v.weight(c);
    }
    const std::size_t best = detail::foremost(
        v, [&](std::size_t a, std::size_t b) { return credit_[v.model(a)] > credit_[v.model(b)]; });
    credit_[v.model(best)] -= all;
    return best;
  }

 private:
  std::vector<double> credit_{};  // by model
};

/// The fewest calls running and waiting, by weight; those with room first.
struct least_in_flight {
  template <balance_view View>
  std::size_t operator()(const View& v, random_engine&) const {
    return detail::foremost(v, detail::by_room_then(v, [](std::size_t) { return 0; }));
  }
};

/// Two candidates drawn at random, of which the less loaded: nearly as even as looking at all, without the
/// herd that follows when several dispatchers all see the same least loaded one.
/// @source Mitzenmacher 2001, "The power of two choices in randomized load balancing", IEEE TPDS 12.
struct two_choices {
  template <balance_view View>
  std::size_t operator()(const View& v, random_engine& engine) const {
    const std::size_t n = v.size();
    if (n == 1) return 0;
    const auto first = static_cast<std::size_t>(uniform_below(engine, n));
    auto second = static_cast<std::size_t>(uniform_below(engine, n - 1));
    if (second >= first) ++second;
    const auto [a, b] = std::minmax(first, second);
    return detail::by_room_then(v, [](std::size_t) { return 0; })(b, a) ? b : a;
  }
};

/// The one that is expected to answer first: its measured time, longer by its queue where it has no free
/// place, max(1, (in flight + queued + 1) / limit) x time, by weight. Among equals the less loaded.
struct least_expected_finish {
  template <balance_view View>
  std::size_t operator()(const View& v, random_engine&) const {
    const auto finish_s = [&](std::size_t c) {
      const double calls = static_cast<double>(v.in_flight(c) + v.queued(c) + 1);
      return std::max(1.0, calls / static_cast<double>(v.limit(c))) * v.expected_s(c) / v.weight(c);
    };
    return detail::foremost(v, [&](std::size_t a, std::size_t b) {
      const double x = finish_s(a);
      const double y = finish_s(b);
      return x < y || (x == y && detail::load(v, a) < detail::load(v, b));
    });
  }
};

/// The lowest rank with room; without room anywhere, the lowest rank. Among equals the less loaded.
struct by_priority {
  template <balance_view View>
  std::size_t operator()(const View& v, random_engine&) const {
    return detail::foremost(v, detail::by_room_then(v, [&](std::size_t c) { return v.rank(c); }));
  }
};

/// The least energy with room; without room anywhere, the least energy. Among equals the less loaded.
struct energy_first {
  template <balance_view View>
  std::size_t operator()(const View& v, random_engine&) const {
    return detail::foremost(v, detail::by_room_then(v, [&](std::size_t c) { return v.energy_j(c); }));
  }
};

}  // namespace shoal::run
