// SPDX-License-Identifier: BSL-1.0
/// @file Reply: what a call came to, an answer or a failure, as a value; and who is to be told.
#pragma once

#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "shoal/core/when_used.hpp"
#include "shoal/infer/failure.hpp"
#include "shoal/task/answer.hpp"

namespace shoal::infer {

/// What `failure` says, as a value.
struct failed_call {
  failure_kind kind = failure_kind::crashed;
  std::string text{};
  bool retryable = true;
  double retry_after_s = 0;
};

/// An answer, or why there is none.
template <class Value = std::string>
using reply = std::variant<answer<Value>, failed_call>;

/// The exception that is being handled, as a value. @pre called inside a catch block.
template <class = when_used>
failed_call current_failure() {
  try {
    throw;
  } catch (const failure& f) {
    return {f.kind, f.what(), f.retryable, f.retry_after_s};
  } catch (const std::exception& e) {
    return {failure_kind::crashed, e.what(), true, 0};
  } catch (...) {
    return {failure_kind::crashed, "it threw something that is not a std::exception", true, 0};
  }
}

/// Whoever waits for the reply of one call.
template <class Value = std::string>
class reply_sink {
 public:
  /// Called once, from any thread.
  virtual void take(reply<Value>&& r) = 0;

 protected:
  ~reply_sink() = default;
};

/// The right and the duty to say what came of one call. It is called once, from any thread, also inside
/// `start`; one that is dropped without a call says that the backend broke, so that no call is lost.
template <class Value = std::string>
class completion {
 public:
  explicit completion(std::shared_ptr<reply_sink<Value>> to) : to_(std::move(to)) {}
  completion(completion&&) noexcept = default;
  completion& operator=(completion&& other) noexcept {
    drop();
    to_ = std::move(other.to_);
    return *this;
  }
  completion(const completion&) = delete;
  completion& operator=(const completion&) = delete;
  ~completion() { drop(); }

  /// @pre it has not been called or moved from
  void operator()(reply<Value> r) { std::exchange(to_, nullptr)->take(std::move(r)); }

 private:
  void drop() {
    if (to_) (*this)(failed_call{failure_kind::crashed, "the backend dropped the call", true, 0});
  }

  std::shared_ptr<reply_sink<Value>> to_;
};

}  // namespace shoal::infer
