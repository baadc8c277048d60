// SPDX-License-Identifier: BSL-1.0
/// @file A callable that is moved, not copied, and that keeps what it captures inside itself where it fits.
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace shoal {

template <class Signature>
class unique_function;

/// Any callable of a signature: `unique_function<void()>`. Captures of up to `room` bytes that move without
/// throwing need no memory of their own. Calling an empty one, or one that was moved from, is undefined.
template <class Result, class... Args>
class unique_function<Result(Args...)> {
 public:
  static constexpr std::size_t room = 32;

  unique_function() = default;

  template <class F>
  requires(!std::same_as<std::remove_cvref_t<F>, unique_function> &&
           std::is_invocable_r_v<Result, std::remove_cvref_t<F>&, Args...>)  //
      unique_function(F&& f) {  // NOLINT(google-explicit-constructor)
    using callable = std::remove_cvref_t<F>;
    if constexpr (fits<callable>) {
      ::new (static_cast<void*>(store_)) callable(std::forward<F>(f));
      table_ = &inside<callable>;
    } else {
      ::new (static_cast<void*>(store_)) callable*(new callable(std::forward<F>(f)));
      table_ = &outside<callable>;
    }
  }

  unique_function(unique_function&& other) noexcept { take(other); }
  unique_function& operator=(unique_function&& other) noexcept {
    if (this != &other) {
      reset();
      take(other);
    }
    return *this;
  }
  unique_function(const unique_function&) = delete;
  unique_function& operator=(const unique_function&) = delete;
  ~unique_function() { reset(); }

  Result operator()(Args... args) { return table_->call(store_, std::forward<Args>(args)...); }

  explicit operator bool() const { return table_ != nullptr; }

 private:
  struct table {
    Result (*call)(void*, Args&&...);
    void (*move)(void* from, void* to);  // and ends `from`
    void (*end)(void*);
  };

  template <class F>
  static constexpr bool fits = sizeof(F) <= room &&
                               alignof(F) <= alignof(void*) && std::is_nothrow_move_constructible_v<F>;

  template <class F>
  static F& in(void* store) {
    return *std::launder(static_cast<F*>(store));
  }

  template <class F>
  static constexpr table inside{
      [](void* s, Args&&... args) -> Result { return in<F>(s)(std::forward<Args>(args)...); },
      [](void* from, void* to) {
        ::new (to) F(std::move(in<F>(from)));
        std::destroy_at(&in<F>(from));
      },
      [](void* s) { std::destroy_at(&in<F>(s)); }};

  template <class F>
  static constexpr table outside{
      [](void* s, Args&&... args) -> Result { return (*in<F*>(s))(std::forward<Args>(args)...); },
      [](void* from, void* to) { ::new (to) F*(in<F*>(from)); }, [](void* s) { delete in<F*>(s); }};

  void take(unique_function& other) {
    if (other.table_ == nullptr) return;
    other.table_->move(other.store_, store_);
    table_ = std::exchange(other.table_, nullptr);
  }
  void reset() {
    if (table_ != nullptr) std::exchange(table_, nullptr)->end(store_);
  }

  alignas(void*) std::byte store_[room];
  const table* table_ = nullptr;
};

}  // namespace shoal
