// SPDX-License-Identifier: BSL-1.0
/// @file Projectors: from the large model's width to the small one's.
#pragma once

#include <Eigen/Core>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/hybrid/model.hpp"

namespace shoal::hybrid {

/// y = W x + b for each column.
struct linear_projector {
  Eigen::MatrixXf weights{};  ///< small width x large width
  Eigen::VectorXf bias{};     ///< small width

  /// @throws invalid_argument  where the widths do not fit.
  template <class = when_used>
  columns operator()(const columns& features) const {
    if (weights.cols() != features.rows() || weights.rows() != bias.size()) {
      throw invalid_argument(message("a projector of ", weights.rows(), " x ", weights.cols(), " with bias ",
                                     bias.size(), " does not take features of width ", features.rows()));
    }
    return (weights * features).colwise() + bias;
  }
};

/// Linear, ReLU, linear: the projector of the method's authors.
/// @source Bergner et al. 2024, "Think Big, Generate Quick: LLM-to-SLM for Fast Autoregressive Decoding".
struct two_layer_projector {
  linear_projector up{};
  linear_projector down{};

  /// @throws invalid_argument  where the widths do not fit.
  template <class = when_used>
  columns operator()(const columns& features) const {
    return down(up(features).cwiseMax(0.0F));
  }
};

}  // namespace shoal::hybrid
