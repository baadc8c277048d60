// SPDX-License-Identifier: BSL-1.0
/// @file Asynchronous backend concept: what runs a model without keeping a thread waiting.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "shoal/infer/reply.hpp"
#include "shoal/infer/request.hpp"

namespace shoal::infer {

/// Names a call to the backend that runs it.
using call_id = std::uint64_t;

/// `start` begins a call and returns at once; `done` is called with what came of it, once, then or later, on
/// any thread. The request lives until then. `cancel` says that nobody waits for call `id` any more: `done`
/// is to be called soon, with whatever is at hand; an id that is not, or no longer, running is none of its
/// concern. Both are called on one thread at a time, that of the scheduler, and must not throw or wait.
/// @snippet examples/my_async_backend.cpp plug
template <class B, class Value = std::string>
concept async_backend = std::move_constructible<B> &&
    requires(B& b, const request<Value>& r, call_id id, completion<Value> done) {
  { b.start(r, id, std::move(done)) } -> std::same_as<void>;
  { b.cancel(id) } -> std::same_as<void>;
};

/// Any asynchronous backend, its type forgotten: what dispatchers hold.
template <class Value = std::string>
class any_async_backend {
 public:
  any_async_backend() = default;

  template <class B>
  requires(!std::same_as<std::remove_cvref_t<B>, any_async_backend> &&
           async_backend<std::remove_cvref_t<B>, Value>)  //
      any_async_backend(B&& b)                            // NOLINT(google-explicit-constructor)
      : held_(std::make_unique<model<std::remove_cvref_t<B>>>(std::forward<B>(b))) {}

  void start(const request<Value>& r, call_id id, completion<Value> done) {
    held_->start(r, id, std::move(done));
  }
  void cancel(call_id id) { held_->cancel(id); }

  explicit operator bool() const { return held_ != nullptr; }

 private:
  struct interface {
    virtual ~interface() = default;
    virtual void start(const request<Value>& r, call_id id, completion<Value> done) = 0;
    virtual void cancel(call_id id) = 0;
  };
  template <class B>
  struct model final : interface {
    template <class From>
    explicit model(From&& from) : backend(std::forward<From>(from)) {}
    void start(const request<Value>& r, call_id id, completion<Value> done) override {
      backend.start(r, id, std::move(done));
    }
    void cancel(call_id id) override { backend.cancel(id); }
    B backend;
  };

  std::unique_ptr<interface> held_{};
};

/// The asynchronous backends of a fleet: one for each model, in the fleet's order.
template <class Value = std::string>
using async_backends = std::vector<any_async_backend<Value>>;

}  // namespace shoal::infer
