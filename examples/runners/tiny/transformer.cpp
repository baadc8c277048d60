// SPDX-License-Identifier: BSL-1.0
#include "tiny/transformer.hpp"

#include <algorithm>
#include <cmath>

#include "shoal/core/message.hpp"

namespace tiny {

namespace {

using Eigen::Index;
using shoal::message;

constexpr float small = 1e-5F;  // as the training framework adds to a variance

Index at(std::size_t n) { return static_cast<Index>(n); }

Eigen::VectorXf vector_of(const tensor_file& file, const std::string& name, std::size_t size) {
  const auto v = floats_of(file, name, {size});
  return Eigen::Map<const Eigen::VectorXf>(v.data(), at(size));
}

// A table of embeddings: one column each.
Eigen::MatrixXf table_of(const tensor_file& file, const std::string& name, std::size_t rows,
                         std::size_t width) {
  const auto v = floats_of(file, name, {rows, width});
  return Eigen::Map<const Eigen::MatrixXf>(v.data(), at(width), at(rows));
}

dense dense_of(const tensor_file& file, const std::string& name, std::size_t rows, std::size_t columns) {
  return {rows, columns, floats_of(file, name + ".weight", {rows, columns}),
          floats_of(file, name + ".bias", {rows})};
}

layer_norm norm_of(const tensor_file& file, const std::string& name, std::size_t width) {
  return {vector_of(file, name + ".weight", width), vector_of(file, name + ".bias", width)};
}

attention attention_of(const tensor_file& file, const std::string& name, std::size_t width) {
  return {dense_of(file, name + ".query", width, width), dense_of(file, name + ".memory", 2 * width, width),
          dense_of(file, name + ".out", width, width)};
}

stack stack_of(const tensor_file& file, const std::string& name, std::size_t layers, bool cross,
               const form& f) {
  stack out;
  out.positions = table_of(file, name + ".positions.weight", f.positions, f.width);
  for (std::size_t i = 0; i < layers; ++i) {
    const std::string one = message(name, ".layers.", i, ".");
    layer l;
    l.attend_norm = norm_of(file, one + "attend_norm", f.width);
    l.attend = attention_of(file, one + "attend", f.width);
    if (cross) {
      l.cross_norm = norm_of(file, one + "cross_norm", f.width);
      l.cross = attention_of(file, one + "cross", f.width);
    }
    l.feed_norm = norm_of(file, one + "feed_norm", f.width);
    l.up = dense_of(file, one + "feed.up", f.hidden, f.width);
    l.down = dense_of(file, one + "feed.down", f.width, f.hidden);
    out.layers.push_back(std::move(l));
  }
  out.norm = norm_of(file, name + ".norm", f.width);
  return out;
}

// What each query finds among keys and values. Query j sees the first `seen + j` columns where that is given
// (a decoder sees no future), all of them otherwise.
void attend(const Eigen::Ref<const columns>& query, const Eigen::Ref<const columns>& keys,
            const Eigen::Ref<const columns>& values, Index length, Index seen, std::size_t heads,
            Eigen::Ref<columns> out) {
  const Index width = query.rows() / at(heads);
  const float scale = 1 / std::sqrt(static_cast<float>(width));
  thread_local Eigen::VectorXf share;
  for (Index j = 0; j < query.cols(); ++j) {
    const Index n = seen == 0 ? length : seen + j;
    for (Index h = 0; h < at(heads); ++h) {
      const auto own_keys = keys.block(h * width, 0, width, n);
      share.noalias() = own_keys.transpose() * (query.block(h * width, j, width, 1) * scale);
      share = (share.array() - share.maxCoeff()).exp();
      share /= share.sum();
      out.block(h * width, j, width, 1).noalias() = values.block(h * width, 0, width, n) * share;
    }
  }
}

}  // namespace

void layer_norm::operator()(const columns& x, columns& y) const {
  y.resize(x.rows(), x.cols());
  for (Index j = 0; j < x.cols(); ++j) {
    const float mean = x.col(j).mean();
    y.col(j) = x.col(j).array() - mean;
    const float variance = y.col(j).squaredNorm() / static_cast<float>(x.rows());
    y.col(j) = y.col(j).array() * scale.array() / std::sqrt(variance + small) + shift.array();
  }
}

transformer::transformer(const tensor_file& file) {
  form& f = form_;
  f.vocabulary = file.whole("vocabulary", 4, 1U << 20U);
  f.width = file.whole("width", 1, 1U << 14U);
  f.heads = file.whole("heads", 1, f.width);
  f.hidden = file.whole("hidden", 1, 1U << 16U);
  f.encoder_layers = file.whole("encoder_layers", 0, 1024);
  f.decoder_layers = file.whole("decoder_layers", 0, 1024);
  f.positions = file.whole("positions", 1, 1U << 20U);
  f.labels = file.whole("labels", 0, 1U << 16U);
  f.features = file.whole("features", 0, 1U << 14U);
  f.projected = file.whole("projected", f.features == 0 ? 0 : 1, 1U << 16U);
  const std::string& activation = file.word("activation");
  if (activation != "relu" && activation != "gelu") {
    throw bad_weights(message("metadata activation: ", shoal::quoted(activation), " is not relu or gelu"));
  }
  f.relu = activation == "relu";
  if (const auto said = file.metadata.find("condition"); said != file.metadata.end()) {
    if (said->second == "replacing") {
      f.condition = condition_mode::replacing;
    } else if (said->second == "cross_attended") {
      f.condition = condition_mode::cross_attended;
    } else if (said->second != "added") {
      throw bad_weights(message("metadata condition: ", shoal::quoted(said->second),
                                " is not added, replacing or cross_attended"));
    }
  }
  if (f.width % f.heads != 0)
    throw bad_weights(message("width ", f.width, " is no multiple of heads ", f.heads));
  if (f.encoder_layers + f.decoder_layers == 0)
    throw bad_weights("there is neither an encoder nor a decoder");
  if ((f.labels > 0 || f.features > 0) && f.encoder_layers == 0)
    throw bad_weights("labels and features need an encoder");

  tokens_ = table_of(file, "tokens.weight", f.vocabulary, f.width);
  if (f.encoder_layers > 0) encoder_ = stack_of(file, "encoder", f.encoder_layers, false, f);
  if (f.decoder_layers > 0) {
    decoder_ = stack_of(file, "decoder", f.decoder_layers, f.encoder_layers > 0, f);
    output_ =
        dense(f.vocabulary, f.width, std::span<const float>(tokens_.data(), f.vocabulary * f.width), {});
  }
  if (f.labels > 0) classify_ = dense_of(file, "classify", f.labels, f.width);
  if (f.features > 0) {
    project_up_ = dense_of(file, "project_up", f.projected, f.features);
    project_down_ = dense_of(file, "project_down", f.width, f.projected);
  }
}

columns transformer::embed(std::span<const token> tokens, const stack& side, std::size_t first) const {
  if (tokens.empty()) throw shoal::invalid_argument("a transformer was given no tokens");
  if (first + tokens.size() > form_.positions) {
    throw shoal::invalid_argument(message("a transformer with room for ", form_.positions,
                                          " tokens was given ", first + tokens.size()));
  }
  columns x(at(form_.width), at(tokens.size()));
  for (std::size_t j = 0; j < tokens.size(); ++j) {
    if (tokens[j] < 0 || static_cast<std::size_t>(tokens[j]) >= form_.vocabulary) {
      throw shoal::invalid_argument(message("token ", tokens[j], " is not in [0, ", form_.vocabulary, ")"));
    }
    x.col(at(j)) = tokens_.col(tokens[j]) + side.positions.col(at(first + j));
  }
  return x;
}

void transformer::feed(const layer& l, columns& x, columns& y, columns& z) const {
  l.feed_norm(x, y);
  l.up(y, z);
  if (form_.relu) {
    z = z.cwiseMax(0.0F);
  } else {
    z = 0.5F * z.array() * (1 + (0.7978845608028654F * (z.array() + 0.044715F * z.array().cube())).tanh());
  }
  l.down(z, y);
  x += y;
}

columns transformer::encode(std::span<const token> tokens, const columns* features,
                            condition_mode mode) const {
  if (form_.encoder_layers == 0) throw shoal::invalid_argument("this transformer has no encoder");
  columns x = embed(tokens, encoder_, 0);
  if (features != nullptr) {
    if (features->rows() != x.rows() || features->cols() != x.cols()) {
      throw shoal::invalid_argument(message("features are ", features->rows(), " x ", features->cols(),
                                            ", not ", x.rows(), " x ", x.cols()));
    }
    if (mode == condition_mode::cross_attended) return *features;
    if (mode == condition_mode::replacing) x = encoder_.positions.leftCols(x.cols());
    x += *features;
  }
  columns y;
  columns z;
  columns kv;
  for (const layer& l : encoder_.layers) {
    l.attend_norm(x, y);
    l.attend.query(y, z);
    l.attend.memory(y, kv);
    y.resize(x.rows(), x.cols());
    attend(z, kv.topRows(x.rows()), kv.bottomRows(x.rows()), x.cols(), 0, form_.heads, y);
    l.attend.out(y, z);
    x += z;
    feed(l, x, y, z);
  }
  encoder_.norm(x, y);
  return y;
}

columns transformer::project(const columns& features) const {
  if (form_.features == 0) throw shoal::invalid_argument("this transformer has no projector");
  if (features.rows() != at(form_.features)) {
    throw shoal::invalid_argument(message("features have ", features.rows(), " rows, not ", form_.features));
  }
  columns middle;
  columns out;
  project_up_(features, middle);
  middle = middle.cwiseMax(0.0F);
  project_down_(middle, out);
  return out;
}

Eigen::VectorXf transformer::classify(std::span<const token> tokens) const {
  if (form_.labels == 0) throw shoal::invalid_argument("this transformer classifies nothing");
  const columns mean = encode(tokens).rowwise().mean();
  columns out;
  classify_(mean, out);
  return out.col(0);
}

decoder_state transformer::start() const {
  if (form_.decoder_layers == 0) throw shoal::invalid_argument("this transformer has no decoder");
  decoder_state out;
  out.taken.resize(form_.decoder_layers);
  return out;
}

decoder_state transformer::start(const columns& encoded) const {
  if (form_.encoder_layers == 0) throw shoal::invalid_argument("this decoder has no cross-attention");
  decoder_state out = start();
  auto prompt = std::make_shared<std::vector<decoder_state::keys_and_values>>();
  columns kv;
  for (const layer& l : decoder_.layers) {
    l.cross.memory(encoded, kv);
    prompt->push_back({kv.topRows(encoded.rows()), kv.bottomRows(encoded.rows())});
  }
  out.prompt = std::move(prompt);
  return out;
}

columns transformer::decode(std::span<decoder_state* const> states, columns x, std::size_t each) const {
  for (const decoder_state* const s : states) {
    if (s->taken.size() != decoder_.layers.size() || (form_.encoder_layers > 0) != (s->prompt != nullptr)) {
      throw shoal::invalid_argument("a decoder was given a state that it did not start over a prompt");
    }
  }
  const Index width = x.rows();
  const Index n = at(each);
  columns y;
  columns z;
  columns kv;
  for (std::size_t i = 0; i < decoder_.layers.size(); ++i) {
    const layer& l = decoder_.layers[i];
    l.attend_norm(x, y);
    l.attend.query(y, z);
    l.attend.memory(y, kv);
    for (std::size_t s = 0; s < states.size(); ++s) {
      auto& taken = states[s]->taken[i];
      const Index first = at(s) * n;
      const Index before = at(states[s]->length);
      const Index after = before + n;
      if (taken.keys.cols() < after) {
        const Index room = std::min(at(form_.positions), std::max<Index>(16, 2 * after));
        taken.keys.conservativeResize(width, room);
        taken.values.conservativeResize(width, room);
      }
      taken.keys.middleCols(before, n) = kv.block(0, first, width, n);
      taken.values.middleCols(before, n) = kv.block(width, first, width, n);
      attend(z.middleCols(first, n), taken.keys, taken.values, after, before + 1, form_.heads,
             y.middleCols(first, n));
    }
    l.attend.out(y, z);
    x += z;
    if (form_.encoder_layers > 0) {
      l.cross_norm(x, y);
      l.cross.query(y, z);
      for (std::size_t s = 0; s < states.size(); ++s) {
        const auto& prompt = (*states[s]->prompt)[i];
        const Index first = at(s) * n;
        attend(z.middleCols(first, n), prompt.keys, prompt.values, prompt.keys.cols(), 0, form_.heads,
               y.middleCols(first, n));
      }
      l.cross.out(y, z);
      x += z;
    }
    feed(l, x, y, z);
  }
  for (decoder_state* const s : states) s->length += each;
  decoder_.norm(x, y);
  output_(y, z);
  return z;
}

columns transformer::advance(decoder_state& state, std::span<const token> tokens) const {
  decoder_state* const one = &state;
  return decode({&one, 1}, embed(tokens, decoder_, state.length), tokens.size());
}

columns transformer::advance_each(std::span<decoder_state* const> states,
                                  std::span<const token> tokens) const {
  if (states.size() != tokens.size()) {
    throw shoal::invalid_argument(message(states.size(), " states were given ", tokens.size(), " tokens"));
  }
  columns x(at(form_.width), at(tokens.size()));
  for (std::size_t s = 0; s < states.size(); ++s)
    x.col(at(s)) = embed(tokens.subspan(s, 1), decoder_, states[s]->length);
  return decode(states, std::move(x), 1);
}

}  // namespace tiny
