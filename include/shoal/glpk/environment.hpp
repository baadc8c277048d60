// SPDX-License-Identifier: BSL-1.0
/// @file GLPK's global state, owned: each solve has a thread and an environment to itself.
///
/// GLPK keeps its memory, its terminal switch and its error hook in an environment of the calling thread. A
/// thread that ends without `glp_free_env` leaks it, and `glp_free_env` frees every problem that the thread
/// has, a user's own among them; a problem must be deleted on the thread that made it. So shoal never calls
/// GLPK on its caller's thread: a solve runs on a thread that begins and ends with it, and what a user's code
/// does with GLPK elsewhere is neither seen nor touched.
#pragma once

#if !__has_include(<glpk.h>)
#error "shoal/glpk needs GLPK: link shoal::glpk, or use shoal::assign::exact."
#endif

#include <glpk.h>

#include <exception>
#include <thread>

namespace shoal::glpk::detail {

/// The environment of the thread that it is made on. Neither copied nor moved: it belongs to its thread.
class environment {
 public:
  explicit environment(bool verbose) : verbose_(verbose) { glp_init_env(); }
  environment(const environment&) = delete;
  environment& operator=(const environment&) = delete;
  ~environment() { glp_free_env(); }

  bool verbose() const { return verbose_; }

  /// Starts afresh after an error inside GLPK, which leaves nothing in the environment to rely on.
  void reopen() {
    glp_free_env();
    glp_init_env();
  }

 private:
  bool verbose_;
};

/// Calls `work()` on a thread of its own and waits; what it throws is thrown here.
template <class Work>
void on_own_thread(Work work) {
  std::exception_ptr failure;
  std::thread([&] {
    try {
      work();
    } catch (...) {
      failure = std::current_exception();
    }
  }).join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace shoal::glpk::detail
