// SPDX-License-Identifier: BSL-1.0
/// @file Any bytes as a model's file: a model that answers, or one line of refusal.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "shoal/core/error.hpp"
#include "shoal/hybrid/generate.hpp"
#include "tiny/model.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    const tiny::tensor_file file = tiny::read_safetensors(bytes);
    for (const auto& [name, tensor] : file.tensors) {
      if (floats_of(file, name, tensor.shape).empty()) std::abort();
    }
    const auto m = std::make_shared<const tiny::model>(*tiny::read_model(bytes));
    if (m->task == "classify") {
      if (!(tiny::class_chances(*m, "the plot was good").sum() > 0))
        return 0;  // numbers beyond single precision
    } else if (m->task == "score") {
      static_cast<void>(tiny::oddness(*m, "web: GET"));
    } else if (m->weights.shape().features == 0) {
      const tiny::writer w{m};
      const auto prompt = tiny::codec{m}.encode("a dog");
      static_cast<void>(shoal::hybrid::generate(w, w.start(prompt), {.tokens = 3}));
    }
  } catch (const shoal::bad_input& refusal) {
    if (std::string_view(refusal.what()).find('\n') != std::string_view::npos) std::abort();
  }
  return 0;
}
