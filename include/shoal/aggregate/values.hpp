// SPDX-License-Identifier: BSL-1.0
/// @file What a type of answer values can do: be finite, be equal, be ordered, be averaged.
#pragma once

#include <algorithm>
#include <cmath>
#include <compare>
#include <concepts>
#include <type_traits>

#include "shoal/core/matrix.hpp"

namespace shoal::aggregate {

namespace detail {

template <class Derived>
std::true_type owns_coefficients(const Eigen::PlainObjectBase<Derived>*);
std::false_type owns_coefficients(const void*);

template <class V>
concept equality = requires(const V& a, const V& b) {
  { a == b } -> std::convertible_to<bool>;
};

template <class V>
concept less_than = requires(const V& a, const V& b) {
  { a < b } -> std::convertible_to<bool>;
};

/// `<=>` says itself that some values stand in no order (a struct or vector with doubles, for its NaNs).
template <class V>
concept order_has_gaps = requires(const V& a, const V& b) {
  { a <=> b } -> std::same_as<std::partial_ordering>;
};

}  // namespace detail

/// Any type that is arithmetic and not a label: `bool` and `char` are labels.
template <class V>
concept scalar_value = std::is_arithmetic_v<V> && !std::same_as<V, bool> && !std::same_as<V, char>;

/// An Eigen matrix, vector or array that owns its coefficients, of any fixed or dynamic shape.
template <class V>
concept dense_value = decltype(detail::owns_coefficients(static_cast<const V*>(nullptr)))::value;

/// Values that can be averaged: scalars, and dense values of floating-point numbers.
template <class V>
concept numeric_value = scalar_value<V> ||(dense_value<V>&& requires {
  typename V::Scalar;
  requires std::floating_point<typename V::Scalar>;
});

/// Values in a total order. Dense values are ordered by shape, then by coefficients. A type whose `<=>` gives
/// `partial_ordering` has none, plain floating-point numbers apart: their NaNs never get this far. Where a
/// type has both, its `<` and `==` must agree.
template <class V>
concept ordered_value = scalar_value<V> ||(dense_value<V>&& requires {
                          typename V::Scalar;
                          requires std::is_arithmetic_v<typename V::Scalar>;
                        }) ||
                        (!dense_value<V> && detail::less_than<V> && !detail::order_has_gaps<V>);

/// Values that can be told to be the same. Where a type has no order either, those that are the same must be
/// interchangeable.
template <class V>
concept comparable_value = dense_value<V> || detail::equality<V> || ordered_value<V>;

/// Whether every number in `value` is finite. Only plain numbers and dense values can be looked into.
template <class V>
bool is_finite(const V& value) {
  if constexpr (std::floating_point<V>)
    return std::isfinite(value);
  else if constexpr (dense_value<V>)
    return value.allFinite();
  else
    return true;
}

/// Whether two values are the same; dense values of unequal shapes are not.
template <comparable_value V>
bool same_value(const V& a, const V& b) {
  if constexpr (dense_value<V>)
    return a.rows() == b.rows() && a.cols() == b.cols() && (a.array() == b.array()).all();
  else if constexpr (detail::equality<V>)
    return a == b;
  else
    return !(a < b) && !(b < a);
}

/// Whether `a` stands before `b` in the order that every tie and every sum follows. It is finer than `<` in
/// one point: -0.0 stands before 0.0, so that results agree in every bit.
template <ordered_value V>
bool value_before(const V& a, const V& b) {
  if constexpr (std::floating_point<V>) {
    return a < b || (a == b && std::signbit(a) && !std::signbit(b));
  } else if constexpr (dense_value<V>) {
    if (a.rows() != b.rows()) return a.rows() < b.rows();
    if (a.cols() != b.cols()) return a.cols() < b.cols();
    const auto *first = a.data(), *last = a.data() + a.size(), *other = b.data();
    const auto [x, y] = std::mismatch(first, last, other);
    if (x != last) return *x < *y;
    return std::lexicographical_compare(first, last, other, other + b.size(),
                                        value_before<typename V::Scalar>);
  } else {
    return a < b;
  }
}

}  // namespace shoal::aggregate
