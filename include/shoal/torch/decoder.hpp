// SPDX-License-Identifier: BSL-1.0
/// @file A TorchScript module that reads prompts and writes token by token, on CPU or CUDA: the large or the
/// small model of hybrid/.
#pragma once

#include <torch/script.h>

#include <Eigen/Core>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/hybrid/model.hpp"
#include "shoal/infer/failure.hpp"
#include "shoal/torch/module.hpp"

namespace shoal::torch {

/// What a module cannot say of itself.
struct decoder_facts {
  hybrid::token begin = 1;      ///< is fed first
  hybrid::token end = 2;        ///< closes an answer
  std::size_t positions = 128;  ///< the most tokens of an answer, >= 1
};

/// A transformer in TorchScript; models `hybrid::prompt_encoder` and `hybrid::conditioned_decoder`. Tensors
/// have one row for each token. The module has the methods that are used of:
/// - `encode(tokens) -> Tensor`: what its encoder makes of a prompt;
/// - `condition(tokens, features) -> Tensor`: the same, with features of its own width entering;
/// - `project(features) -> Tensor`: features of a larger model's width brought to its own;
/// - `start(encoded) -> List[Tensor]`: what steps need of the prompt (keys and values);
/// - `step(prompt, taken, tokens) -> Tuple[Tensor, List[Tensor]]`: logits after each token, and what it has
///   taken: tensors with one row for each token fed so far.
/// Features and logits come to the host between the calls; keys and values stay on the device. Copies share
/// the module, and calls of it wait for each other. A GPU sums in an order that depends on how many tokens
/// are fed at once, so speculative decoding gives the large model's answer up to near ties.
class decoder {
 public:
  struct state {
    std::vector<::torch::Tensor> prompt{};
    std::vector<::torch::Tensor> taken{};
    std::size_t length = 0;
  };

  /// @param how  `batch` does not matter here.
  /// @throws unusable  where the file cannot be read, or the device is not there.
  /// @throws invalid_argument  where a fact or an option is out of range.
  explicit decoder(const std::string& file, const options& how = {}, decoder_facts facts = {})
      : facts_(facts), device_(detail::device_of(how.device)) {
    if (facts.positions == 0) throw invalid_argument("torch: positions 0 is not >= 1");
    if (how.threads < 0) throw invalid_argument(message("torch: threads ", how.threads, " is not >= 0"));
    if (how.threads > 0) at::set_num_threads(how.threads);
    try {
      module_ = ::torch::jit::load(file, device_);
      module_.eval();
    } catch (const c10::Error& e) {
      throw unusable(message(file, ": ", detail::first_line(e.what_without_backtrace())));
    }
  }

  /// Where it runs, as libtorch names it.
  std::string device() const { return device_.str(); }

  /// @throws infer::failure  here and below: `crashed` with what libtorch said, `bad_answer` where a result is
  /// not of the shape above.
  hybrid::columns encode(std::span<const hybrid::token> prompt) const {
    return detail::guarded([&] { return on_host(call("encode", {numbers(prompt)}).toTensor()); });
  }
  hybrid::columns project(const hybrid::columns& features) const {
    return detail::guarded([&] { return on_host(call("project", {on_device(features)}).toTensor()); });
  }

  hybrid::begun<state> start(std::span<const hybrid::token> prompt) const {
    return detail::guarded([&] { return begun(call("encode", {numbers(prompt)})); });
  }
  hybrid::begun<state> start(std::span<const hybrid::token> prompt, const hybrid::columns& features) const {
    return detail::guarded(
        [&] { return begun(call("condition", {numbers(prompt), on_device(features)})); });
  }
  /// Over what its own encoder has already made of the prompt.
  hybrid::begun<state> over(const hybrid::columns& encoded) const {
    return detail::guarded([&] { return begun(on_device(encoded)); });
  }

  /// @throws invalid_argument  where there is no room left.
  hybrid::columns advance(state& s, std::span<const hybrid::token> tokens) const {
    if (tokens.size() > room(s)) {
      throw invalid_argument(message("a decoder with room for ", room(s), " tokens was given ", tokens.size()));
    }
    return detail::guarded([&] {
      const auto out = call("step", {s.prompt, s.taken, numbers(tokens)});
      if (!out.isTuple() || out.toTupleRef().elements().size() != 2) {
        throw infer::failure(infer::failure_kind::bad_answer, "the module's step does not give two results");
      }
      hybrid::columns logits = on_host(out.toTupleRef().elements()[0].toTensor());
      if (logits.cols() != static_cast<Eigen::Index>(tokens.size())) {
        throw infer::failure(infer::failure_kind::bad_answer,
                             "the module's logits are not one row for each token");
      }
      s.taken = out.toTupleRef().elements()[1].toTensorVector();
      s.length += tokens.size();
      return logits;
    });
  }

  std::size_t length(const state& s) const { return s.length; }
  std::size_t room(const state& s) const { return facts_.positions - s.length; }
  bool ends(hybrid::token t) const { return t == facts_.end; }
  void truncate(state& s, std::size_t length) const {
    detail::guarded([&] {
      for (auto& t : s.taken) t = t.narrow(0, 0, static_cast<std::int64_t>(length));
    });
    s.length = length;
  }

 private:
  c10::IValue call(const char* method, std::vector<c10::IValue> arguments) const {
    const std::lock_guard lock(*busy_);
    const auto found = module_.find_method(method);
    if (!found) {
      throw infer::failure(infer::failure_kind::crashed, message("the module has no method ", method));
    }
    return (*found)(std::move(arguments));
  }

  hybrid::begun<state> begun(const c10::IValue& encoded) const {
    return {{call("start", {encoded}).toTensorVector(), {}, 0}, facts_.begin};
  }

  ::torch::Tensor numbers(std::span<const hybrid::token> tokens) const {
    const std::vector<std::int64_t> wide(tokens.begin(), tokens.end());
    return ::torch::tensor(wide, ::torch::kInt64).to(device_);
  }

  // Eigen keeps columns together and torch rows, so the same memory serves both; it is read only.
  c10::IValue on_device(const hybrid::columns& x) const {
    return ::torch::from_blob(const_cast<float*>(x.data()), {x.cols(), x.rows()}, ::torch::kFloat32)
        .to(device_, ::torch::kFloat32, false, true);
  }

  static hybrid::columns on_host(const ::torch::Tensor& t) {
    if (t.dim() != 2) {
      throw infer::failure(infer::failure_kind::bad_answer, "the module's result is not one row for each token");
    }
    const ::torch::Tensor here = t.to(::torch::kCPU, ::torch::kFloat32).contiguous();
    return Eigen::Map<const hybrid::columns>(here.data_ptr<float>(), static_cast<Eigen::Index>(t.size(1)),
                                             static_cast<Eigen::Index>(t.size(0)));
  }

  decoder_facts facts_;
  ::torch::Device device_;
  ::torch::jit::Module module_{};
  std::shared_ptr<std::mutex> busy_ = std::make_shared<std::mutex>();
};
static_assert(hybrid::conditioned_decoder<decoder> && hybrid::prompt_encoder<decoder>);

/// The projector in a decoder's module, for `hybrid::joined`.
struct projector {
  decoder of;
  hybrid::columns operator()(const hybrid::columns& features) const { return of.project(features); }
};
static_assert(hybrid::projector<projector>);

}  // namespace shoal::torch
