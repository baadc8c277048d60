// SPDX-License-Identifier: BSL-1.0
#include "tiny/model.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <utility>

#include "shoal/core/message.hpp"
#include "shoal/hybrid/choice.hpp"

namespace tiny {

std::shared_ptr<const model> read_model(std::string_view bytes) {
  const tensor_file file = read_safetensors(bytes);
  auto out = std::make_shared<model>();
  out->weights = transformer(file);
  out->words = bpe(file.word("tokenizer.alphabet"), file.word("tokenizer.merges"));
  const form& f = out->weights.shape();
  if (out->words.size() != f.vocabulary) {
    throw bad_weights(
        shoal::message("the tokenizer has ", out->words.size(), " tokens, the model ", f.vocabulary));
  }
  out->task = file.word("task");
  const bool known = (out->task == "translate" && f.decoder_layers > 0) ||
                     (out->task == "classify" && f.labels > 0) ||
                     (out->task == "score" && f.decoder_layers > 0 && f.encoder_layers == 0);
  if (!known)
    throw bad_weights(shoal::message("metadata task: the model cannot do ", shoal::quoted(out->task)));
  if (out->task == "classify") {
    std::istringstream names(file.word("names"));
    for (std::string name; names >> name;) out->names.push_back(name);
    if (out->names.size() != f.labels) {
      throw bad_weights(shoal::message("there are ", out->names.size(), " names of ", f.labels, " classes"));
    }
  }
  if (out->task == "score") {
    out->slope = file.number("slope");
    out->offset = file.number("offset");
  }
  return out;
}

std::shared_ptr<const model> load_model(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << stream.rdbuf();
  if (!stream) throw bad_weights(shoal::message(path, ": cannot be read"));
  try {
    return read_model(bytes.view());
  } catch (const bad_weights& e) {
    throw bad_weights(shoal::message(path, ": ", e.what()));
  }
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view space = " \t\r\n";
  const auto first = text.find_first_not_of(space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(space) - first + 1);
}

std::vector<token> codec::encode(std::string_view text) const {
  text = trimmed(text);
  if (of->has_encoder()) {
    auto out = of->words.encode(text);
    out.push_back(bpe::end);
    return out;
  }
  auto out = of->words.encode(std::string(text) + '\n');
  out.insert(out.begin(), bpe::begin);
  return out;
}

shoal::hybrid::begun<decoder_state> writer::start(std::span<const token> prompt) const {
  const transformer& w = of->weights;
  if (of->has_encoder()) return {w.start(w.encode(prompt)), bpe::begin};
  shoal::hybrid::begun<decoder_state> out{w.start(), bpe::begin};
  if (prompt.empty()) return out;
  if (prompt.size() > 1) w.advance(out.state, prompt.first(prompt.size() - 1));
  out.next = prompt.back();
  return out;
}

shoal::hybrid::begun<decoder_state> writer::start(std::span<const token> prompt,
                                                  const columns& condition) const {
  const transformer& w = of->weights;
  return {w.start(w.encode(prompt, &condition, mode.value_or(w.shape().condition))), bpe::begin};
}

Eigen::VectorXd class_chances(const model& m, std::string_view text) {
  auto tokens = m.words.encode(trimmed(text));
  tokens.push_back(bpe::end);
  return shoal::hybrid::chances(m.weights.classify(tokens));
}

double oddness(const model& m, std::string_view line) {
  std::vector<token> tokens = m.words.encode(trimmed(line));
  tokens.insert(tokens.begin(), bpe::begin);
  decoder_state state = m.weights.start();
  const columns logits = m.weights.advance(state, tokens);
  tokens.push_back(bpe::end);
  std::vector<double> surprise;
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
    surprise.push_back(
        -std::log(shoal::hybrid::chances(logits.col(static_cast<Eigen::Index>(i)))[tokens[i + 1]]));
  }
  const std::size_t most = std::min<std::size_t>(3, surprise.size());
  std::partial_sort(surprise.begin(), surprise.begin() + static_cast<std::ptrdiff_t>(most), surprise.end(),
                    std::greater<>());
  double mean = 0;
  for (std::size_t i = 0; i < most; ++i) mean += surprise[i] / static_cast<double>(most);
  return 1 / (1 + std::exp(-(m.slope * mean + m.offset)));
}

}  // namespace tiny
