// SPDX-License-Identifier: BSL-1.0
#include "shoal/torch/decoder.hpp"

#include <unistd.h>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "shoal/core/error.hpp"
#include "shoal/hybrid/llm_to_slm.hpp"
#include "shoal/hybrid/speculative.hpp"
#include "tiny/model.hpp"
#include "tiny_torch/script.hpp"

using namespace shoal;

namespace {

using hybrid::token;

std::string bytes_of(const std::string& name) {
  std::ifstream stream(SHOAL_SOURCE_DIR "/examples/data/models/translate-" + name + ".safetensors",
                       std::ios::binary);
  std::ostringstream out;
  out << stream.rdbuf();
  return out.str();
}

// A shipped model as a script, in a file that goes when the test ends.
struct scripted {
  std::string path;
  explicit scripted(const std::string& name)
      : path((std::filesystem::temp_directory_path() /
              ("shoal-torch-" + std::to_string(getpid()) + "-" + name + ".pt"))
                 .string()) {
    tiny_torch::save_script(bytes_of(name), path);
  }
  scripted(const scripted&) = delete;
  scripted& operator=(const scripted&) = delete;
  ~scripted() { std::remove(path.c_str()); }
};

std::vector<std::string> devices() {
  std::vector<std::string> out{"cpu"};
  if (::torch::cuda::is_available()) out.push_back("cuda");
  return out;
}

float apart(const hybrid::columns& a, const hybrid::columns& b) {
  if (a.rows() != b.rows() || a.cols() != b.cols()) return 1e9F;
  return (a - b).cwiseAbs().maxCoeff();
}

const char* const sentences[] = {"the dog sleeps.", "the old man gives the child a small dog."};

}  // namespace

TEST_CASE("joined models on torch have the logits of the CPU runner, step by step", "[torch]") {
  const scripted large_file("large");
  const auto large = tiny::read_model(bytes_of("large"));
  const auto small = tiny::read_model(bytes_of("hybrid-24k"));
  const scripted small_file("hybrid-24k");
  for (const std::string& device : devices()) {
    const shoal::torch::decoder torch_large(large_file.path, {.device = device, .threads = 1});
    const shoal::torch::decoder torch_small(small_file.path, {.device = device, .threads = 1});
    const hybrid::joined on_torch{torch_large, shoal::torch::projector{torch_small}, torch_small};
    const hybrid::joined here{tiny::writer{large}, tiny::bridge{small}, tiny::writer{small}};
    for (const char* const text : sentences) {
      const auto prompt = tiny::codec{small}.encode(text);
      CHECK(apart(torch_large.encode(prompt), here.large.encode(prompt)) < 1e-4F);
      auto a = on_torch.start(prompt);
      auto b = here.start(prompt);
      REQUIRE(a.next == b.next);
      // Several tokens at once, then one by one, then back and on again.
      const std::vector<token> first{a.next, 50, 60};
      CHECK(apart(on_torch.advance(a.state, first), here.advance(b.state, first)) < 1e-4F);
      for (const token t : {70, 80, 90}) {
        const token fed[] = {t};
        CHECK(apart(on_torch.advance(a.state, fed), here.advance(b.state, fed)) < 1e-4F);
      }
      on_torch.truncate(a.state, 2);
      here.truncate(b.state, 2);
      CHECK(on_torch.length(a.state) == 2);
      CHECK(apart(on_torch.advance(a.state, first), here.advance(b.state, first)) < 1e-4F);
      CHECK(on_torch.room(a.state) == here.room(b.state));
      // The same sentence, and what the large one says with the small one's drafts.
      const hybrid::decoding how{.tokens = 100};
      const auto said = hybrid::generate(on_torch, on_torch.start(prompt), how);
      CHECK(said.tokens == hybrid::generate(here, here.start(prompt), how).tokens);
      const auto features = torch_large.encode(prompt);
      const auto drafted =
          hybrid::speculate(torch_small, torch_small.start(prompt, torch_small.project(features)), torch_large,
                            torch_large.over(features), how);
      const tiny::writer alone{large};
      CHECK(drafted.text.tokens == hybrid::generate(alone, alone.start(prompt), how).tokens);
    }
  }
}

TEST_CASE("what a decoder on torch lacks or cannot take is named", "[torch]") {
  const scripted file("tiny");
  CHECK_THROWS_AS(shoal::torch::decoder("/nowhere/at/all.pt"), shoal::torch::unusable);
  CHECK_THROWS_AS(shoal::torch::decoder(file.path, {.device = "cuda:99"}), shoal::torch::unusable);
  CHECK_THROWS_AS(shoal::torch::decoder(file.path, {}, {.positions = 0}), invalid_argument);
  const shoal::torch::decoder d(file.path, {.threads = 1}, {.positions = 3});
  const std::vector<token> prompt{20, 30, 2};
  try {
    d.project(hybrid::columns::Zero(3, 3));
    FAIL("a method that is not there was called");
  } catch (const infer::failure& f) {
    CHECK(f.kind == infer::failure_kind::crashed);
    CHECK(std::string(f.what()) == "the module has no method project");
  }
  auto at = d.start(prompt);
  CHECK_THROWS_AS(d.advance(at.state, std::vector<token>{4000}), infer::failure);
  CHECK(at.state.length == 0);
  d.advance(at.state, std::vector<token>{1, 5});
  CHECK_THROWS_AS(d.advance(at.state, std::vector<token>{5, 5}), invalid_argument);
  CHECK(d.room(at.state) == 1);
}
