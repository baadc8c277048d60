// SPDX-License-Identifier: BSL-1.0
#include "shoal/core/wire.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "shoal/core/crc32c.hpp"
#include "shoal/core/random.hpp"

using namespace shoal;

TEST_CASE("the checksums are those of RFC 3720", "[core]") {
  CHECK(crc32c("") == 0);
  CHECK(crc32c("123456789") == 0xE3069283U);
  CHECK(crc32c(std::string(32, '\0')) == 0x8A9136AAU);
  CHECK(crc32c(std::string(32, '\xFF')) == 0x62A8AB43U);
  std::string up;
  for (int i = 0; i < 32; ++i) up += static_cast<char>(i);
  CHECK(crc32c(up) == 0x46DD794EU);
  CHECK(crc32c(std::string(up.rbegin(), up.rend())) == 0x113FDB5CU);
}

TEST_CASE("a checksum continues where another ended, and sees every flipped bit", "[core]") {
  const std::string text = "a record of some length, cut anywhere";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    CHECK(crc32c(std::string_view(text).substr(cut), crc32c(std::string_view(text).substr(0, cut))) ==
          crc32c(text));
  }
  for (std::size_t bit = 0; bit < 8 * text.size(); ++bit) {
    std::string other = text;
    other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << (bit % 8)));
    CHECK(crc32c(other) != crc32c(text));
  }
}

TEST_CASE("numbers and texts come back as they went, in the bytes that the format says", "[core]") {
  std::string bytes;
  put_u32(bytes, 0x01020304U);
  CHECK(bytes == std::string("\x04\x03\x02\x01", 4));
  bytes.clear();
  put_varint(bytes, 300);
  CHECK(bytes == "\xAC\x02");

  random_engine engine(1);
  for (int round = 0; round < 2000; ++round) {
    const std::uint64_t number = engine() >> uniform_below(engine, 64);
    const double real = (uniform_01(engine) - 0.5) * std::pow(10, 600 * uniform_01(engine) - 300);
    const std::string text(uniform_below(engine, 200), 'x');
    bytes.clear();
    put_varint(bytes, number);
    put_u64(bytes, number);
    put_double(bytes, real);
    put_text(bytes, text);
    put_u32(bytes, static_cast<std::uint32_t>(number));
    wire_reader in(bytes);
    REQUIRE(in.varint() == number);
    REQUIRE(in.u64() == number);
    REQUIRE(in.number() == real);
    REQUIRE(in.text() == text);
    REQUIRE_FALSE(in.finished());
    REQUIRE(in.u32() == static_cast<std::uint32_t>(number));
    REQUIRE(in.finished());
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
      wire_reader torn(std::string_view(bytes).substr(0, cut));
      static_cast<void>(torn.varint());
      static_cast<void>(torn.u64());
      static_cast<void>(torn.number());
      static_cast<void>(torn.text());
      static_cast<void>(torn.u32());
      REQUIRE_FALSE(torn.ok());
      REQUIRE(torn.u64() == 0);
    }
  }
}

TEST_CASE("a number of more than 64 bits, or a text longer than what is there, is none", "[core]") {
  const std::string longest = std::string(9, '\xFF') + '\x01';
  CHECK(wire_reader(longest).varint() == std::numeric_limits<std::uint64_t>::max());
  for (const std::string& bad : {std::string(9, '\xFF') + '\x02', std::string(11, '\x80')}) {
    wire_reader in(bad);
    CHECK(in.varint() == 0);
    CHECK_FALSE(in.ok());
  }
  wire_reader text(
      "\x05"
      "four");
  CHECK(text.text().empty());
  CHECK_FALSE(text.ok());
}
