// SPDX-License-Identifier: BSL-1.0
/// @file Function backend: any callable as a backend.
#pragma once

#include <concepts>
#include <functional>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>

#include "shoal/infer/backend.hpp"
#include "shoal/infer/request.hpp"
#include "shoal/task/answer.hpp"

namespace shoal::infer {

namespace detail {

template <class Signature>
struct asked_of {
  using type = std::string;
};
template <class Result, class Value, class... Rest>
struct asked_of<std::function<Result(const request<Value>&, Rest...)>> {
  using type = Value;
};
template <class Result, class Value, class... Rest>
struct asked_of<std::function<Result(request<Value>, Rest...)>> {
  using type = Value;
};

// std::function's own deduction reads the signature of whatever is not overloaded or generic.
template <class F>
struct value_of {
  using type = std::string;
};
template <class F>
requires requires(F f) { std::function(f); }
struct value_of<F> {
  using type = typename asked_of<decltype(std::function(std::declval<F>()))>::type;
};

template <class Result, class Value>
concept answers_with =
    std::same_as<std::remove_cvref_t<Result>, answer<Value>> || std::convertible_to<Result, Value>;

}  // namespace detail

/// A callable that takes a request, with or without a stop token, and returns a value or a whole answer.
template <class F, class Value = std::string>
concept backend_function = std::move_constructible<F> &&(
    requires(F& f, const request<Value>& r, std::stop_token stop) {
      { f(r, stop) } -> detail::answers_with<Value>;
    } ||
    requires(F & f, const request<Value>& r) {
      { f(r) } -> detail::answers_with<Value>;
    });

/// A callable as a backend: `function_backend{[](const request<>& r) { return translate(r.input); }}`.
/// `Value` is read from the callable's parameter; a generic callable has texts. A callable that only works
/// with a stop token may take it as its second parameter. It throws `infer::failure` to say why it has no
/// answer.
template <class F, class Value = typename detail::value_of<F>::type>
struct function_backend {
  F call{};

  answer<Value> operator()(const request<Value>& r, std::stop_token stop) {
    static_assert(backend_function<F, Value>,
                  "a backend's callable takes a const request<Value>&, and maybe a std::stop_token, and "
                  "returns a Value or an answer<Value>");
    if constexpr (std::invocable<F&, const request<Value>&, std::stop_token>) {
      return as_answer(call(r, std::move(stop)));
    } else {
      return as_answer(call(r));
    }
  }

 private:
  template <class Result>
  static answer<Value> as_answer(Result&& result) {
    if constexpr (std::same_as<std::remove_cvref_t<Result>, answer<Value>>) {
      return std::forward<Result>(result);
    } else {
      answer<Value> out;
      out.value = std::forward<Result>(result);
      return out;
    }
  }
};

template <class F>
function_backend(F) -> function_backend<F>;

}  // namespace shoal::infer
