// SPDX-License-Identifier: BSL-1.0
/// @file Wire: numbers and texts as bytes, the same on every machine, and back without trusting them.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace shoal {

/// Appends a whole number as 4 bytes, the lowest first.
inline void put_u32(std::string& to, std::uint32_t value) {
  for (unsigned shift = 0; shift < 32; shift += 8) to += static_cast<char>((value >> shift) & 0xFFU);
}

/// Appends a whole number as 8 bytes, the lowest first.
inline void put_u64(std::string& to, std::uint64_t value) {
  for (unsigned shift = 0; shift < 64; shift += 8) to += static_cast<char>((value >> shift) & 0xFFU);
}

/// Appends a double by its 64 bits.
inline void put_double(std::string& to, double value) { put_u64(to, std::bit_cast<std::uint64_t>(value)); }

/// Appends a whole number in 7 bits a byte, the lowest first: small ones are short (LEB128).
inline void put_varint(std::string& to, std::uint64_t value) {
  for (; value >= 0x80U; value >>= 7U) to += static_cast<char>((value & 0x7FU) | 0x80U);
  to += static_cast<char>(value);
}

/// Appends the length of a text, then the text.
inline void put_text(std::string& to, std::string_view text) {
  put_varint(to, text.size());
  to += text;
}

/// Takes such numbers and texts off the front of bytes. What is not there makes it `!ok()`, for good; then
/// everything further is 0 or empty. Texts point into the bytes; nothing is allocated.
class wire_reader {
 public:
  explicit wire_reader(std::string_view bytes) : left_(bytes) {}

  bool ok() const { return ok_; }
  /// True when everything was taken, and was there.
  bool finished() const { return ok_ && left_.empty(); }

  /// What was not taken yet.
  std::string_view rest() const { return left_; }

  std::uint32_t u32() { return static_cast<std::uint32_t>(fixed(4)); }
  std::uint64_t u64() { return fixed(8); }
  double number() { return std::bit_cast<double>(u64()); }
  std::uint64_t varint() {
    std::uint64_t out = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::uint64_t byte = fixed(1);
      if (!ok_ || (shift == 63 && byte > 1)) break;
      out |= (byte & 0x7FU) << shift;
      if (byte < 0x80U) return out;
    }
    ok_ = false;
    return 0;
  }
  std::string_view text() {
    const std::uint64_t length = varint();
    if (length > left_.size()) ok_ = false;
    if (!ok_) return {};
    const std::string_view out = left_.substr(0, static_cast<std::size_t>(length));
    left_.remove_prefix(out.size());
    return out;
  }

 private:
  std::uint64_t fixed(std::size_t bytes) {
    if (bytes > left_.size()) ok_ = false;
    if (!ok_) return 0;
    std::uint64_t out = 0;
    for (std::size_t i = bytes; i-- > 0;) out = (out << 8U) | static_cast<unsigned char>(left_[i]);
    left_.remove_prefix(bytes);
    return out;
  }

  std::string_view left_;
  bool ok_ = true;
};

}  // namespace shoal
