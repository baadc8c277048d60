// SPDX-License-Identifier: BSL-1.0
/// @file CRC-32C: a checksum that finds torn and damaged records.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "shoal/core/when_used.hpp"

namespace shoal {

/// The CRC-32C (Castagnoli) of bytes. It finds every error of up to 32 bits in a row, and any other with
/// probability 1 - 2^-32.
/// @param before  the checksum of what comes before them: `crc32c(b, crc32c(a))` is that of a followed by b.
/// @complexity O(bytes.size()).
/// @source RFC 3720, section 12.1 and appendix B.4; polynomial 0x1EDC6F41, reflected.
template <class = when_used>
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0) {
  static constexpr std::array<std::uint32_t, 256> table = [] {
    std::array<std::uint32_t, 256> out{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      std::uint32_t c = i;
      for (int bit = 0; bit < 8; ++bit) c = (c & 1U) != 0 ? (c >> 1U) ^ 0x82F63B78U : c >> 1U;
      out[i] = c;
    }
    return out;
  }();
  std::uint32_t crc = ~before;
  for (const char c : bytes) crc = (crc >> 8U) ^ table[(crc ^ static_cast<unsigned char>(c)) & 0xFFU];
  return ~crc;
}

}  // namespace shoal
