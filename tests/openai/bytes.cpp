// SPDX-License-Identifier: BSL-1.0
#include "shoal/openai/bytes.hpp"

#include <random>
#include <string>

#include "catch.hpp"

using namespace shoal;

TEST_CASE("any bytes survive the way through characters", "[openai]") {
  std::mt19937 random(7);
  for (int i = 0; i < 2000; ++i) {
    std::string bytes(random() % 12, ' ');
    for (char& c : bytes) c = static_cast<char>(random());
    const std::string characters = openai::with_stand_ins(bytes);
    REQUIRE(utf8_error(characters) == characters.size());
    REQUIRE(openai::without_stand_ins(characters) == bytes);
  }
}

TEST_CASE("JSON whose strings hold parts of characters is read", "[openai]") {
  const auto first = openai::parse_loose("{\"a\": \"x\xF0\x9F\"}", {});
  const auto second = openai::parse_loose("{\"a\": \"\x98\x80\"}", {});
  CHECK(first.stand_ins);
  CHECK(first.text(first.root["a"]) + second.text(second.root["a"]) == "x\xF0\x9F\x98\x80");
  // Without broken bytes the private characters are a text's own.
  const auto plain = openai::parse_loose("{\"a\": \"\xF4\x8F\xA2\x80\"}", {});
  CHECK(plain.text(plain.root["a"]) == "\xF4\x8F\xA2\x80");
}

TEST_CASE("text is passed on in whole characters, and all of it", "[openai]") {
  const std::string text = "a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80z";
  for (std::size_t step = 1; step <= text.size(); ++step) {
    openai::whole_characters characters;
    std::string out;
    for (std::size_t at = 0; at < text.size(); at += step) {
      const std::string piece = characters.take(std::string_view(text).substr(at, step));
      CHECK(utf8_error(piece) == piece.size());
      out += piece;
    }
    CHECK(out + characters.rest() == text);
  }
  openai::whole_characters broken;
  CHECK(broken.take("a\xFF\xE2\x82") == "a\xEF\xBF\xBD");
  CHECK(broken.rest() == "\xEF\xBF\xBD\xEF\xBF\xBD");
}
