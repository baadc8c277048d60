// SPDX-License-Identifier: BSL-1.0
/// @file The example's ways to translate on libtorch: a CPU, or a GPU where there is one.
///
///     llm_to_slm_torch [FOLDER] [--device NAME] [--sentences N] [--larger]
///
/// The shipped models become TorchScript, run through `shoal::torch`, and are held to the CPU runner's words:
/// at least 99 of 100 sentences must be the same (sums are made in another order). `--larger` instead times a
/// pair of about 50 M and 2 M parameters with random weights. Time is that of the clock on a GPU, of the
/// processor on a CPU.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "../live/data.hpp"
#include "shoal/hybrid.hpp"
#include "shoal/torch/decoder.hpp"
#include "tiny/model.hpp"
#include "tiny/random_model.hpp"
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

// Milliseconds of work: of the processor on a CPU, where one thread works; of the clock elsewhere.
double milliseconds(const std::string& device, const std::function<void()>& work) {
  const auto now = [&] {
    if (device != "cpu") {
      const std::chrono::duration<double> t = std::chrono::steady_clock::now().time_since_epoch();
      return t.count();
    }
    timespec t{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
  };
  const double began = now();
  work();
  return 1e3 * (now() - began);
}

// A script of a model's bytes on a device.
shoal::torch::decoder scripted(const std::string& bytes, const std::string& device, std::size_t positions) {
  const auto file = std::filesystem::temp_directory_path() / "shoal-llm-to-slm.pt";
  tiny_torch::save_script(bytes, file.string());
  shoal::torch::decoder out(file.string(), {.device = device, .threads = 1}, {.positions = positions});
  std::filesystem::remove(file);
  return out;
}

// Answers of a fixed length by a large model and by joined ones, the least time of three.
int larger(const std::string& device) {
  constexpr hybrid::transformer_shape large_shape{512, 2048, 400, 7, 7, 8};
  constexpr hybrid::transformer_shape small_shape{128, 512, 400, 4, 4, 4};
  const auto of = [&](const hybrid::transformer_shape& s, std::size_t features) {
    return scripted(tiny::random_file(s, 1024, features).bytes(), device, 1024);
  };
  const shoal::torch::decoder large = of(large_shape, 0);
  const shoal::torch::decoder small = of(small_shape, 512);
  const hybrid::joined both{large, shoal::torch::projector{small}, small};
  const auto least = [&](const auto& model, std::size_t prompt, std::size_t answer) {
    double best = 1e9;
    for (int round = 0; round < 4; ++round) {  // the first one compiles
      const double took = milliseconds(device, [&] {
        auto at = model.start(tiny::prompt_of(prompt));
        for (std::size_t i = 0; i < answer; ++i)
          at.next = hybrid::likeliest(model.advance(at.state, std::span(&at.next, 1)).col(0));
      });
      if (round > 0) best = std::min(best, took);
    }
    return best;
  };
  std::printf("51 M and 2.0 M parameters, random, on %s:\n%7s %7s %11s %11s %9s\n", large.device().c_str(),
              "prompt", "answer", "large, ms", "joined, ms", "speed");
  for (const std::size_t prompt : {8U, 64U, 512U}) {
    for (const std::size_t answer : {8U, 64U}) {
      const double alone = least(large, prompt, answer);
      const double together = least(both, prompt, answer);
      std::printf("%7zu %7zu %11.1f %11.1f %7.1f x\n", prompt, answer, alone, together, alone / together);
    }
  }
  return 0;
}

}  // namespace

int main(int count, char** argument) {
  std::string folder = "examples/data/models";
  std::string device = ::torch::cuda::is_available() ? "cuda" : "cpu";
  std::size_t sentences = 200;
  bool is_larger = false;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = argument[i];
    const bool last = i + 1 == count;
    if (word == "--device" && !last) {
      device = argument[++i];
    } else if (word == "--sentences" && !last) {
      sentences = static_cast<std::size_t>(std::atol(argument[++i]));
    } else if (word == "--larger") {
      is_larger = true;
    } else {
      folder = word;
    }
  }
  if (is_larger) return larger(device);
  const auto file = [&](const std::string& name) { return folder + "/translate-" + name + ".safetensors"; };
  const auto on_device = [&](const std::string& name) {
    return scripted(bytes_of(file(name)), device, 128);
  };
  const shoal::torch::decoder large = on_device("large");
  const shoal::torch::decoder small = on_device("small-24k");
  const shoal::torch::decoder joined_small = on_device("hybrid-24k");
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
    const double took = milliseconds(device, [&] {
      for (const tokens& p : prompts) said.push_back(here(p));
    });
    std::size_t same = 0;
    for (std::size_t k = 0; k < prompts.size(); ++k) same += said[k] == known(prompts[k]) ? 1U : 0U;
    const double each = took / static_cast<double>(prompts.size());
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
