// SPDX-License-Identifier: BSL-1.0
/// @file The example's ways to translate on libtorch: a CPU, or a GPU where there is one.
///
///     llm_to_slm_torch [FOLDER] [--device NAME] [--sentences N]
///
/// The shipped models become TorchScript, run through `shoal::torch`, and are held to the CPU runner's words:
/// at least 99 of 100 sentences must be the same (sums are made in another order). Time is that of the clock.
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "../live/data.hpp"
#include "shoal/hybrid.hpp"
#include "shoal/torch/decoder.hpp"
#include "tiny/model.hpp"
#include "tiny_torch/script.hpp"

namespace {

namespace hybrid = shoal::hybrid;
using tokens = std::vector<hybrid::token>;

std::string bytes_of(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream out;
  out << stream.rdbuf();
  return out.str();
}

}  // namespace

int main(int count, char** argument) {
  std::string folder = "examples/data/models";
  std::string device = ::torch::cuda::is_available() ? "cuda" : "cpu";
  std::size_t sentences = 200;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = argument[i];
    const bool last = i + 1 == count;
    if (word == "--device" && !last) {
      device = argument[++i];
    } else if (word == "--sentences" && !last) {
      sentences = static_cast<std::size_t>(std::atol(argument[++i]));
    } else {
      folder = word;
    }
  }
  const auto file = [&](const std::string& name) { return folder + "/translate-" + name + ".safetensors"; };
  const std::string scratch =
      (std::filesystem::temp_directory_path() / "shoal-llm-to-slm.pt").string();
  const auto on_device = [&](const std::string& name) {
    tiny_torch::save_script(bytes_of(file(name)), scratch);
    return shoal::torch::decoder(scratch, {.device = device, .threads = 1});
  };
  const shoal::torch::decoder large = on_device("large");
  const shoal::torch::decoder small = on_device("small-24k");
  const shoal::torch::decoder joined_small = on_device("hybrid-24k");
  std::filesystem::remove(scratch);
  const hybrid::joined both{large, shoal::torch::projector{joined_small}, joined_small};

  const tiny::writer known_large{tiny::load_model(file("large"))};
  const tiny::writer known_small{tiny::load_model(file("small-24k"))};
  const auto known_joined = tiny::load_model(file("hybrid-24k"));
  const hybrid::joined known_both{known_large, tiny::bridge{known_joined}, tiny::writer{known_joined}};

  const tiny::codec words{known_large.of};
  const hybrid::decoding how{.tokens = 100};
  std::vector<tokens> prompts;
  for (const auto& row : live::rows(folder + "/translate.test.tsv", sentences))
    prompts.push_back(words.encode(row[0]));
  if (prompts.empty()) return std::puts("there are no sentences"), 2;

  bool good = true;
  double large_ms = 0;
  std::printf("%zu sentences on %s:\n%-14s %10s %9s %22s\n", prompts.size(), large.device().c_str(), "",
              "ms each", "speed", "as the CPU runner's");
  using way = std::function<tokens(const tokens&)>;
  const auto compare = [&](const char* name, const way& here, const way& known) {
    for (std::size_t k = 0; k < 3 && k < prompts.size(); ++k) here(prompts[k]);  // compiled on first use
    std::vector<tokens> said;
    const auto began = std::chrono::steady_clock::now();
    for (const tokens& p : prompts) said.push_back(here(p));
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - began;
    std::size_t same = 0;
    for (std::size_t k = 0; k < prompts.size(); ++k) same += said[k] == known(prompts[k]) ? 1U : 0U;
    const double each = took.count() / static_cast<double>(prompts.size());
    if (large_ms == 0) large_ms = each;
    std::printf("%-14s %10.2f %7.1f x %14zu of %zu\n", name, each, large_ms / each, same, prompts.size());
    good = good && 100 * same >= 99 * prompts.size();
  };
  const auto alone = [&](const auto& model) {
    return [&](const tokens& p) { return hybrid::generate(model, model.start(p), how).tokens; };
  };
  compare("large", alone(large), alone(known_large));
  compare("small 24k", alone(small), alone(known_small));
  compare("hybrid 24k", alone(both), alone(known_both));
  compare(
      "speculative",
      [&](const tokens& p) {
        const auto features = large.encode(p);
        const auto draft = joined_small.start(p, joined_small.project(features));
        return hybrid::speculate(joined_small, draft, large, large.over(features), how).text.tokens;
      },
      alone(known_large));
  return good ? 0 : 1;
}
