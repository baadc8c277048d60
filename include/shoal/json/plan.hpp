// SPDX-License-Identifier: BSL-1.0
/// @file A model's plan, read from JSON.
#pragma once

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "shoal/core/message.hpp"
#include "shoal/decompose/plan.hpp"
#include "shoal/decompose/planner.hpp"
#include "shoal/json/parse.hpp"
#include "shoal/json/pointer.hpp"

namespace shoal::json {

/// Reads a plan of the form that `decompose::plan_prompt` asks for:
/// ```json
/// {"subtasks": [{"name": "a", "instruction": "...", "pieces": [1, 3], "needs": []},
///               {"name": "b", "input": "word for word", "needs": ["a"]}]}
/// ```
/// `name` must be there, everything else may be left out, and no other key is allowed. The object may stand
/// in a Markdown code fence, as many models write it.
/// @throws parse_error when the reply is no JSON or over a limit; decompose::invalid_plan when it is JSON of
/// another form, beginning with the JSON pointer of the value.
struct plan_reader {
  parse_limits limits{.bytes = std::size_t{1} << 20U, .depth = 8};

  decompose::plan_draft operator()(std::string_view reply) const;
};
static_assert(decompose::plan_reader<plan_reader>);

/// A decomposer that asks a backend for a plan in JSON: `json::planner{.backend = my_backend}`.
using planner = decompose::planner<plan_reader>;
static_assert(decompose::decomposer<planner>);

namespace detail {

// A value as an error shows it; what has parts is named by its kind alone, so that the text stays short.
inline std::string shown(const nlohmann::json& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return "an array";
  return value.is_string() ? quoted(value.get_ref<const std::string&>()) : value.dump();
}

[[noreturn]] inline void refuse_plan(std::string_view pointer, std::string_view what) {
  throw decompose::invalid_plan(message(pointer.empty() ? "the plan" : pointer, ": ", what));
}

inline void allow_keys(const nlohmann::json& object, std::string_view pointer,
                       std::initializer_list<std::string_view> known) {
  if (!object.is_object()) refuse_plan(pointer, shown(object) + " is not an object");
  for (const auto& member : object.items()) {
    if (std::find(known.begin(), known.end(), member.key()) == known.end()) {
      refuse_plan(child(pointer, member.key()), "there is no such key");
    }
  }
}

inline const std::string& text_at(const nlohmann::json& value, std::string_view pointer) {
  if (!value.is_string()) refuse_plan(pointer, shown(value) + " is not a string");
  return value.get_ref<const std::string&>();
}

inline const nlohmann::json& list_at(const nlohmann::json& value, std::string_view pointer) {
  if (!value.is_array()) refuse_plan(pointer, shown(value) + " is not an array");
  return value;
}

inline decompose::piece_range pieces_at(const nlohmann::json& value, std::string_view pointer) {
  if (list_at(value, pointer).size() != 2) {
    refuse_plan(pointer, message(value.size(), " numbers are not the first and the last piece"));
  }
  for (std::size_t i = 0; i < 2; ++i) {
    if (!value[i].is_number_unsigned()) {
      refuse_plan(child(pointer, i), shown(value[i]) + " is not the number of a piece");
    }
  }
  return {value[0].get<std::size_t>(), value[1].get<std::size_t>()};
}

inline decompose::drafted_subtask subtask_at(const nlohmann::json& value, const std::string& pointer) {
  allow_keys(value, pointer, {"name", "instruction", "pieces", "input", "needs"});
  if (!value.contains("name")) refuse_plan(pointer, "it has no name");
  decompose::drafted_subtask out;
  for (const auto& member : value.items()) {
    const std::string here = child(pointer, member.key());
    if (member.key() == "name") {
      out.name = text_at(member.value(), here);
    } else if (member.key() == "instruction") {
      out.instruction = text_at(member.value(), here);
    } else if (member.key() == "input") {
      out.input = text_at(member.value(), here);
    } else if (member.key() == "pieces") {
      out.pieces = pieces_at(member.value(), here);
    } else {
      const nlohmann::json& needs = list_at(member.value(), here);
      for (std::size_t i = 0; i < needs.size(); ++i) out.needs.push_back(text_at(needs[i], child(here, i)));
    }
  }
  return out;
}

// The inside of a Markdown code fence, where the reply is one; the reply otherwise.
inline std::string_view without_fence(std::string_view reply) {
  constexpr std::string_view fence = "```";
  constexpr std::string_view space = " \t\r\n";
  const std::size_t begin = std::min(reply.find_first_not_of(space), reply.size());
  const std::string_view body = reply.substr(begin, reply.find_last_not_of(space) + 1 - begin);
  const std::size_t first_line = body.find('\n');
  if (first_line == std::string_view::npos || body.substr(0, fence.size()) != fence ||
      body.substr(body.size() - fence.size()) != fence) {
    return reply;
  }
  return body.substr(first_line, body.size() - fence.size() - first_line);
}

}  // namespace detail

inline decompose::plan_draft plan_reader::operator()(std::string_view reply) const {
  const nlohmann::json plan = parse(detail::without_fence(reply), limits);
  detail::allow_keys(plan, "", {"subtasks"});
  if (!plan.contains("subtasks")) detail::refuse_plan("", "it has no subtasks");
  const nlohmann::json& subtasks = detail::list_at(plan["subtasks"], "/subtasks");
  decompose::plan_draft draft;
  for (std::size_t k = 0; k < subtasks.size(); ++k) {
    draft.subtasks.push_back(detail::subtask_at(subtasks[k], child("/subtasks", k)));
  }
  return draft;
}

}  // namespace shoal::json
