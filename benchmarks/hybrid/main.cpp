// SPDX-License-Identifier: BSL-1.0
/// @file What a decode step costs beside what the machine can do, what batches gain, and the cost model beside
/// measured times.
///
///     benchmark_hybrid [step] [batch] [cost]
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "shoal/hybrid.hpp"
#include "timing.hpp"
#include "tiny/model.hpp"
#include "tiny/random_model.hpp"

namespace {

namespace hybrid = shoal::hybrid;
using namespace benchmark_hybrid;
using tiny::prompt_of;
using tiny::random_model;
using shape = hybrid::transformer_shape;
using model = std::shared_ptr<const tiny::model>;

constexpr shape four_by_128{128, 512, 400, 4, 4, 4};
constexpr shape six_by_192{192, 768, 400, 6, 6, 4};
constexpr shape one_by_64{64, 256, 400, 1, 1, 4};
constexpr shape two_by_96{96, 384, 400, 2, 2, 4};

void decode_step() {
  const tiny::writer w{random_model(four_by_128)};
  const auto prompt = prompt_of(24);
  auto at = w.start(prompt);
  constexpr std::size_t steps = 32;
  const double seconds = least_seconds(0.5,
                                       [&] {
                                         auto copy = at;
                                         for (std::size_t i = 0; i < steps; ++i)
                                           w.advance(copy.state,
                                                     std::span<const hybrid::token>(&copy.next, 1));
                                       }) /
                         steps;
  const double bytes = hybrid::decoder_bytes(four_by_128);
  const double stream = read_bytes(static_cast<std::size_t>(bytes));
  const double peak = peak_operations();
  std::printf("One decode step of a model of 1.94 M parameters, 1.16 M of them in the decoder (%.1f MB):\n",
              bytes * 1e-6);
  std::printf("  a step                      %8.1f us\n", 1e6 * seconds);
  std::printf("  reading the weights alone   %8.1f us  (%.1f GB/s): %.0f %% of this bound\n",
              1e6 * bytes / stream, stream * 1e-9, 100 * bytes / stream / seconds);
  std::printf("  its operations at peak      %8.1f us  (%.1f Gop/s): %.0f %% of this bound\n\n",
              1e6 * bytes / 2 / peak, peak * 1e-9, 100 * bytes / 2 / peak / seconds);
}

// Tokens a second of 64 answers of 48 tokens to prompts of 24, the reading of the prompts included.
template <class Decoder>
void batches_of(const char* name, const Decoder& d) {
  const std::vector<std::vector<hybrid::token>> prompts(64, prompt_of(24));
  constexpr std::size_t tokens = 48;
  const auto began = processor_seconds();
  for (const auto& p : prompts) d.start(p);
  const double reading = processor_seconds() - began;
  std::printf("%-22s", name);
  double alone = 0;
  for (const std::size_t at_once : {1U, 4U, 16U}) {
    const double s = least_seconds(0.5, [&] {
      hybrid::generate_batch(d, prompts, {.tokens = tokens}, at_once);
    });
    if (at_once == 1) alone = s;
    std::printf(" %9.0f /s %4.1f x", 64 * tokens / s, alone / s);
    if (at_once == 16) std::printf("   reading is %.0f %% of it", 100 * reading / s);
  }
  std::puts("");
}

void batches() {
  std::printf("Tokens a second, one core, %10s %16s %16s\n", "one by one", "4 at once", "16 at once");
  const model large = random_model(four_by_128);
  batches_of("large, 4 x 128", tiny::writer{large});
  batches_of("large, 6 x 192", tiny::writer{random_model(six_by_192)});
  batches_of("small, 1 x 64", tiny::writer{random_model(one_by_64)});
  const model small = random_model(one_by_64, four_by_128.width);
  batches_of("4 x 128 joined 1 x 64",
             hybrid::joined{tiny::writer{large}, tiny::bridge{small}, tiny::writer{small}});
  std::puts("");
}

// Writes so many tokens, whatever they are.
template <class Decoder, class Begun>
void write(const Decoder& d, Begun at, std::size_t answer) {
  for (std::size_t i = 0; i < answer; ++i) {
    const auto logits = d.advance(at.state, std::span<const hybrid::token>(&at.next, 1));
    at.next = hybrid::likeliest(logits.col(0));
  }
}

// What this machine takes for each kind of work, by encoders and decoders of other shapes and lengths than
// those that are predicted.
hybrid::machine calibrated() {
  const hybrid::memory has = measured_memory();
  std::vector<hybrid::timed_work> measured;
  for (const shape& s : {shape{48, 192, 400, 1, 1, 4}, shape{80, 320, 400, 2, 2, 4},
                         shape{112, 448, 400, 3, 3, 4}, shape{160, 640, 400, 4, 4, 4},
                         shape{224, 896, 400, 5, 5, 4}}) {
    const tiny::writer w{random_model(s)};
    for (const std::size_t n : {6U, 24U, 48U, 160U, 400U}) {
      const auto prompt = prompt_of(n);
      const auto length = static_cast<double>(n);
      measured.push_back(
          {hybrid::encode_work(s, length, has), least_seconds(0.1, [&] { w.encode(prompt); })});
      const tiny::columns encoded = w.encode(prompt);
      for (const std::size_t a : {1U, 8U, 24U, 64U, 160U}) {
        measured.push_back({hybrid::decode_work(s, length, static_cast<double>(a), has),
                            least_seconds(0.1, [&] { write(w, w.over(encoded), a); })});
      }
    }
  }
  const hybrid::machine out = hybrid::fit_machine(measured, has);
  double square = 0;
  for (const auto& [w, s] : measured) square += std::pow(seconds(w, out) / s - 1, 2);
  std::printf(
      "This machine, by %zu measurements of single encoders and decoders (fitted to %.0f %%):\n"
      "  a core's own cache holds %.1f MB; %.0f tokens at once balance reading and arithmetic\n"
      "  %.0f Gop/s over many tokens; %.0f GB/s from the cache, %.0f GB/s from beyond, %.0f GB/s stored\n"
      "  attention: %.0f Gop/s, %.1f ns a query x key x head, %.0f ns a query x head\n"
      "  %.1f G numbers/s of normalisation and the like, %.1f us a token\n\n",
      measured.size(), 100 * std::sqrt(square / static_cast<double>(measured.size())), 1e-6 * has.cache,
      has.balance, 1e-9 / out.unit_s[0], 1e-9 / out.unit_s[1], 1e-9 / out.unit_s[2], 1e-9 / out.unit_s[7],
      1e-9 / out.unit_s[3], 1e9 * out.unit_s[4], 1e9 * out.unit_s[5], 1e-9 / out.unit_s[6],
      1e6 * out.unit_s[8]);
  return out;
}

// A large model, the small ones that are joined to it, and what they take at each point of the grid.
struct pairing {
  shape large{};
  shape small{};
  model large_model{};
  model small_model{};
  std::vector<double> alone{};
  std::vector<double> together{};
};

void cost_model() {
  const hybrid::machine machine = calibrated();
  struct point {
    std::size_t prompt, answer;
  };
  std::vector<point> grid;
  for (const std::size_t n : {8U, 64U, 512U}) {
    for (const std::size_t a : {8U, 64U, 256U}) grid.push_back({n, a});
  }
  std::vector<pairing> pairings;
  for (const shape& l : {four_by_128, six_by_192}) {
    const model large = random_model(l);
    for (const shape& s : {one_by_64, two_by_96}) {
      pairings.push_back({l, s, large, random_model(s, l.width), std::vector<double>(grid.size(), 1e9),
                          std::vector<double>(grid.size(), 1e9)});
    }
  }
  // Rounds over all, so that a bad minute of the machine spoils no point.
  for (int round = 0; round < 4; ++round) {
    for (pairing& p : pairings) {
      const tiny::writer alone{p.large_model};
      const hybrid::joined both{alone, tiny::bridge{p.small_model}, tiny::writer{p.small_model}};
      for (std::size_t i = 0; i < grid.size(); ++i) {
        const auto prompt = prompt_of(grid[i].prompt);
        const auto least = [&](double& best, const auto& d) {
          best = std::min(best, least_seconds(0.1, [&] { write(d, d.start(prompt), grid[i].answer); }));
        };
        least(p.alone[i], alone);
        least(p.together[i], both);
      }
    }
  }
  std::printf("Speed of large encoder + small decoder beside the large model, predicted and measured:\n");
  std::printf("%-10s %-10s %7s %7s %10s %9s %7s\n", "large", "small", "prompt", "answer", "predicted",
              "measured", "off");
  double worst = 0;
  std::size_t within = 0;
  for (const pairing& p : pairings) {
    for (std::size_t i = 0; i < grid.size(); ++i) {
      const double found = p.alone[i] / p.together[i];
      const double said =
          hybrid::speed_up(p.large, p.small, 2 * p.small.width, static_cast<double>(grid[i].prompt),
                           static_cast<double>(grid[i].answer), machine);
      const double off = said / found - 1;
      worst = std::max(worst, std::abs(off));
      within += std::abs(off) <= 0.25 ? 1U : 0U;
      std::printf("%2.0f x %-5.0f %2.0f x %-5.0f %7zu %7zu %8.2f x %7.2f x %5.0f %%\n",
                  p.large.decoder_layers, p.large.width, p.small.decoder_layers, p.small.width,
                  grid[i].prompt, grid[i].answer, said, found, 100 * off);
    }
  }
  std::printf("within 25 %%: %zu of %zu, furthest off %.0f %%\n", within, pairings.size() * grid.size(),
              100 * worst);
}

}  // namespace

int main(int count, char** argument) {
  const auto wanted = [&](std::string_view part) {
    return count == 1 || std::find(argument + 1, argument + count, part) != argument + count;
  };
  if (wanted("step")) decode_step();
  if (wanted("batch")) batches();
  if (wanted("cost")) cost_model();
}
