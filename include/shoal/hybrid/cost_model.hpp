// SPDX-License-Identifier: BSL-1.0
/// @file What large, small and joined models cost: work counted by shapes, and what a machine takes for it.
#pragma once

#include <Eigen/Core>
#include <Eigen/QR>
#include <algorithm>
#include <array>
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
  double heads = 1;
  double bytes = 4;  ///< of one weight, key or value
};

/// Amounts of work, each of a kind that a machine does at a speed of its own.
struct work {
  double batch_operations = 0;      ///< multiplications and additions with weights, many tokens at once
  double near_bytes = 0;            ///< weights read for one token from a core's own cache
  double far_bytes = 0;             ///< weights, keys and values read from beyond it
  double attention_operations = 0;  ///< multiplications and additions between tokens
  double attention_pairs = 0;       ///< query x key x head: a sum's end, an exponential
  double attention_calls = 0;       ///< query x head: what each takes by itself
  double element_passes = 0;        ///< numbers that normalisation, activation and sums go through
  double stored_bytes = 0;          ///< keys, values and results written to memory that is new
  double steps = 0;                 ///< decoded tokens: logits read, a token chosen, calls
};

/// The kinds of work, in the order of `machine::unit_s`.
inline constexpr std::array<double work::*, 9> kinds_of_work{
    &work::batch_operations, &work::near_bytes,      &work::far_bytes,
    &work::attention_operations, &work::attention_pairs, &work::attention_calls,
    &work::element_passes,   &work::stored_bytes,    &work::steps};

/// What of a processor decides where weights are read from, and whether reading or arithmetic binds.
struct memory {
  double cache = 1.5e6;  ///< bytes that a core's own cache holds; what is twice as large finds nothing there
  double balance = 8;    ///< tokens at once from which on arithmetic takes longer than reading from afar

  /// Share of a set of bytes, read again and again, that comes from beyond the cache, [0, 1].
  double far_share(double bytes) const { return std::clamp((bytes - cache) / cache, 0.0, 1.0); }
};

/// Seconds that a machine takes for one unit of each kind of work; 0 for what costs it nothing that can be
/// seen.
struct machine {
  std::array<double, kinds_of_work.size()> unit_s{};
  memory has{};
};

inline double seconds(const work& w, const machine& m) {
  double out = 0;
  for (std::size_t k = 0; k < kinds_of_work.size(); ++k) out += w.*kinds_of_work[k] * m.unit_s[k];
  return out;
}

/// Bytes of the encoder's weights.
inline double encoder_bytes(const transformer_shape& s) {
  return s.bytes * s.encoder_layers * (4 * s.width * s.width + 2 * s.width * s.hidden);
}

/// Bytes that a decoder reads for one token: self-attention, query and output of cross-attention,
/// feed-forward, output.
inline double decoder_bytes(const transformer_shape& s) {
  return s.bytes *
         (s.decoder_layers * (6 * s.width * s.width + 2 * s.width * s.hidden) + s.width * s.vocabulary);
}

/// Bytes of the keys and values of so many tokens.
inline double cache_bytes(const transformer_shape& s, double tokens) {
  return s.bytes * s.decoder_layers * 2 * s.width * tokens;
}

/// Reading a prompt of `tokens` by the encoder: once, in parallel. Few tokens at once take as long as the
/// weights take to come, many as long as the arithmetic (a roofline).
/// @param around  bytes of all that is read between two such calls: 0 where the encoder works alone
inline work encode_work(const transformer_shape& s, double tokens, const memory& has = {}, double around = 0) {
  const double bytes = encoder_bytes(s);
  const double far = tokens < has.balance ? has.far_share(std::max(bytes, around)) : 0;
  const double d = s.width;
  return {.batch_operations = (1 - far) * 2 * tokens * bytes / s.bytes,
          .far_bytes = far * bytes,
          .attention_operations = s.encoder_layers * 4 * tokens * tokens * d,
          .attention_pairs = s.encoder_layers * s.heads * tokens * tokens,
          .attention_calls = s.encoder_layers * s.heads * tokens,
          .element_passes = s.encoder_layers * tokens * (8 * d + 2 * s.hidden),
          .stored_bytes = s.bytes * tokens * (5 * d + s.hidden)};
}

/// Writing `answer` tokens after a prompt, one by one with a key-value cache; the prompt's keys and values are
/// made once. A step reads all weights, keys and values; what fits in the cache is there from the second step
/// on.
/// @param around  bytes of all that is read between two such calls: 0 where the decoder works alone
inline work decode_work(const transformer_shape& s, double prompt, double answer, const memory& has = {},
                        double around = 0) {
  const double d = s.width;
  const double seen = prompt + (answer + 1) / 2;  // tokens that a step attends to, on average
  const double weights = decoder_bytes(s);
  const double kept = cache_bytes(s, seen);
  const double far = has.far_share(weights + kept);
  const double first = std::max(far, has.far_share(around));
  return {.batch_operations = s.decoder_layers * prompt * 4 * d * d,
          .near_bytes = weights * ((answer - 1) * (1 - far) + 1 - first),
          .far_bytes = weights * ((answer - 1) * far + first) + answer * kept * far,
          .attention_operations = s.decoder_layers * answer * 4 * d * seen,
          .attention_pairs = s.decoder_layers * s.heads * answer * seen,
          .attention_calls = s.decoder_layers * s.heads * answer * 2,
          .element_passes = s.decoder_layers * answer * (11 * d + 2 * s.hidden),
          .stored_bytes = cache_bytes(s, prompt + answer),
          .steps = answer};
}

namespace detail {

inline work sum(work a, const work& b) {
  for (const auto kind : kinds_of_work) a.*kind += b.*kind;
  return a;
}

}  // namespace detail

/// A model alone: its encoder, then its decoder, again and again, so that each may push the other out of the
/// cache.
inline work alone_work(const transformer_shape& s, double prompt, double answer, const memory& has = {}) {
  const double around = encoder_bytes(s) + decoder_bytes(s) + cache_bytes(s, prompt + answer);
  return detail::sum(encode_work(s, prompt, has, around), decode_work(s, prompt, answer, has, around));
}

/// LLM-to-SLM: the large encoder, a projector of one hidden layer, the whole small model.
/// @param projected  middle width of the projector
inline work joined_work(const transformer_shape& large, const transformer_shape& small, double projected,
                        double prompt, double answer, const memory& has = {}) {
  const double around = encoder_bytes(large) + encoder_bytes(small) + decoder_bytes(small) +
                        cache_bytes(small, prompt + answer);
  work out = encode_work(large, prompt, has, around);
  out.batch_operations += 2 * prompt * projected * (large.width + small.width);
  out = detail::sum(out, encode_work(small, prompt, has, around));
  return detail::sum(out, decode_work(small, prompt, answer, has, around));
}

/// How many times faster the joined models are than the large one alone; below 1 they lose.
inline double speed_up(const transformer_shape& large, const transformer_shape& small, double projected,
                       double prompt, double answer, const machine& m) {
  return seconds(alone_work(large, prompt, answer, m.has), m) /
         seconds(joined_work(large, small, projected, prompt, answer, m.has), m);
}

/// A measurement.
struct timed_work {
  work done{};
  double seconds = 0;  ///< > 0
};

/// The machine that explains measurements best: least squares of the relative errors, no figure below 0. A
/// kind of work that occurs in none of them costs nothing.
/// @param has  what the work was counted with.
/// @throws invalid_argument  where there are fewer measurements than kinds of work, or a time is not > 0.
template <class = when_used>
machine fit_machine(std::span<const timed_work> measured, const memory& has = {}) {
  constexpr auto kinds = static_cast<Eigen::Index>(kinds_of_work.size());
  if (measured.size() < kinds_of_work.size()) {
    throw invalid_argument(message("fit_machine: ", measured.size(), " measurements are fewer than ",
                                   kinds_of_work.size()));
  }
  Eigen::MatrixXd a(static_cast<Eigen::Index>(measured.size()), kinds);
  for (std::size_t i = 0; i < measured.size(); ++i) {
    const auto& [w, s] = measured[i];
    if (!(s > 0 && std::isfinite(s)))
      throw invalid_argument(message("fit_machine: a time of ", s, " s is not > 0"));
    for (std::size_t k = 0; k < kinds_of_work.size(); ++k)
      a(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k)) = w.*kinds_of_work[k] / s;
  }
  // Columns that would need a negative figure are left out, the worst first.
  std::vector<Eigen::Index> kept;
  for (Eigen::Index c = 0; c < kinds; ++c) {
    if (a.col(c).norm() > 0) kept.push_back(c);
  }
  machine out{.has = has};
  while (!kept.empty()) {
    Eigen::MatrixXd some(a.rows(), static_cast<Eigen::Index>(kept.size()));
    for (std::size_t c = 0; c < kept.size(); ++c) {
      some.col(static_cast<Eigen::Index>(c)) = a.col(kept[c]) / a.col(kept[c]).norm();
    }
    const Eigen::VectorXd x = some.colPivHouseholderQr().solve(Eigen::VectorXd::Ones(a.rows()));
    Eigen::Index worst = 0;
    if (x.minCoeff(&worst) >= 0) {
      for (std::size_t c = 0; c < kept.size(); ++c) {
        out.unit_s[static_cast<std::size_t>(kept[c])] =
            x[static_cast<Eigen::Index>(c)] / a.col(kept[c]).norm();
      }
      break;
    }
    kept.erase(kept.begin() + worst);
  }
  return out;
}

}  // namespace shoal::hybrid
