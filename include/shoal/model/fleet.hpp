// SPDX-License-Identifier: BSL-1.0
/// @file Fleet: the set of models at hand, in a stable order, found by name.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "shoal/core/matrix.hpp"
#include "shoal/model/descriptor.hpp"

namespace shoal {

/// Models in the order in which they were added; a model's index is its row in every matrix.
/// Not synchronised: readers may share it, a writer must be alone.
template <model_descriptor Model = model>
class fleet {
 public:
  using value_type = Model;
  using traits = model_traits<Model>;
  using const_iterator = typename std::vector<Model>::const_iterator;

  fleet() = default;

  /// @throws invalid_model as `add` does.
  fleet(std::initializer_list<Model> models) {
    for (const Model& m : models) add(m);
  }

  /// Adds a model at the end and returns its index.
  /// @throws invalid_model when a figure is out of range or the name is taken.
  std::size_t add(Model m) {
    validate(m, models_.size());
    const auto [at, fresh] = index_.try_emplace(std::string(traits::name(m)), models_.size());
    if (!fresh) {
      throw invalid_model(message("model ", models_.size(), ": the name ", quoted(traits::name(m)),
                                  " is model ", at->second, "'s"));
    }
    models_.push_back(std::move(m));
    return models_.size() - 1;
  }

  /// Removes the model of that name; those behind it move up by one. False when there is none.
  /// @complexity O(size()).
  bool remove(std::string_view name) {
    const auto at = find(name);
    if (!at) return false;
    models_.erase(models_.begin() + static_cast<std::ptrdiff_t>(*at));
    index_.clear();
    for (std::size_t i = 0; i < models_.size(); ++i) index_.emplace(std::string(traits::name(models_[i])), i);
    return true;
  }

  /// Puts new figures in the place of model `i`; its name must stay.
  /// @throws invalid_model when a figure is out of range or the name differs.
  void update(std::size_t i, Model m) {
    validate(m, i);
    if (traits::name(m) != traits::name(models_.at(i))) {
      throw invalid_model(message("model ", i, " ", quoted(traits::name(models_[i])),
                                  ": an update cannot rename it to ", quoted(traits::name(m))));
    }
    models_[i] = std::move(m);
  }

  /// Index of the model of that name; empty when there is none.
  std::optional<std::size_t> find(std::string_view name) const {
    const auto at = index_.find(std::string(name));
    if (at == index_.end()) return std::nullopt;
    return at->second;
  }

  const Model& operator[](std::size_t i) const { return models_[i]; }
  std::size_t size() const { return models_.size(); }
  bool empty() const { return models_.empty(); }
  const_iterator begin() const { return models_.begin(); }
  const_iterator end() const { return models_.end(); }

 private:
  std::vector<Model> models_;
  std::unordered_map<std::string, std::size_t> index_;
};

/// One figure of every model of a fleet: `figures(f, &model_traits<model>::energy_j)`.
template <model_descriptor Model, class Read>
vector figures(const fleet<Model>& models, Read read) {
  vector out(static_cast<Eigen::Index>(models.size()));
  for (std::size_t i = 0; i < models.size(); ++i) out[static_cast<Eigen::Index>(i)] = read(models[i]);
  return out;
}

}  // namespace shoal
