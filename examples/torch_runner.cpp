// SPDX-License-Identifier: BSL-1.0
/// @file The shape of a runner on libtorch: a TorchScript classifier on a CPU or a GPU, beside the CPU
/// runner.
///
///     torch_runner [FOLDER] [DEVICE]
///
/// Both read the same reviews; their chances must agree to 1e-4. Without a device's name the GPU is taken
/// where there is one.
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

#include "live/data.hpp"
#include "shoal/hybrid/choice.hpp"
#include "shoal/shoal.hpp"
#include "shoal/torch/backend.hpp"
#include "tiny/runner.hpp"

int main(int count, char** argument) {
  using namespace shoal;
  const std::string folder = std::string(count > 1 ? argument[1] : "examples/data/models") + '/';
  const std::string device = count > 2 ? argument[2] : ::torch::cuda::is_available() ? "cuda" : "cpu";
  const auto known = tiny::load_model(folder + "sentiment-all.safetensors");

  // What a runner of one's own writes: a request to tokens, logits to an answer.
  const auto read = [&](const infer::request<double>& r) {
    auto tokens = known->words.encode(r.input);
    tokens.push_back(tiny::bpe::end);
    shoal::torch::whole_columns out(static_cast<Eigen::Index>(tokens.size()), 1);
    for (std::size_t i = 0; i < tokens.size(); ++i) out(static_cast<Eigen::Index>(i), 0) = tokens[i];
    return out;
  };
  const auto write = [](const Eigen::MatrixXf& logits) {
    const Eigen::VectorXd chance = hybrid::chances(logits.col(0));
    return answer<double>{.value = chance[1] - chance[0], .confidence = chance.maxCoeff()};
  };
  shoal::torch::module module(folder + "sentiment-all.pt", {.device = device, .threads = 1});
  std::printf("on %s\n", module.device().c_str());
  shoal::torch::backend<decltype(read), decltype(write), double> on_torch{std::move(module), read, write};
  tiny::scorer on_cpu(known);

  double apart = 0;
  live::tally right{"torch"};
  for (const auto& row : live::rows(folder + "sentiment.test.tsv", 300)) {
    const infer::request<double> asked{.input = row[2]};
    const double score = on_torch(asked, {}).value;
    apart = std::max(apart, std::abs(score - on_cpu(asked, {}).value));
    right.count((score > 0) == (row[1] == "positive"));
  }
  live::print({right});
  std::printf("furthest from the CPU runner: %.1e\n", apart);
  return apart <= 1e-4 ? 0 : 1;
}
