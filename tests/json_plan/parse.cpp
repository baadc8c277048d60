// SPDX-License-Identifier: BSL-1.0
#include "shoal/json/parse.hpp"

#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"

using namespace shoal;

namespace {

std::string refusal(const std::string& text, const json::parse_limits& limits = {}) {
  try {
    json::parse(text, limits);
  } catch (const json::parse_error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a document is read as nlohmann's own reader reads it", "[json]") {
  for (const std::string text :
       {"null", "true", " 3 ", "-4", "1.5e-3", "18446744073709551615", "\"\\u00e9\\ud83d\\ude00\\n\"", "[]",
        "{}", "[1,[2,{\"a\":[]}],\"x\"]", "{\"a\":{\"b\":[{\"c\":null},false]},\"\":0,\"d\":[[],{}]}",
        "\xEF\xBB\xBF[1]", "[\"\xE6\xB5\xB7\"]"}) {
    INFO(text);
    CHECK(json::parse(text) == nlohmann::json::parse(text));
  }
}

TEST_CASE("a refusal of JSON is one line that begins with the place", "[json]") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "line 1, column 1: unexpected end of input"},
      {"[1,\n 2,,3]", "line 2, column 4: unexpected ','"},
      {"[1 true]", "line 1, column 4: unexpected true literal"},
      {"{\"a\":1", "line 1, column 7: unexpected end of input"},
      {"[NaN]", "line 1, column 2: invalid literal"},
      {"[nan]", "line 1, column 2: invalid literal"},
      {"[Infinity]", "line 1, column 2: invalid literal"},
      {"[01]", "line 1, column 2: unexpected number literal"},
      {"[1e999]", "line 1, column 2: the number is too large for a double"},
      {"-1e999", "line 1, column 1: the number is too large for a double"},
      {"{} {}", "line 1, column 4: unexpected '{'"},
      {"// no comments\n1", "line 1, column 1: invalid literal"},
      {"[\"a\nb\"]", "line 1, column 4: invalid string"},
      {"[\"\\ud800\"]", "line 1, column 9: invalid string"},
      {"[\"\xE6\xB5\xB7\", \xFF]", "line 1, column 7: byte 8 is not UTF-8"},
      {"{\"a\":1,\"b\":2,\"a\":3}", "/a: this key is there twice"},
      {"{\"a\":1,\"\\u0061\":3}", "/a: this key is there twice"},
      {"{\"m\":[0,{\"x/y\":1,\"z\":{},\"x/y\":2}]}", "/m/1/x~1y: this key is there twice"},
      {"{\"m\":[[],[{\"\":1,\"\":2}]]}", "/m/1/0/: this key is there twice"},
  };
  for (const auto& [text, expected] : cases) {
    const std::string said = refusal(text);
    INFO(text << "  ->  " << said);
    CHECK(said.substr(0, expected.size()) == expected);
    CHECK(said.find('\n') == std::string::npos);
  }
}

TEST_CASE("a refusal of JSON stays short and valid UTF-8 however long the token", "[json]") {
  const std::string blob(200'000, 'x');
  for (const std::string& text : {"[\"" + blob, "[" + blob, "{\"" + blob + "\":1,\"" + blob + "\":2}",
                                  "[1" + std::string(200'000, '0') + "]"}) {
    const std::string said = refusal(text);
    CHECK_FALSE(said.empty());
    CHECK(said.size() < 200);
  }
}

TEST_CASE("nesting is bounded before anything recurses", "[json]") {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  CHECK(refusal(nested(64)).empty());
  CHECK(refusal(nested(65)) == "line 1, column 65: arrays and objects are nested deeper than 64");
  CHECK(refusal("{\"a\":[1]}", {.depth = 1}) ==
        "line 1, column 6: arrays and objects are nested deeper than 1");
  CHECK(refusal("[\"" + std::string(100, '[') + "\\\"[[\", []]", {.depth = 2}).empty());
  CHECK(refusal(std::string(10'000'000, '[')) ==
        "line 1, column 65: arrays and objects are nested deeper than 64");
}

TEST_CASE("a hundred megabytes of brackets are refused by size", "[json]") {
  CHECK(refusal(std::string(100'000'000, '[')) ==
        "line 1, column 1: 100000000 bytes of JSON are over the limit of 67108864");
  CHECK(refusal("[10]", {.bytes = 4}).empty());
  CHECK_FALSE(refusal("[100]", {.bytes = 4}).empty());
}

TEST_CASE("a JSON pointer escapes what the standard says and stays one line", "[json]") {
  CHECK(json::child("", "a") == "/a");
  CHECK(json::child("/a", 3) == "/a/3");
  CHECK(json::child("/a", "m~n/o") == "/a/m~0n~1o");
  CHECK(json::child("", "a\nb") == "/a?b");
  CHECK(json::child("", std::string(1000, 'k')).size() < 80);
}
