// SPDX-License-Identifier: BSL-1.0
/// @file A tiny transformer's file as a TorchScript module with the methods that `shoal::torch::decoder` calls.
#pragma once

#include <torch/script.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/core/message.hpp"
#include "tiny/safetensors.hpp"
#include "tiny/transformer.hpp"

namespace tiny_torch {

/// A tensor's name as an attribute's.
inline std::string attribute(std::string name) {
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

/// The methods of an encoder with a decoder (ReLU): the formulas of tiny/transformer.cpp, layer by layer.
inline std::string script_of(const tiny::form& f) {
  using shoal::message;
  const auto linear = [](const std::string& name, const std::string& x) {
    return message("torch.linear(", x, ", self.", name, "_weight, self.", name, "_bias)");
  };
  const auto norm = [&](const std::string& name, const std::string& x) {
    return message("torch.layer_norm(", x, ", [", f.width, "], self.", name, "_weight, self.", name,
                   "_bias, 1e-5)");
  };
  const auto attend = [&](const std::string& name, const std::string& both, const std::string& before) {
    const std::string q = linear(name + "_query", "y");
    return "  x = x + " +
           linear(name + "_out", message("self.attend(", q, ", ", both, "[:, :", f.width, "], ", both, "[:, ",
                                         f.width, ":], ", before, ")")) +
           "\n";
  };
  const auto feed = [&](const std::string& name) {
    const std::string up = linear(name + "_feed_up", norm(name + "_feed_norm", "x"));
    return "  x = x + " + linear(name + "_feed_down", "torch.relu(" + up + ")") + "\n";
  };
  const auto width = f.width / f.heads;
  std::string out = message(
      // Query j sees the keys up to `before + j`, or all where `before` is negative.
      "def attend(self, q: Tensor, k: Tensor, v: Tensor, before: int) -> Tensor:\n"
      "  a = q.reshape([-1, ", f.heads, ", ", width, "]).transpose(0, 1)\n"
      "  b = k.reshape([-1, ", f.heads, ", ", width, "]).transpose(0, 1)\n"
      "  c = v.reshape([-1, ", f.heads, ", ", width, "]).transpose(0, 1)\n"
      "  score = torch.matmul(a, b.transpose(1, 2)) / ", width, " ** 0.5\n"
      "  if before >= 0 and q.size(0) > 1:\n"
      "    future = torch.ones_like(score[0]).triu(before + 1)\n"
      "    score = score - 1e9 * future\n"
      "  return torch.matmul(torch.softmax(score, -1), c).transpose(0, 1).reshape([-1, ", f.width, "])\n"
      "def read(self, x: Tensor) -> Tensor:\n"
      "  x = x + self.encoder_positions_weight[:x.size(0)]\n");
  for (std::size_t i = 0; i < f.encoder_layers; ++i) {
    const std::string one = message("encoder_layers_", i);
    out += "  y = " + norm(one + "_attend_norm", "x") + "\n  both = " + linear(one + "_attend_memory", "y") + "\n";
    out += attend(one + "_attend", "both", "-1") + feed(one);
  }
  out += "  return " + norm("encoder_norm", "x") + "\n";
  out +=
      "def encode(self, tokens: Tensor) -> Tensor:\n"
      "  return self.read(torch.embedding(self.tokens_weight, tokens))\n";
  if (f.features > 0) {
    out += "def project(self, features: Tensor) -> Tensor:\n  return " +
           linear("project_down", "torch.relu(" + linear("project_up", "features") + ")") + "\n";
    out += "def condition(self, tokens: Tensor, features: Tensor) -> Tensor:\n  return ";
    out += f.condition == tiny::condition_mode::cross_attended ? "features\n"
           : f.condition == tiny::condition_mode::replacing
               ? "self.read(features)\n"
               : "self.read(torch.embedding(self.tokens_weight, tokens) + features)\n";
  }
  out += "def start(self, encoded: Tensor) -> List[Tensor]:\n  return [";
  for (std::size_t i = 0; i < f.decoder_layers; ++i)
    out += linear(message("decoder_layers_", i, "_cross_memory"), "encoded") + ", ";
  out +=
      "]\n"
      "def step(self, prompt: List[Tensor], taken: List[Tensor], tokens: Tensor) -> Tuple[Tensor, "
      "List[Tensor]]:\n"
      "  before = 0\n"
      "  if len(taken) > 0:\n"
      "    before = taken[0].size(0)\n"
      "  x = torch.embedding(self.tokens_weight, tokens)\n"
      "  x = x + self.decoder_positions_weight[before:before + x.size(0)]\n"
      "  now = []\n";
  for (std::size_t i = 0; i < f.decoder_layers; ++i) {
    const std::string one = message("decoder_layers_", i);
    out += "  y = " + norm(one + "_attend_norm", "x") + "\n  both = " + linear(one + "_attend_memory", "y") + "\n";
    out += message("  if len(taken) > 0:\n    both = torch.cat([taken[", i, "], both])\n  now.append(both)\n");
    out += attend(one + "_attend", "both", "before");
    out += "  y = " + norm(one + "_cross_norm", "x") + message("\n  read = prompt[", i, "]\n");
    out += attend(one + "_cross", "read", "-1") + feed(one);
  }
  return out + "  return (torch.matmul(" + norm("decoder_norm", "x") + ", self.tokens_weight.t()), now)\n";
}

/// Writes a model's bytes (safetensors, an encoder and a decoder) as TorchScript.
/// @throws tiny::bad_weights  where the model is not of that kind.
inline void save_script(std::string_view bytes, const std::string& to) {
  const tiny::tensor_file file = tiny::read_safetensors(bytes);
  const tiny::form f = tiny::transformer(file).shape();
  if (f.encoder_layers == 0 || f.decoder_layers == 0 || !f.relu) {
    throw tiny::bad_weights("only an encoder with a decoder, with ReLU, becomes a script");
  }
  ::torch::jit::Module m("translator");
  for (const auto& [name, t] : file.tensors) {
    std::vector<float> numbers = tiny::floats_of(file, name, t.shape);
    const std::vector<std::int64_t> shape(t.shape.begin(), t.shape.end());
    m.register_parameter(attribute(name), ::torch::from_blob(numbers.data(), shape).clone(), false);
  }
  m.define(script_of(f));
  m.save(to);
}

}  // namespace tiny_torch
