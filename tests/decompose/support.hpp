// SPDX-License-Identifier: BSL-1.0
/// @file What the tests of decomposition share: random text of many scripts, and looking at a graph's parts.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "shoal/core/random.hpp"
#include "shoal/core/utf8.hpp"
#include "shoal/task/graph.hpp"

inline std::vector<std::string> inputs(const shoal::task_graph& graph) {
  std::vector<std::string> out;
  for (const auto& part : graph.subtasks()) out.push_back(part.input);
  return out;
}

inline std::string together(const shoal::task_graph& graph) {
  std::string out;
  for (const auto& part : graph.subtasks()) out += part.input;
  return out;
}

inline std::string encoded(char32_t c) {
  const auto byte = [](char32_t value) { return static_cast<char>(static_cast<unsigned char>(value)); };
  if (c < 0x80) return {byte(c)};
  if (c < 0x800) return {byte(0xC0 | (c >> 6U)), byte(0x80 | (c & 0x3FU))};
  if (c < 0x10000)
    return {byte(0xE0 | (c >> 12U)), byte(0x80 | ((c >> 6U) & 0x3FU)), byte(0x80 | (c & 0x3FU))};
  return {byte(0xF0 | (c >> 18U)), byte(0x80 | ((c >> 12U) & 0x3FU)), byte(0x80 | ((c >> 6U) & 0x3FU)),
          byte(0x80 | (c & 0x3FU))};
}

// Text in which everything that a rule looks at is frequent: marks, closing and opening quotes, all kinds of
// white space and line ends, digits, capitals, abbreviations, letters of many scripts, any code point.
inline std::string random_text(shoal::random_engine& engine, std::size_t pieces) {
  static const std::vector<std::string> salt = {
      ".",      ".",      "!",      "?",        "\u2026", "\u3002", "\uFF01",
      "\uFF1F", "\"",     "\u201D", "\u300D",   ")",      "\u00BB", "\u201C",
      "(",      "\u300C", " ",      " ",        " ",      "\t",     "\n",
      "\r\n",   "\r",     "\n\n",   "\r\n\r\n", " \n \n", "\u00A0", "\u3000",
      "\u2028", "Mr",     "e.g",    "U.S",      "etc",    "J",      "3",
      "14",     ",",      ";",      "---",      "\u0964", "\u061F", std::string(1, '\0')};
  static const std::vector<std::pair<char32_t, char32_t>> scripts = {
      {0x41, 0x7A},     {0xC0, 0x24F},     {0x370, 0x3FF},   {0x400, 0x4FF},     {0x5D0, 0x5EA},
      {0x621, 0x64A},   {0x905, 0x939},    {0xE01, 0xE30},   {0x10A0, 0x10FF},   {0x1200, 0x1248},
      {0x3041, 0x3096}, {0x4E00, 0x9FFF},  {0xAC00, 0xD7A3}, {0x1F300, 0x1F64F}, {0x20000, 0x2A6DF},
      {0x0, 0xD7FF},    {0xE000, 0x10FFFF}};
  std::string out;
  for (std::size_t i = 0; i < pieces; ++i) {
    if (shoal::uniform_below(engine, 2) == 0) {
      out += salt[shoal::uniform_below(engine, salt.size())];
    } else {
      const auto& [first, last] = scripts[shoal::uniform_below(engine, scripts.size())];
      out += encoded(first + static_cast<char32_t>(shoal::uniform_below(engine, last - first + 1)));
    }
  }
  return out;
}

// What every decomposer that cuts text promises.
template <class Decomposer>
void check_conserves(const Decomposer& decompose, const std::string& text) {
  INFO(text);
  const shoal::task_graph graph = decompose(shoal::task{.text = text, .instruction = "do it"});
  REQUIRE(together(graph) == text);
  CHECK(graph.empty() == text.empty());
  std::set<std::string> names;
  for (const auto& part : graph.subtasks()) {
    CHECK_FALSE(part.input.empty());
    CHECK(shoal::utf8_error(part.input) == part.input.size());
    CHECK(part.instruction == "do it");
    names.insert(part.name);
  }
  CHECK(names.size() == graph.size());
}

template <class Exception, class Call>
std::string refusal(const Call& call) {
  try {
    call();
  } catch (const Exception& error) {
    return error.what();
  }
  return "(not refused)";
}
