// SPDX-License-Identifier: BSL-1.0
/// @file Models of any shape with random weights.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "shoal/core/message.hpp"
#include "shoal/core/random.hpp"
#include "shoal/hybrid/cost_model.hpp"
#include "tiny/model.hpp"

namespace tiny {

/// A safetensors file of random weights.
class random_file {
 public:
  random_file(const shoal::hybrid::transformer_shape& s, std::size_t positions, std::size_t features) {
    const auto whole = [](double x) { return static_cast<std::size_t>(x); };
    const std::size_t d = whole(s.width);
    const std::size_t h = whole(s.hidden);
    add("tokens.weight", {whole(s.vocabulary), d});
    const auto linear = [&](const std::string& name, std::size_t rows, std::size_t inputs) {
      add(name + ".weight", {rows, inputs});
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
        const std::string one = shoal::message(name, ".layers.", i, ".");
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
    metadata_ = shoal::message(
        "{\"vocabulary\":\"", whole(s.vocabulary), "\",\"width\":\"", d, "\",\"heads\":\"", whole(s.heads), "\",\"hidden\":\"",
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
    header_ += shoal::message(",\"", name, "\":{\"dtype\":\"F32\",\"shape\":[", dims, "],\"data_offsets\":[", begin,
                       ",", data_.size(), "]}");
  }

  shoal::random_engine engine_{1};
  std::string metadata_{};
  std::string header_{};
  std::string data_{};
};

/// @param features  width of the large encoder that it is joined to; 0: none.
inline std::shared_ptr<const model> random_model(const shoal::hybrid::transformer_shape& s,
                                                       double features = 0) {
  return read_model(random_file(s, 1024, static_cast<std::size_t>(features)).bytes());
}

/// A prompt of so many tokens.
inline std::vector<token> prompt_of(std::size_t length) {
  std::vector<token> out(length);
  for (std::size_t i = 0; i < length; ++i) out[i] = static_cast<token>(4 + i % 200);
  return out;
}

}  // namespace tiny
