// SPDX-License-Identifier: BSL-1.0
/// @file TorchScript modules on CPU or CUDA, Eigen matrices in and out.
#pragma once

#include <ATen/Parallel.h>
#include <torch/cuda.h>
#include <torch/script.h>

#include <Eigen/Core>
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/infer/failure.hpp"

namespace shoal::torch {

/// A file that is no TorchScript module, or a device that is not there.
struct unusable : bad_input {
  using bad_input::bad_input;
};

/// One column for each sample.
using columns = Eigen::MatrixXf;
/// Tokens or other whole numbers, one column for each sample.
using whole_columns = Eigen::Matrix<std::int64_t, Eigen::Dynamic, Eigen::Dynamic>;

/// How a module runs.
struct options {
  std::string device = "cpu";  ///< "cpu", "cuda" or "cuda:1"
  std::size_t batch = 64;      ///< the most samples of one call, >= 1
  int threads = 0;             ///< of libtorch, for the whole process; 0: as they are
};

namespace detail {

// An exception of libtorch says where in its source; its first line says what.
inline std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

inline ::torch::Device device_of(const std::string& name) {
  std::string wrong;
  try {
    const ::torch::Device out(name);
    if (out.is_cpu()) return out;
    if (!out.is_cuda()) {
      wrong = "is not cpu or cuda";
    } else if (!::torch::cuda::is_available()) {
      wrong = "is not there: this libtorch was built without CUDA, or finds no driver";
    } else if (const auto there = ::torch::cuda::device_count();
               out.has_index() && static_cast<std::size_t>(out.index()) >= there) {
      wrong = message("is not there: there are ", there);
    } else {
      return out;
    }
  } catch (const c10::Error&) {
    wrong = "is not a device's name";
  }
  throw unusable(message("device ", quoted(name), " ", wrong));
}

// Work without gradients; what libtorch throws becomes `infer::failure` `crashed`.
template <class Work>
auto guarded(Work work) {
  try {
    const c10::InferenceMode no_gradients;
    return work();
  } catch (const c10::Error& e) {
    throw infer::failure(infer::failure_kind::crashed, first_line(e.what_without_backtrace()));
  } catch (const std::runtime_error& e) {
    if (dynamic_cast<const infer::failure*>(&e) != nullptr) throw;
    // The interpreter's errors end with the line that says what; the lines before say where.
    std::string text = e.what();
    while (!text.empty() && text.back() == '\n') text.pop_back();
    throw infer::failure(infer::failure_kind::crashed, text.substr(text.rfind('\n') + 1));
  }
}

}  // namespace detail

/// A TorchScript module on a device. Each column of a matrix is a sample; the module gets them as rows of a
/// tensor (samples x width), and its result (samples, or samples x width) comes back as columns. More samples
/// than `batch` go in several calls. Calls of one module wait for each other.
class module {
 public:
  /// @throws unusable  where the file cannot be read, or the device is not there.
  /// @throws invalid_argument  where an option is out of range.
  explicit module(const std::string& file, options how = {})
      : how_(std::move(how)), device_(detail::device_of(how_.device)) {
    if (how_.batch == 0) throw invalid_argument("torch: batch 0 is not >= 1");
    if (how_.threads < 0) throw invalid_argument(message("torch: threads ", how_.threads, " is not >= 0"));
    if (how_.threads > 0) at::set_num_threads(how_.threads);
    try {
      module_ = ::torch::jit::load(file, device_);
      module_.eval();
    } catch (const c10::Error& e) {
      throw unusable(message(file, ": ", detail::first_line(e.what_without_backtrace())));
    }
  }

  /// Where it runs, as libtorch names it.
  std::string device() const { return device_.str(); }

  /// @throws infer::failure  `crashed` with what libtorch said, `bad_answer` where the result has another
  /// shape.
  columns operator()(const columns& samples) {
    return run(samples.data(), samples.rows(), samples.cols(), ::torch::kFloat32);
  }
  columns operator()(const whole_columns& samples) {
    return run(samples.data(), samples.rows(), samples.cols(), ::torch::kInt64);
  }

 private:
  template <class Number>
  columns run(const Number* data, Eigen::Index width, Eigen::Index samples, ::torch::ScalarType type) {
    const std::lock_guard lock(*busy_);
    columns out;
    const auto batch = static_cast<Eigen::Index>(how_.batch);
    for (Eigen::Index at = 0; at < samples; at += batch) {
      const Eigen::Index n = std::min(batch, samples - at);
      // Eigen keeps columns together and torch rows, so the same memory serves both; it is read only.
      const auto in =
          ::torch::from_blob(const_cast<Number*>(data + at * width), {n, width}, type).to(device_);
      const ::torch::Tensor result = call(in);
      if ((result.dim() != 1 && result.dim() != 2) || result.size(0) != n) {
        throw infer::failure(infer::failure_kind::bad_answer,
                             "the module's result is not one row for each sample");
      }
      const Eigen::Index rows = result.dim() == 1 ? 1 : static_cast<Eigen::Index>(result.size(1));
      if (at == 0) out.resize(rows, samples);
      if (rows != out.rows()) {
        throw infer::failure(infer::failure_kind::bad_answer, "the module's results differ in width");
      }
      out.middleCols(at, n) = Eigen::Map<const columns>(result.data_ptr<float>(), rows, n);
    }
    return out;
  }

  ::torch::Tensor call(const ::torch::Tensor& in) {
    return detail::guarded([&] {
      const auto value = module_.forward({in});
      if (!value.isTensor()) {
        throw infer::failure(infer::failure_kind::bad_answer, "the module's result is not a tensor");
      }
      return value.toTensor().to(::torch::kCPU, ::torch::kFloat32).contiguous();
    });
  }

  options how_;
  ::torch::Device device_;
  ::torch::jit::Module module_{};
  std::shared_ptr<std::mutex> busy_ = std::make_shared<std::mutex>();
};

}  // namespace shoal::torch
