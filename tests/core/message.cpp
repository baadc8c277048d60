// SPDX-License-Identifier: BSL-1.0
#include "shoal/core/message.hpp"

#include <iomanip>  // declares std::quoted
#include <limits>
#include <string>

#include "catch.hpp"

using namespace shoal;

TEST_CASE("numbers print in their shortest form that reads back the same", "[core]") {
  CHECK(to_text(1.5) == "1.5");
  CHECK(to_text(0.1) == "0.1");
  CHECK(std::stod(to_text(1.0 / 3)) == 1.0 / 3);
  CHECK(to_text(std::numeric_limits<double>::infinity()) == "inf");
  CHECK(to_text(std::numeric_limits<double>::quiet_NaN()) == "nan");
}

TEST_CASE("a message joins text, characters and numbers", "[core]") {
  CHECK(message("model ", 3, ' ', quoted("phi-3"), ": ", 1.5) == "model 3 \"phi-3\": 1.5");
  CHECK(message(std::string("a"), std::size_t{7}, -2) == "a7-2");
}

TEST_CASE("quoting a std::string is not mistaken for std::quoted", "[core]") {
  std::string text = "a";
  CHECK(quoted(text) == "\"a\"");
  CHECK(message(quoted(std::string("b"))) == "\"b\"");
}

TEST_CASE("quoted text stays one short line", "[core]") {
  CHECK(quoted("a\nb\"c") == "\"a?b?c\"");
  CHECK(quoted(std::string(100, 'x')) == "\"" + std::string(60, 'x') + "...\"");
  const std::string euro = "\xE2\x82\xAC";
  CHECK(quoted(std::string(59, 'x') + euro) == "\"" + std::string(59, 'x') + "...\"");
}
