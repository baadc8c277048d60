// SPDX-License-Identifier: BSL-1.0
/// @file What large, small and joined models cost: work counted by shapes, and what a machine takes for it.
#pragma once

#include <Eigen/Core>
#include <Eigen/QR>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"

namespace shoal::hybrid {

/// A transformer with an encoder and a decoder that attends to it.
struct transformer_shape {
  double width = 0;
  double hidden = 0;  ///< of the feed-forward part
  double vocabulary = 0;
  double encoder_layers = 0;
  double decoder_layers = 0;
  double bytes = 4;  ///< of one weight
};

/// Amounts of work, each of a kind that a machine does at a speed of its own.
struct work {
  double batch_operations = 0;      ///< multiplications and additions with weights, many tokens at once
  double near_bytes = 0;            ///< weights read for one token, where all fit in a core's own cache
  double far_bytes = 0;             ///< the same, where they do not: what bounds decoding at batch 1
  double attention_operations = 0;  ///< multiplications and additions between tokens
  double layer_passes = 0;          ///< layers times tokens: normalisation, softmax and the like
  double steps = 0;                 ///< decoded tokens: choosing, bookkeeping

  work& operator+=(const work& o) {
    batch_operations += o.batch_operations;
    near_bytes += o.near_bytes;
    far_bytes += o.far_bytes;
    attention_operations += o.attention_operations;
    layer_passes += o.layer_passes;
    steps += o.steps;
    return *this;
  }
};

/// Bytes of a core's own (second-level) cache that weights can have for themselves, on many machines.
inline constexpr double usual_cache = 1.5e6;

/// Reading a prompt of `tokens` by the encoder: once, in parallel.
/// @param cache  bytes of a core's own cache
inline work encode_work(const transformer_shape& s, double tokens, double cache = usual_cache) {
  const double weights = s.encoder_layers * (4 * s.width * s.width + 2 * s.width * s.hidden);
  return {.batch_operations = 2 * tokens * weights,
          .far_bytes = weights * s.bytes <= cache ? 0 : weights * s.bytes,
          .attention_operations = s.encoder_layers * 4 * tokens * tokens * s.width,
          .layer_passes = s.encoder_layers * tokens};
}

/// Writing `answer` tokens after a prompt, one by one with a key-value cache; the prompt's keys and values
/// are made once.
/// @param cache  bytes of a core's own cache
inline work decode_work(const transformer_shape& s, double prompt, double answer,
                        double cache = usual_cache) {
  const double weights =
      s.decoder_layers * (6 * s.width * s.width + 2 * s.width * s.hidden) + s.width * s.vocabulary;
  const double read = answer * weights * s.bytes;
  const bool fits = weights * s.bytes <= cache;
  return {.batch_operations = s.decoder_layers * prompt * 4 * s.width * s.width,
          .near_bytes = fits ? read : 0,
          .far_bytes = fits ? 0 : read,
          .attention_operations = s.decoder_layers * answer * 4 * s.width * (prompt + (answer + 1) / 2),
          .layer_passes = s.decoder_layers * answer,
          .steps = answer};
}

/// A model alone.
inline work alone_work(const transformer_shape& s, double prompt, double answer, double cache = usual_cache) {
  work out = encode_work(s, prompt, cache);
  return out += decode_work(s, prompt, answer, cache);
}

/// LLM-to-SLM: the large encoder, a projector of one hidden layer, the whole small model.
/// @param projected  middle width of the projector
inline work joined_work(const transformer_shape& large, const transformer_shape& small, double projected,
                        double prompt, double answer, double cache = usual_cache) {
  work out = encode_work(large, prompt, cache);
  out.batch_operations += 2 * prompt * projected * (large.width + small.width);
  return out += alone_work(small, prompt, answer, cache);
}

/// Seconds that a machine takes for one unit of each kind of work; 0 for what costs it nothing that can be
/// seen.
struct machine {
  double batch_operation_s = 0;
  double near_byte_s = 0;
  double far_byte_s = 0;
  double attention_operation_s = 0;
  double layer_pass_s = 0;
  double step_s = 0;
};

inline double seconds(const work& w, const machine& m) {
  return w.batch_operations * m.batch_operation_s + w.near_bytes * m.near_byte_s +
         w.far_bytes * m.far_byte_s + w.attention_operations * m.attention_operation_s +
         w.layer_passes * m.layer_pass_s + w.steps * m.step_s;
}

/// How many times faster the joined models are than the large one alone; below 1 they lose.
inline double speed_up(const transformer_shape& large, const transformer_shape& small, double projected,
                       double prompt, double answer, const machine& m) {
  return seconds(alone_work(large, prompt, answer), m) /
         seconds(joined_work(large, small, projected, prompt, answer), m);
}

/// A measurement.
struct timed_work {
  work done{};
  double seconds = 0;  ///< > 0
};

/// The machine that explains measurements best: least squares of the relative errors, no figure below 0.
/// @throws invalid_argument  where there are fewer than six measurements or a time is not > 0.
template <class = when_used>
machine fit_machine(std::span<const timed_work> measured) {
  constexpr Eigen::Index kinds = 6;
  if (measured.size() < kinds)
    throw invalid_argument(message("fit_machine: ", measured.size(), " measurements are fewer than 6"));
  Eigen::MatrixXd a(static_cast<Eigen::Index>(measured.size()), kinds);
  for (std::size_t i = 0; i < measured.size(); ++i) {
    const auto& [w, s] = measured[i];
    if (!(s > 0 && std::isfinite(s)))
      throw invalid_argument(message("fit_machine: a time of ", s, " s is not > 0"));
    a.row(static_cast<Eigen::Index>(i)) << w.batch_operations / s, w.near_bytes / s, w.far_bytes / s,
        w.attention_operations / s, w.layer_passes / s, w.steps / s;
  }
  // Columns that would need a negative figure are left out, the worst first.
  std::vector<Eigen::Index> kept;
  for (Eigen::Index c = 0; c < kinds; ++c) {
    if (a.col(c).norm() > 0) kept.push_back(c);
  }
  Eigen::VectorXd out = Eigen::VectorXd::Zero(kinds);
  while (!kept.empty()) {
    Eigen::MatrixXd some(a.rows(), static_cast<Eigen::Index>(kept.size()));
    for (std::size_t c = 0; c < kept.size(); ++c) {
      some.col(static_cast<Eigen::Index>(c)) = a.col(kept[c]) / a.col(kept[c]).norm();
    }
    const Eigen::VectorXd x = some.colPivHouseholderQr().solve(Eigen::VectorXd::Ones(a.rows()));
    Eigen::Index worst = 0;
    if (x.minCoeff(&worst) >= 0) {
      for (std::size_t c = 0; c < kept.size(); ++c)
        out[kept[c]] = x[static_cast<Eigen::Index>(c)] / a.col(kept[c]).norm();
      break;
    }
    kept.erase(kept.begin() + worst);
  }
  return {out[0], out[1], out[2], out[3], out[4], out[5]};
}

}  // namespace shoal::hybrid
