// SPDX-License-Identifier: BSL-1.0
/// @file A language model of random weights as a GGUF file: all that a test of a server needs of a model.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <numbers>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace shoal::test {

/// Writes a file of the format GGUF 3: keys, tensors of 32-bit floats, data aligned to 32 bytes.
class gguf_writer {
 public:
  void text(const std::string& key, const std::string& value) {
    begin(key, 8);
    put_text(keys_, value);
  }
  void number(const std::string& key, std::uint32_t value) {
    begin(key, 4);
    put(keys_, value);
  }
  void real(const std::string& key, float value) {
    begin(key, 6);
    put(keys_, value);
  }
  void texts(const std::string& key, const std::vector<std::string>& values) {
    begin_array(key, 8, values.size());
    for (const std::string& v : values) put_text(keys_, v);
  }
  void reals(const std::string& key, const std::vector<float>& values) {
    begin_array(key, 6, values.size());
    for (const float v : values) put(keys_, v);
  }
  void numbers(const std::string& key, const std::vector<std::int32_t>& values) {
    begin_array(key, 5, values.size());
    for (const std::int32_t v : values) put(keys_, v);
  }
  /// @param shape  the fastest dimension first.
  void tensor(const std::string& name, const std::vector<std::uint64_t>& shape,
              const std::vector<float>& values) {
    put_text(tensors_, name);
    put(tensors_, static_cast<std::uint32_t>(shape.size()));
    for (const std::uint64_t n : shape) put(tensors_, n);
    put(tensors_, std::uint32_t{0});  // 32-bit floats
    put(tensors_, static_cast<std::uint64_t>(data_.size()));
    data_.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
    data_.resize((data_.size() + 31) / 32 * 32);
    ++tensor_count_;
  }

  void write(const std::string& path) const {
    std::string head = "GGUF";
    put(head, std::uint32_t{3});
    put(head, tensor_count_);
    put(head, key_count_);
    head += keys_ + tensors_;
    head.resize((head.size() + 31) / 32 * 32);
    std::ofstream(path, std::ios::binary) << head << data_;
  }

 private:
  template <class T>
  static void put(std::string& to, T value) {
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    to.append(bytes, sizeof value);
  }
  static void put_text(std::string& to, const std::string& value) {
    put(to, static_cast<std::uint64_t>(value.size()));
    to += value;
  }
  void begin(const std::string& key, std::uint32_t type) {
    put_text(keys_, key);
    put(keys_, type);
    ++key_count_;
  }
  void begin_array(const std::string& key, std::uint32_t type, std::size_t size) {
    begin(key, 9);
    put(keys_, type);
    put(keys_, static_cast<std::uint64_t>(size));
  }

  std::string keys_{};
  std::string tensors_{};
  std::string data_{};
  std::uint64_t key_count_ = 0;
  std::uint64_t tensor_count_ = 0;
};

/// Writes a model of the Llama architecture: two layers of width 64, byte tokens for what it reads, a few
/// hundred syllables for what it writes. It babbles, and it does not stop by itself.
inline void write_random_model(const std::string& path, std::uint32_t seed = 1) {
  constexpr std::uint32_t width = 64;
  constexpr std::uint32_t inner = 128;
  constexpr std::uint32_t layers = 2;
  std::vector<std::string> tokens{"<unk>", "<s>", "</s>"};
  std::vector<std::int32_t> types{2, 3, 3};  // unknown, control, control
  for (int byte = 0; byte < 256; ++byte) {
    char name[8];
    std::snprintf(name, sizeof name, "<0x%02X>", static_cast<unsigned>(byte));
    tokens.emplace_back(name);
    types.push_back(6);  // a byte
  }
  const std::size_t written_from = tokens.size();
  for (const char first : std::string("bcdfghklmnprstvz")) {
    for (const char second : std::string("aeiou")) {
      tokens.push_back(std::string("\xE2\x96\x81") + first + second);  // with a space before it
      tokens.push_back(std::string() + first + second);
      types.insert(types.end(), 2, 1);
    }
  }
  const auto words = static_cast<std::uint32_t>(tokens.size());

  gguf_writer out;
  out.text("general.architecture", "llama");
  out.text("general.name", "babble");
  out.number("llama.context_length", 65536);
  out.number("llama.embedding_length", width);
  out.number("llama.block_count", layers);
  out.number("llama.feed_forward_length", inner);
  out.number("llama.attention.head_count", 4);
  out.number("llama.attention.head_count_kv", 4);
  out.number("llama.rope.dimension_count", width / 4);
  out.number("llama.vocab_size", words);
  out.real("llama.attention.layer_norm_rms_epsilon", 1e-5F);
  out.text("tokenizer.ggml.model", "llama");
  out.texts("tokenizer.ggml.tokens", tokens);
  out.reals("tokenizer.ggml.scores", std::vector<float>(words, 0));
  out.numbers("tokenizer.ggml.token_type", types);
  out.number("tokenizer.ggml.unknown_token_id", 0);
  out.number("tokenizer.ggml.bos_token_id", 1);
  out.number("tokenizer.ggml.eos_token_id", 2);
  out.text(
      "tokenizer.chat_template",
      "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}assistant:");

  std::mt19937 random(seed);
  const auto noise = [&](std::size_t count, double deviation) {
    std::vector<float> values(count);
    for (float& v : values) {  // Box and Muller's: normal_distribution differs between libraries
      const double u = (static_cast<double>(random()) + 1) / 4294967297.0;
      const double w = static_cast<double>(random()) / 4294967296.0;
      v = static_cast<float>(deviation * std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * w));
    }
    return values;
  };
  const double usual = 1 / std::sqrt(static_cast<double>(width));
  out.tensor("token_embd.weight", {width, words}, noise(std::size_t{words} * width, 1));
  for (std::uint32_t i = 0; i < layers; ++i) {
    const std::string block = "blk." + std::to_string(i) + '.';
    const std::vector<float> ones(width, 1);
    out.tensor(block + "attn_norm.weight", {width}, ones);
    for (const char* part : {"attn_q", "attn_k", "attn_v", "attn_output"}) {
      out.tensor(block + part + ".weight", {width, width}, noise(std::size_t{width} * width, usual));
    }
    out.tensor(block + "ffn_norm.weight", {width}, ones);
    out.tensor(block + "ffn_gate.weight", {width, inner}, noise(std::size_t{width} * inner, usual));
    out.tensor(block + "ffn_up.weight", {width, inner}, noise(std::size_t{width} * inner, usual));
    out.tensor(block + "ffn_down.weight", {inner, width}, noise(std::size_t{width} * inner, usual));
  }
  out.tensor("output_norm.weight", {width}, std::vector<float>(width, 1));
  // Only syllables have weights: everything else, the end included, is never the likeliest.
  std::vector<float> last = noise(std::size_t{words} * width, 0.5);
  std::fill(last.begin(), last.begin() + static_cast<std::ptrdiff_t>(written_from * width), 0.0F);
  out.tensor("output.weight", {width, words}, last);
  out.write(path);
}

}  // namespace shoal::test
