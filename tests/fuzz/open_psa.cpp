// SPDX-License-Identifier: BSL-1.0
/// @file Any bytes as a fault tree: one that is the same after it was written, or one line with its place.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "shoal/survive/read_open_psa.hpp"
#include "shoal/survive/tree_report.hpp"
#include "shoal/survive/write_open_psa.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const shoal::survive::fault_tree tree = shoal::survive::read_open_psa(text);
    const shoal::survive::fault_tree again =
        shoal::survive::read_open_psa(shoal::survive::write_open_psa(tree));
    const shoal::survive::diagram_limits few{.cells = 1000};
    const double first = shoal::survive::analyse(tree, few).whole.failure;
    const double second = shoal::survive::analyse(again, few).whole.failure;
    require(first >= 0 && first <= 1 && std::abs(first - second) <= 1e-9);
  } catch (const shoal::invalid_xml& refusal) {
    require(std::string_view(refusal.what()).find('\n') == std::string_view::npos);
  } catch (const shoal::survive::limit_reached&) {
  }
  return 0;
}
