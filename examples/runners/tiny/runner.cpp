// SPDX-License-Identifier: BSL-1.0
#include "tiny/runner.hpp"

#include <chrono>
#include <string>
#include <utility>

#include "shoal/core/message.hpp"
#include "shoal/hybrid/llm_to_slm.hpp"
#include "shoal/hybrid/text_model.hpp"
#include "shoal/infer/deadline.hpp"
#include "shoal/infer/failure.hpp"

namespace tiny {

namespace hybrid = shoal::hybrid;
namespace infer = shoal::infer;

namespace {

// Whatever `work` makes of a request, with its tokens and its time; a text that the model cannot take is
// refused.
template <class Value, class Work>
shoal::answer<Value> timed(const model& m, const infer::request<Value>& r, const std::stop_token& stop,
                           Work work) {
  const auto began = std::chrono::steady_clock::now();
  infer::check(r, stop);
  shoal::answer<Value> out;
  try {
    out.used.input_tokens = m.words.encode(r.input).size() + 1;
    work(out);
  } catch (const shoal::bad_input& e) {
    throw infer::failure(infer::failure_kind::refused, e.what());
  }
  out.used.output_tokens = 1;
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  out.used.time_s = took.count();
  return out;
}

}  // namespace

runner::runner(std::shared_ptr<const model> own, std::shared_ptr<const model> large, hybrid::decoding how)
    : own_(std::move(own)), large_(std::move(large)), how_(std::move(how)) {
  const std::size_t wanted = own_->weights.shape().features;
  if (wanted == 0 && large_) throw bad_weights("the model was not trained on another one's encoder");
  if (wanted > 0 && !large_) throw bad_weights("the model needs the encoder that it was trained on");
  if (large_ && (!large_->has_encoder() || large_->weights.shape().width != wanted)) {
    throw bad_weights(shoal::message("the model was trained on an encoder of width ", wanted));
  }
  if (large_ && large_->words.size() != own_->words.size()) {
    throw bad_weights("the model and the encoder that it needs have different tokenizers");
  }
}

shoal::answer<> runner::operator()(const infer::request<>& r, std::stop_token stop) const {
  if (own_->task == "translate") {
    const codec words{own_};
    if (!large_) return hybrid::text_model{words, writer{own_}, how_}(r, std::move(stop));
    return hybrid::text_model{words, hybrid::joined{writer{large_}, bridge{own_}, writer{own_}}, how_}(
        r, std::move(stop));
  }
  return timed(*own_, r, stop, [&](shoal::answer<>& out) {
    if (own_->task == "score") {
      out.value = shoal::to_text(oddness(*own_, r.input));
      return;
    }
    Eigen::Index best = 0;
    out.confidence = class_chances(*own_, r.input).maxCoeff(&best);
    out.value = own_->names[static_cast<std::size_t>(best)];
  });
}

scorer::scorer(std::shared_ptr<const model> own) : own_(std::move(own)) {
  if (own_->task != "score" && own_->names.size() != 2) throw bad_weights("the model gives no number");
}

shoal::answer<double> scorer::operator()(const infer::request<double>& r, std::stop_token stop) const {
  return timed(*own_, r, stop, [&](shoal::answer<double>& out) {
    if (own_->task == "score") {
      out.value = oddness(*own_, r.input);
      return;
    }
    const Eigen::VectorXd chance = class_chances(*own_, r.input);
    out.value = chance[1] - chance[0];
    out.confidence = chance.maxCoeff();
  });
}

double reading_operations(const form& f, std::size_t input_tokens) {
  const auto d = static_cast<double>(f.width);
  const auto n = static_cast<double>(input_tokens);
  const double each = 2 * (4 * d * d + 2 * d * static_cast<double>(f.hidden)) + 4 * n * d;
  const double projector = 2 * static_cast<double>(f.projected) * (static_cast<double>(f.features) + d);
  const auto layers = static_cast<double>(f.encoder_layers > 0 ? f.encoder_layers : f.decoder_layers);
  return n * (layers * each + projector);
}

double operations(const form& f, std::size_t input_tokens, std::size_t output_tokens) {
  const auto d = static_cast<double>(f.width);
  const auto n = static_cast<double>(input_tokens);
  const auto m = static_cast<double>(output_tokens);
  double each = 2 * (4 * d * d + 2 * d * static_cast<double>(f.hidden)) + 4 * d * (m / 2);
  double once = 0;
  if (f.encoder_layers > 0) {
    each += 2 * 2 * d * d + 4 * d * n;
    once = 2 * 2 * d * d * n;  // the prompt's keys and values
  } else {
    each += 4 * d * n;
  }
  const auto layers = static_cast<double>(f.decoder_layers);
  return reading_operations(f, input_tokens) + layers * once +
         m * (layers * each + 2 * d * static_cast<double>(f.vocabulary));
}

}  // namespace tiny
