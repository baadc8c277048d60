// SPDX-License-Identifier: BSL-1.0
/// @file What a decode step costs beside what the machine can do, and the cost model beside measured times.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/core/message.hpp"
#include "shoal/core/random.hpp"
#include "shoal/hybrid.hpp"
#include "tiny/model.hpp"

namespace {

namespace hybrid = shoal::hybrid;
using shoal::message;

double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// The least time of a few rounds: what the work takes when nobody disturbs it.
template <class Work>
double best_seconds(int rounds, Work work) {
  double best = 1e9;
  for (int i = 0; i < rounds; ++i) {
    const double began = processor_seconds();
    work();
    best = std::min(best, processor_seconds() - began);
  }
  return best;
}

// A safetensors file of random weights.
class random_file {
 public:
  explicit random_file(const hybrid::transformer_shape& s, std::size_t positions, std::size_t features) {
    const auto whole = [](double x) { return static_cast<std::size_t>(x); };
    const std::size_t d = whole(s.width);
    const std::size_t h = whole(s.hidden);
    add("tokens.weight", {whole(s.vocabulary), d});
    const auto linear = [&](const std::string& name, std::size_t rows, std::size_t columns) {
      add(name + ".weight", {rows, columns});
      add(name + ".bias", {rows});
    };
    const auto norm = [&](const std::string& name) {
      add(name + ".weight", {d});
      add(name + ".bias", {d});
    };
    const auto side = [&](const std::string& name, std::size_t layers, bool cross) {
      add(name + ".positions.weight", {positions, d});
      norm(name + ".norm");
      for (std::size_t i = 0; i < layers; ++i) {
        const std::string one = message(name, ".layers.", i, ".");
        for (const std::string part : {"attend", "cross"}) {
          if (part == "cross" && !cross) continue;
          norm(one + part + "_norm");
          linear(one + part + ".query", d, d);
          linear(one + part + ".memory", 2 * d, d);
          linear(one + part + ".out", d, d);
        }
        norm(one + "feed_norm");
        linear(one + "feed.up", h, d);
        linear(one + "feed.down", d, h);
      }
    };
    side("encoder", whole(s.encoder_layers), false);
    side("decoder", whole(s.decoder_layers), true);
    if (features > 0) {
      linear("project_up", 2 * d, features);
      linear("project_down", d, 2 * d);
    }
    std::string merges;
    std::string alphabet;
    for (std::size_t t = 4; t < whole(s.vocabulary); ++t) {
      constexpr const char* hex = "0123456789abcdef";
      const std::size_t byte = (t - 4) % 256;
      alphabet += hex[byte / 16];
      alphabet += hex[byte % 16];
    }
    metadata_ = message(
        "{\"vocabulary\":\"", whole(s.vocabulary), "\",\"width\":\"", d, "\",\"heads\":\"4\",\"hidden\":\"",
        h, "\",\"encoder_layers\":\"", whole(s.encoder_layers), "\",\"decoder_layers\":\"",
        whole(s.decoder_layers), "\",\"positions\":\"", positions,
        "\",\"activation\":\"relu\",\"labels\":\"0\",\"features\":\"", features, "\",\"projected\":\"",
        features > 0 ? 2 * d : 0, "\",\"task\":\"translate\",\"tokenizer.alphabet\":\"", alphabet,
        "\",\"tokenizer.merges\":\"\"}");
  }

  std::string bytes() const {
    const std::string header = "{\"__metadata__\":" + metadata_ + header_ + "}";
    std::string out(8, '\0');
    for (std::size_t i = 0; i < 8; ++i) out[i] = static_cast<char>(header.size() >> (8 * i) & 0xFFU);
    return out + header + data_;
  }

 private:
  void add(const std::string& name, const std::vector<std::size_t>& shape) {
    std::size_t count = 1;
    std::string dims;
    for (const std::size_t n : shape) {
      count *= n;
      dims += (dims.empty() ? "" : ",") + std::to_string(n);
    }
    const std::size_t begin = data_.size();
    for (std::size_t i = 0; i < count; ++i) {
      const auto x = static_cast<float>(0.1 * (shoal::uniform_01(engine_) - 0.5));
      char four[4];
      std::memcpy(four, &x, 4);
      data_.append(four, 4);
    }
    header_ += message(",\"", name, "\":{\"dtype\":\"F32\",\"shape\":[", dims, "],\"data_offsets\":[", begin,
                       ",", data_.size(), "]}");
  }

  shoal::random_engine engine_{1};
  std::string metadata_{};
  std::string header_{};
  std::string data_{};
};

std::shared_ptr<const tiny::model> make(const hybrid::transformer_shape& s, std::size_t features = 0) {
  return tiny::read_model(random_file(s, 1024, features).bytes());
}

std::vector<hybrid::token> prompt_of(std::size_t length) {
  std::vector<hybrid::token> out(length);
  for (std::size_t i = 0; i < length; ++i) out[i] = static_cast<hybrid::token>(4 + i % 200);
  return out;
}

// Seconds of reading a prompt and writing so many tokens, whatever they are.
template <class Decoder>
double answer_seconds(const Decoder& d, std::size_t prompt, std::size_t answer) {
  const auto tokens = prompt_of(prompt);
  return best_seconds(answer * prompt > 20000 ? 3 : answer > 100 ? 10 : 40, [&] {
    auto at = d.start(tokens);
    for (std::size_t i = 0; i < answer; ++i) {
      const auto logits = d.advance(at.state, std::span<const hybrid::token>(&at.next, 1));
      at.next = hybrid::likeliest(logits.col(0));
    }
  });
}

// Bytes a second that one core reads, again and again, from a block of this size.
double read_bytes(std::size_t bytes) {
  std::vector<float> block(bytes / sizeof(float), 1.0F);
  const Eigen::Map<const Eigen::VectorXf> all(block.data(), static_cast<Eigen::Index>(block.size()));
  float sink = 0;
  const double s = best_seconds(30, [&] {
    // Eight sums at once, so that additions do not bound it.
    const Eigen::Index part = all.size() / 8;
    Eigen::Array<float, 16, 1> sums[8];
    for (auto& x : sums) x.setZero();
    for (Eigen::Index i = 0; i + 16 <= part; i += 16) {
      for (Eigen::Index p = 0; p < 8; ++p) sums[p] += all.segment<16>(p * part + i).array();
    }
    for (const auto& x : sums) sink += x.sum();
  });
  if (std::isnan(sink)) std::puts("");
  return static_cast<double>(bytes) / s;
}

// Operations a second of the kernel where its weights stay in the nearest cache and many columns share them.
double peak_operations() {
  constexpr std::size_t d = 64;
  const tiny::dense layer(d, d, std::vector<float>(d * d, 0.5F), {});
  const Eigen::MatrixXf x = Eigen::MatrixXf::Constant(d, 64, 0.25F);
  Eigen::MatrixXf y;
  const double s = best_seconds(50, [&] {
    for (int i = 0; i < 50; ++i) layer(x, y);
  });
  return 50 * 2.0 * d * d * 64 / s;
}

void decode_step() {
  const hybrid::transformer_shape s{128, 512, 400, 4, 4};
  const auto m = make(s);
  const tiny::writer w{m};
  const auto prompt = prompt_of(24);
  auto at = w.start(prompt);
  constexpr std::size_t steps = 32;
  const double seconds =
      best_seconds(60,
                   [&] {
                     auto copy = at;
                     for (std::size_t i = 0; i < steps; ++i)
                       w.advance(copy.state, std::span<const hybrid::token>(&copy.next, 1));
                   }) /
      steps;
  const double bytes = hybrid::decode_work(s, 24, 1).far_bytes;
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

void cost_model() {
  const std::vector<hybrid::transformer_shape> larges{{128, 512, 400, 4, 4}, {192, 768, 400, 6, 6}};
  const std::vector<hybrid::transformer_shape> smalls{{64, 256, 400, 1, 1}, {96, 384, 400, 2, 2}};
  const std::vector<std::size_t> prompts{8, 64, 512};
  const std::vector<std::size_t> answers{8, 64, 256};

  // The machine is fitted on single models; joined ones are predicted.
  std::vector<hybrid::timed_work> measured;
  std::vector<std::shared_ptr<const tiny::model>> large_models;
  std::vector<std::vector<std::vector<double>>> large_seconds;
  for (const auto& s : larges) {
    large_models.push_back(make(s));
    auto& of_prompt = large_seconds.emplace_back();
    for (const std::size_t n : prompts) {
      auto& of_answer = of_prompt.emplace_back();
      for (const std::size_t a : answers) {
        const double t = answer_seconds(tiny::writer{large_models.back()}, n, a);
        of_answer.push_back(t);
        measured.push_back({hybrid::alone_work(s, static_cast<double>(n), static_cast<double>(a)), t});
      }
    }
  }
  for (const auto& s : smalls) {
    const auto m = make(s);
    for (const std::size_t n : prompts) {
      for (const std::size_t a : answers) {
        const double t = answer_seconds(tiny::writer{m}, n, a);
        measured.push_back({hybrid::alone_work(s, static_cast<double>(n), static_cast<double>(a)), t});
      }
    }
  }
  const hybrid::machine machine = hybrid::fit_machine(measured);
  std::printf(
      "The machine: %.1f Gop/s over many tokens, %.1f and %.1f GB/s for one (weights in a core's own cache, "
      "and not), %.1f Gop/s of attention, %.2f us a "
      "layer, %.2f us a "
      "token\n\n",
      1e-9 / machine.batch_operation_s, 1e-9 / machine.near_byte_s, 1e-9 / machine.far_byte_s,
      1e-9 / machine.attention_operation_s, 1e6 * machine.layer_pass_s, 1e6 * machine.step_s);
  std::printf("Speed of large encoder + small decoder beside the large model, predicted and measured:\n");
  std::printf("%-10s %-10s %7s %7s %10s %9s %7s\n", "large", "small", "prompt", "answer", "predicted",
              "measured", "off");
  double worst = 0;
  for (std::size_t l = 0; l < larges.size(); ++l) {
    for (const auto& s : smalls) {
      const auto m = make(s, static_cast<std::size_t>(larges[l].width));
      const hybrid::joined both{tiny::writer{large_models[l]}, tiny::bridge{m}, tiny::writer{m}};
      for (std::size_t i = 0; i < prompts.size(); ++i) {
        for (std::size_t j = 0; j < answers.size(); ++j) {
          const double found = large_seconds[l][i][j] / answer_seconds(both, prompts[i], answers[j]);
          const double said = hybrid::speed_up(larges[l], s, 2 * s.width, static_cast<double>(prompts[i]),
                                               static_cast<double>(answers[j]), machine);
          worst = std::max(worst, std::abs(said / found - 1));
          std::printf("%2.0f x %-5.0f %2.0f x %-5.0f %7zu %7zu %8.2f x %7.2f x %5.0f %%\n",
                      larges[l].decoder_layers, larges[l].width, s.decoder_layers, s.width, prompts[i],
                      answers[j], said, found, 100 * (said / found - 1));
        }
      }
    }
  }
  std::printf("furthest off: %.0f %%\n", 100 * worst);
}

}  // namespace

int main() {
  decode_step();
  cost_model();
}
