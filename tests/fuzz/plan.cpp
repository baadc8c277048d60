// SPDX-License-Identifier: BSL-1.0
/// @file Any bytes as a model's reply and as a text: a plan is accepted whole or refused in one line.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "shoal/json/plan.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

// The text stands before the first NUL byte, the reply behind it; without one the text is fixed.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string all(reinterpret_cast<const char*>(data), size);
  const std::size_t split = all.find('\0');
  const bool own_text = split != std::string::npos;
  const shoal::task whole{.text = own_text ? all.substr(0, split) : "One. Two!\n\n\u4E09\u3002 Four?",
                          .instruction = "Translate."};
  const std::string reply = own_text ? all.substr(split + 1) : all;
  try {
    const auto pieces = shoal::decompose::sentences{}(whole);
    const auto plan = shoal::json::plan_reader{}(reply);
    const auto graph = shoal::decompose::graph_of(plan, whole, pieces);
    std::string together;
    for (const auto& part : graph.subtasks()) {
      together += part.input;
      require(shoal::utf8_error(part.input) == part.input.size());
    }
    require(together == whole.text);
    require(graph.topological_order().size() == graph.size());
  } catch (const shoal::bad_input& refusal) {
    require(std::string_view(refusal.what()).find('\n') == std::string_view::npos);
  }
  return 0;
}
