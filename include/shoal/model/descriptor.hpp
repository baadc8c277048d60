// SPDX-License-Identifier: BSL-1.0
/// @file Model descriptor: the eight figures that shoal needs of a model, and how a user's own type gives
/// them.
#pragma once

#include <concepts>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"

namespace shoal {

/// The ready-made descriptor of one model.
struct model {
  std::string name{};    ///< unique in a fleet, not empty
  double accuracy = 1;   ///< P_i: share of answers that are right, [0, 1]
  double relevance = 1;  ///< R_i: fitness for the task's field, [0, 1]
  double energy_j = 0;   ///< joules for one request, >= 0
  double time_s = 0;     ///< seconds for one request, >= 0
  double capacity =
      std::numeric_limits<double>::infinity();  ///< load that it bears, >= 0; infinity: no limit
  double failure_probability = 0;               ///< chance of failing in the mission, [0, 1]
  std::string group{};                          ///< what it shares its fate with; empty: nothing
};

/// How shoal reads a descriptor of type `Model`: eight static functions. As it stands it reads members of the
/// eight names. A type with other names specialises it; one that lacks some inherits from `model_defaults`.
/// @snippet examples/my_model.cpp plug
template <class Model>
struct model_traits {
  static std::string_view name(const Model& m) requires requires {
    { m.name } -> std::convertible_to<std::string_view>;
  }
  { return m.name; }
  static double accuracy(const Model& m) requires requires {
    { m.accuracy } -> std::convertible_to<double>;
  }
  { return m.accuracy; }
  static double relevance(const Model& m) requires requires {
    { m.relevance } -> std::convertible_to<double>;
  }
  { return m.relevance; }
  static double energy_j(const Model& m) requires requires {
    { m.energy_j } -> std::convertible_to<double>;
  }
  { return m.energy_j; }
  static double time_s(const Model& m) requires requires {
    { m.time_s } -> std::convertible_to<double>;
  }
  { return m.time_s; }
  static double capacity(const Model& m) requires requires {
    { m.capacity } -> std::convertible_to<double>;
  }
  { return m.capacity; }
  static double failure_probability(const Model& m) requires requires {
    { m.failure_probability } -> std::convertible_to<double>;
  }
  { return m.failure_probability; }
  static std::string_view group(const Model& m) requires requires {
    { m.group } -> std::convertible_to<std::string_view>;
  }
  { return m.group; }
};

/// Base of a `model_traits` specialisation for a type that has no figure of some kind: everything but the
/// name has the default of `shoal::model`. It must be asked for, so a misspelt member is an error, not a
/// default.
template <class Model>
struct model_defaults {
  static double accuracy(const Model&) { return 1; }
  static double relevance(const Model&) { return 1; }
  static double energy_j(const Model&) { return 0; }
  static double time_s(const Model&) { return 0; }
  static double capacity(const Model&) { return std::numeric_limits<double>::infinity(); }
  static double failure_probability(const Model&) { return 0; }
  static std::string_view group(const Model&) { return {}; }
};

/// A type that describes a model through `model_traits`. Names and groups that the traits return must live as
/// long as the descriptor that they were read from.
template <class Model>
concept model_descriptor = std::copyable<Model> && requires(const Model& m) {
  { model_traits<Model>::name(m) } -> std::convertible_to<std::string_view>;
  { model_traits<Model>::accuracy(m) } -> std::convertible_to<double>;
  { model_traits<Model>::relevance(m) } -> std::convertible_to<double>;
  { model_traits<Model>::energy_j(m) } -> std::convertible_to<double>;
  { model_traits<Model>::time_s(m) } -> std::convertible_to<double>;
  { model_traits<Model>::capacity(m) } -> std::convertible_to<double>;
  { model_traits<Model>::failure_probability(m) } -> std::convertible_to<double>;
  { model_traits<Model>::group(m) } -> std::convertible_to<std::string_view>;
};

static_assert(model_descriptor<model>);

/// A set of models that fails as one: a region, a host, a network, a power line.
struct failure_group {
  std::string name{};              ///< as models name it in `group`
  double failure_probability = 0;  ///< chance that the whole group fails in the mission, [0, 1]
};

/// The ready-made descriptor with the figures of `m`: what crosses into code that knows no user types.
template <model_descriptor Model>
model describe(const Model& m) {
  using traits = model_traits<Model>;
  return {std::string(traits::name(m)),
          traits::accuracy(m),
          traits::relevance(m),
          traits::energy_j(m),
          traits::time_s(m),
          traits::capacity(m),
          traits::failure_probability(m),
          std::string(traits::group(m))};
}

/// Refuses a descriptor with an empty name or a figure that is NaN or out of range.
/// @param index  its place in the fleet, for the text of the error.
/// @throws invalid_model  `model 3 "phi-3": failure_probability 1.5 is not in [0, 1]`.
template <model_descriptor Model>
void validate(const Model& m, std::size_t index) {
  using traits = model_traits<Model>;
  const auto refuse = [&](std::string_view what, double value, std::string_view range) {
    throw invalid_model(
        message("model ", index, " ", quoted(traits::name(m)), ": ", what, " ", value, " is not ", range));
  };
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const auto share = [&](std::string_view what, double value) {
    if (!(value >= 0 && value <= 1)) refuse(what, value, "in [0, 1]");
  };
  const auto amount = [&](std::string_view what, double value) {
    if (!(value >= 0 && value < infinity)) refuse(what, value, "a finite number >= 0");
  };
  if (std::string_view(traits::name(m)).empty())
    throw invalid_model(message("model ", index, ": its name is empty"));
  share("accuracy", traits::accuracy(m));
  share("relevance", traits::relevance(m));
  amount("energy_j", traits::energy_j(m));
  amount("time_s", traits::time_s(m));
  if (!(traits::capacity(m) >= 0)) refuse("capacity", traits::capacity(m), ">= 0");
  share("failure_probability", traits::failure_probability(m));
}

}  // namespace shoal
