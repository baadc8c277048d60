// SPDX-License-Identifier: BSL-1.0
#include "shoal/core/utf8.hpp"

#include <string>

#include "catch.hpp"

using namespace shoal;

TEST_CASE("well-formed text has no UTF-8 error", "[core]") {
  CHECK(utf8_error("") == 0);
  CHECK(utf8_error("plain") == 5);
  CHECK(utf8_error("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x90\x9F") == 9);
}

TEST_CASE("overlong forms, surrogates and values beyond Unicode are not well-formed", "[core]") {
  for (const std::string bad :
       {"\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80", "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80", "\xFF", "\x80", "\xE2\x82", "\xE2\x28\xA1"}) {
    CHECK(utf8_error("ab" + bad) == 2);
  }
}

TEST_CASE("a cut never falls inside a character", "[core]") {
  const std::string text = "a\xC3\xA9\xE2\x82\xAC";
  CHECK(utf8_floor(text, 0) == 0);
  CHECK(utf8_floor(text, 2) == 1);
  CHECK(utf8_floor(text, 3) == 3);
  CHECK(utf8_floor(text, 5) == 3);
  CHECK(utf8_floor(text, 6) == 6);
  CHECK(utf8_floor(text, 99) == 6);
}

TEST_CASE("mended text is well-formed, and keeps every character that was", "[core]") {
  CHECK(utf8_mended("") == "");
  CHECK(utf8_mended("a\xC3\xA9") == "a\xC3\xA9");
  CHECK(utf8_mended("\xFF") == "\xEF\xBF\xBD");
  CHECK(utf8_mended("a\x80\x81z") == "a\xEF\xBF\xBD\xEF\xBF\xBDz");
  CHECK(utf8_mended("cut \xE2\x82") == "cut \xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(utf8_mended("\xC3(") == "\xEF\xBF\xBD(");
}
