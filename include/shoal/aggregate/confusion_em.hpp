// SPDX-License-Identifier: BSL-1.0
/// @file Expectation and maximisation over tables of confusion: one pass over the labels per iteration.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include "shoal/aggregate/label_estimate.hpp"
#include "shoal/aggregate/label_matrix.hpp"
#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"

namespace shoal::aggregate {

namespace detail {

/// log of a product of many positive numbers, by their mantissas and exponents: one logarithm at the end.
class log_product {
 public:
  void times(double x) {
    const auto bits = std::bit_cast<std::uint64_t>(x);
    exponent_ += static_cast<std::int64_t>(bits >> 52U) - 1023;
    mantissa_ *= std::bit_cast<double>((bits & 0xFFFFFFFFFFFFFU) | 0x3FF0000000000000U);
    if (mantissa_ > 1e200) {
      shifted_ += std::log(mantissa_);
      mantissa_ = 1;
    }
  }
  double value() const {
    return shifted_ + std::log(mantissa_) + 0.6931471805599453 * static_cast<double>(exponent_);
  }

 private:
  double mantissa_ = 1;
  double shifted_ = 0;
  std::int64_t exponent_ = 0;
};

/// Tables of a pass: for each worker and label a row of `width` numbers, one for each truth. `chance` holds
/// P(label | truth); `counted` gathers the new counts.
struct confusion_tables {
  std::size_t classes = 0;
  std::size_t width = 0;  ///< numbers from one row to the next, >= classes
  std::vector<double> chance{};
  std::vector<double> counted{};
  std::vector<double> prior{};   ///< of each truth, `width` numbers
  std::vector<double> truths{};  ///< expected number of items of each truth, `width` numbers
};

/// A row of `Width` numbers that stays in registers: its loops are written out, for compilers that do not
/// unroll.
template <std::size_t Width>
class fixed_row {
 public:
  explicit fixed_row(std::size_t) {}
  void set(const double* row) {
    each([&](auto k) { p_[k] = row[k]; });
  }
  void times(const double* row) {
    each([&](auto k) { p_[k] *= row[k]; });
  }
  void scale(double by) {
    each([&](auto k) { p_[k] *= by; });
  }
  void add_to(double* row) const {
    each([&](auto k) { row[k] += p_[k]; });
  }
  double sum() const {
    double out = 0;
    each([&](auto k) { out += p_[k]; });
    return out;
  }
  void put(double* row, std::size_t classes) const {
    for (std::size_t k = 0; k < classes; ++k) row[k] = p_[k];
  }

 private:
  template <class Step>
  static void each(const Step& step) {
    [&]<std::size_t... K>(std::index_sequence<K...>) {
      (step(std::integral_constant<std::size_t, K>()), ...);
    }
    (std::make_index_sequence<Width>());
  }

  std::array<double, Width> p_{};
};

/// The same for a width known at run time.
template <>
class fixed_row<0> {
 public:
  explicit fixed_row(std::size_t width) : p_(width) {}
  void set(const double* row) {
    for (std::size_t k = 0; k < p_.size(); ++k) p_[k] = row[k];
  }
  void times(const double* row) {
    for (std::size_t k = 0; k < p_.size(); ++k) p_[k] *= row[k];
  }
  void scale(double by) {
    for (auto& p : p_) p *= by;
  }
  void add_to(double* row) const {
    for (std::size_t k = 0; k < p_.size(); ++k) row[k] += p_[k];
  }
  double sum() const {
    double out = 0;
    for (const double p : p_) out += p;
    return out;
  }
  void put(double* row, std::size_t classes) const {
    for (std::size_t k = 0; k < classes; ++k) row[k] = p_[k];
  }

 private:
  std::vector<double> p_;
};

/// One pass of expectation and maximisation over all items: the posterior of each truth is a product of rows,
/// which stays in registers, and is added to the same rows of `counted`. Products rather than sums of
/// logarithms: no exponential is taken. `gold[i]` below `classes` is an item's known truth. Posteriors go to
/// `out` unless that is null.
/// @returns the logarithm of the labels' likelihood.
/// @complexity O(labels x classes).
template <std::size_t Width>
double em_pass_of(const label_matrix& m, confusion_tables& t, const std::uint32_t* gold, double* out) {
  const std::size_t width = Width == 0 ? t.width : Width;
  fixed_row<Width> p(width);
  std::vector<double> known(width, 0.0);
  const double* const chance = t.chance.data();
  double* const counted = t.counted.data();
  const std::uint32_t* const worker = m.worker.data();
  const std::uint32_t* const label = m.label.data();
  const std::size_t row_step = t.classes * width;
  log_product evidence;
  // A chance is at least 1e-10, so that this many factors stay above the smallest number.
  constexpr std::size_t safe = 20;
  for (std::size_t i = 0; i < m.items; ++i) {
    const std::size_t first = m.begin[i];
    const std::size_t last = m.begin[i + 1];
    if (gold != nullptr && gold[i] < t.classes) {
      known[gold[i]] = 1;
      p.set(known.data());
      known[gold[i]] = 0;
    } else {
      p.set(t.prior.data());
      for (std::size_t v = first; v < last;) {
        const std::size_t stop = last - v > safe ? v + safe : last;
        for (; v < stop; ++v) p.times(chance + worker[v] * row_step + label[v] * width);
        if (v < last) {
          const double sum = p.sum();
          evidence.times(sum);
          p.scale(1 / sum);
        }
      }
      const double sum = p.sum();
      evidence.times(sum);
      p.scale(1 / sum);
    }
    p.add_to(t.truths.data());
    for (std::size_t v = first; v < last; ++v) p.add_to(counted + worker[v] * row_step + label[v] * width);
    if (out != nullptr) p.put(out + i * t.classes, t.classes);
  }
  return evidence.value();
}

/// A width that the compiler unrolls, or the number of classes itself.
inline std::size_t width_for(std::size_t classes) {
  if (classes <= 2) return 2;
  if (classes <= 10) return (classes + 1) / 2 * 2;
  return classes;
}

template <class = when_used>
double em_pass(const label_matrix& m, confusion_tables& t, const std::uint32_t* gold, double* out) {
  switch (t.width) {
    case 2:
      return em_pass_of<2>(m, t, gold, out);
    case 4:
      return em_pass_of<4>(m, t, gold, out);
    case 6:
      return em_pass_of<6>(m, t, gold, out);
    case 8:
      return em_pass_of<8>(m, t, gold, out);
    case 10:
      return em_pass_of<10>(m, t, gold, out);
    default:
      return em_pass_of<0>(m, t, gold, out);
  }
}

template <class = when_used>
confusion_tables blank_tables(const label_matrix& m) {
  confusion_tables t;
  t.classes = m.classes;
  t.width = width_for(m.classes);
  t.chance.assign(m.workers * t.classes * t.width, 0.0);
  t.counted = t.chance;
  t.prior.assign(t.width, 0.0);
  t.truths = t.prior;
  return t;
}

/// Counts of the shares of votes, with which expectation and maximisation begins.
template <class = when_used>
void count_votes(const label_matrix& m, confusion_tables& t, const std::uint32_t* gold,
                 const double* begin_with) {
  std::vector<double> share(t.width, 0.0);
  for (std::size_t i = 0; i < m.items; ++i) {
    const std::size_t first = m.begin[i];
    const std::size_t last = m.begin[i + 1];
    for (auto& s : share) s = 0;
    const bool known = gold != nullptr && gold[i] < t.classes;
    if (known) share[gold[i]] = 1;
    if (!known && begin_with != nullptr) {
      for (std::size_t k = 0; k < t.classes; ++k) share[k] = begin_with[i * t.classes + k];
    } else if (!known) {
      if (first == last)
        for (std::size_t k = 0; k < t.classes; ++k) share[k] = 1 / static_cast<double>(t.classes);
      for (std::size_t v = first; v < last; ++v) share[m.label[v]] += 1 / static_cast<double>(last - first);
    }
    for (std::size_t k = 0; k < t.classes; ++k) t.truths[k] += share[k];
    for (std::size_t v = first; v < last; ++v) {
      double* const row = t.counted.data() + (m.worker[v] * t.classes + m.label[v]) * t.width;
      for (std::size_t k = 0; k < t.classes; ++k) row[k] += share[k];
    }
  }
}

/// Numbers of a table of confusion, and how many of them memory should hold.
inline double table_size(const label_matrix& m) {
  return static_cast<double>(m.workers) * static_cast<double>(m.classes) * static_cast<double>(m.classes);
}
inline constexpr double most_table = 1e8;

/// Runs passes until the likelihood stands still. `maximise(tables)` makes `chance` and `prior` of the
/// counts, which hold the votes' shares at first; chances need not sum to 1, and less than 1e-10 is taken for
/// that.
/// @param gold  known truth of each item, `no_label` where it is not known; null: none is.
/// @param begin_with  posteriors, items x classes, to begin with in place of the votes' shares; null: those.
/// @throws invalid_argument  where workers x classes^2 numbers are more than memory should hold.
template <class Maximise>
label_estimate run_em(const label_matrix& m, const std::uint32_t* gold, const double* begin_with,
                      std::size_t max_iterations, double tolerance, const Maximise& maximise) {
  if (table_size(m) > most_table) {
    throw invalid_argument(message("a table of ", m.workers, " workers x ", m.classes, " x ", m.classes,
                                   " classes is too large: use a method with one figure for each worker"));
  }
  constexpr double least = 1e-10;
  label_estimate out = blank_estimate(m);
  if (m.classes == 0) return out;
  confusion_tables t = blank_tables(m);
  count_votes(m, t, gold, begin_with);
  double before = 0;
  out.converged = false;
  for (;; ++out.iterations) {
    maximise(t);
    for (auto& c : t.chance) c = c > least ? c : least;
    for (auto& p : t.prior) p = p > least ? p : least;
    for (std::size_t k = t.classes; k < t.width; ++k) t.prior[k] = 0;
    for (auto& c : t.counted) c = 0;
    for (auto& n : t.truths) n = 0;
    const bool last = out.converged || out.iterations >= max_iterations;
    out.log_likelihood = em_pass(m, t, gold, last ? out.probability.data() : nullptr);
    if (last) break;
    const double gain = out.log_likelihood - before;
    out.converged = out.iterations > 0 && std::abs(gain) <= tolerance * static_cast<double>(m.size());
    before = out.log_likelihood;
  }
  double sum = 0;
  for (std::size_t k = 0; k < m.classes; ++k) sum += t.prior[k];
  for (std::size_t k = 0; k < m.classes; ++k) out.prior[k] = t.prior[k] / sum;
  out.confusion.resize(m.workers * m.classes * m.classes);
  for (std::size_t w = 0; w < m.workers; ++w) {
    double right = 0;
    for (std::size_t k = 0; k < m.classes; ++k) {
      double total = 0;
      for (std::size_t l = 0; l < m.classes; ++l) total += t.chance[(w * m.classes + l) * t.width + k];
      for (std::size_t l = 0; l < m.classes; ++l)
        out.confusion[(w * m.classes + l) * m.classes + k] =
            t.chance[(w * m.classes + l) * t.width + k] / total;
      right += out.prior[k] * t.chance[(w * m.classes + k) * t.width + k] / total;
    }
    out.reliability[w] = right;
  }
  return out;
}

}  // namespace detail

}  // namespace shoal::aggregate
