// SPDX-License-Identifier: BSL-1.0
#include "tiny/safetensors.hpp"

#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#include "catch.hpp"

using namespace tiny;

namespace {

std::string file_of(const std::string& header, const std::string& data) {
  std::string out(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) out[i] = static_cast<char>(header.size() >> (8 * i) & 0xFFU);
  return out + header + data;
}

std::string bytes_of(std::initializer_list<float> numbers) {
  std::string out;
  for (const float x : numbers) {
    char four[4];
    std::memcpy(four, &x, 4);
    out.append(four, 4);
  }
  return out;
}

// What is said of a file that is refused, or "accepted".
std::string refusal(const std::string& header, const std::string& data = "") {
  try {
    read_safetensors(file_of(header, data));
  } catch (const bad_weights& e) {
    return e.what();
  }
  return "accepted";
}

bool says(const std::string& text, const std::string& part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("tensors and metadata are read", "[tiny]") {
  const std::string half{'\x00', '\x3C', '\x00', '\xC0'};  // 1 and -2
  const std::string brain{'\x80', '\x3F'};                 // 1
  const std::string bytes = file_of(
      R"({"__metadata__": {"width": "12", "slope": "-1.5e0", "said": "a \"b\"\u00e4\n"},
          "a": {"dtype": "F32", "shape": [2, 1], "data_offsets": [0, 8]},
          "b": {"shape": [2], "dtype": "F16", "data_offsets": [8, 12]},
          "c": {"dtype": "BF16", "shape": [1], "data_offsets": [12, 14]}}   )",
      bytes_of({0.25F, -3}) + half + brain);
  const tensor_file file = read_safetensors(bytes);
  CHECK(floats_of(file, "a", {2, 1}) == std::vector<float>{0.25F, -3});
  CHECK(floats_of(file, "b", {2}) == std::vector<float>{1, -2});
  CHECK(floats_of(file, "c", {1}) == std::vector<float>{1});
  CHECK(file.whole("width", 1, 100) == 12);
  CHECK(file.number("slope") == -1.5);
  CHECK(file.word("said") == "a \"b\"\xC3\xA4\n");
  CHECK_THROWS_AS(file.whole("width", 13, 100), bad_weights);
  CHECK_THROWS_AS(file.whole("said", 0, 100), bad_weights);
  CHECK_THROWS_AS(file.number("said"), bad_weights);
  CHECK_THROWS_AS(file.word("missing"), bad_weights);
  CHECK_THROWS_AS(floats_of(file, "missing", {1}), bad_weights);
  CHECK_THROWS_AS(floats_of(file, "a", {1, 2}), bad_weights);
}

TEST_CASE("half precision is exact, every one of its numbers", "[tiny]") {
  for (std::uint32_t bits = 0; bits < 0x10000U; ++bits) {
    const int exponent = static_cast<int>(bits >> 10U & 0x1FU);
    const double fraction = bits & 0x3FFU;
    const float x = from_half(static_cast<std::uint16_t>(bits));
    if (exponent == 31) {
      CHECK(std::isfinite(x) == false);
      continue;
    }
    const double size =
        exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
    if (static_cast<double>(x) != ((bits & 0x8000U) != 0 ? -size : size))
      FAIL("half " << bits << " became " << x);
  }
}

TEST_CASE("files that lie are refused by name", "[tiny]") {
  CHECK_THROWS_AS(read_safetensors("short"), bad_weights);
  CHECK_THROWS_AS(read_safetensors(std::string(8, '\xFF')), bad_weights);
  CHECK_THROWS_AS(read_safetensors(std::string("\x10\0\0\0\0\0\0\0{}", 10)), bad_weights);
  CHECK(refusal("{}") == "accepted");
  CHECK(says(refusal("{} x"), "more after"));
  CHECK(says(refusal("[]"), "expected '{'"));
  CHECK(says(refusal("{\"a"), "no end"));
  CHECK(says(refusal("{\"a\": {\"dtype\": \"I8\"}}"), "\"I8\" is not F32"));
  CHECK(says(refusal(R"({"a": {"dtype": "F32", "shape": [1]}})"), "needs dtype"));
  CHECK(says(refusal(R"({"a": {"dtype": "F32", "dtype": "F32"}})"), "twice"));
  CHECK(says(refusal(R"({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4, 8]}})"), "two numbers"));
  CHECK(says(refusal(R"({"a": {"dtype": "F32", "shape": [1], "data_offsets": [-1, 3]}})", "1234"),
             "whole number"));
  const std::string four = "1234";
  CHECK(says(refusal(R"({"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 0]}})", four), "not the 4"));
  CHECK(says(refusal(R"({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 8]}})", four), "not the 4"));
  CHECK(says(refusal(R"({"a": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}})", four),
             "empty or larger"));
  CHECK(says(
      refusal(R"({"a": {"dtype": "F32", "shape": [4611686018427387904, 4], "data_offsets": [0, 4]}})", four),
      "empty or larger"));
  CHECK(says(
      refusal(R"({"a": {"dtype": "F32", "shape": [18446744073709551616], "data_offsets": [0, 4]}})", four),
      "whole number"));
  CHECK(says(refusal(R"({"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}})", "12345678"),
             "do not meet"));
  CHECK(says(refusal(R"({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}})", "12345678"),
             "no tensor has"));
  CHECK(says(refusal(R"({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
                         "b": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}})",
                     four),
             "do not meet"));
  CHECK(says(refusal(R"({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
                         "a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}})",
                     "12345678"),
             "is there twice"));
  CHECK(says(refusal(R"({"__metadata__": {"a": "1", "a": "2"}})"), "twice"));
  CHECK(says(refusal(R"({"__metadata__": {"a": "\ud800"}})"), "not one of a character"));
  const std::string not_finite = file_of(R"({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}})",
                                         bytes_of({std::numeric_limits<float>::infinity()}));
  CHECK_THROWS_AS(floats_of(read_safetensors(not_finite), "a", {1}), bad_weights);
}
