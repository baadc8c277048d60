// SPDX-License-Identifier: BSL-1.0
/// @file A model's plan, read from JSON.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "shoal/core/message.hpp"
#include "shoal/decompose/plan.hpp"
#include "shoal/decompose/planner.hpp"
#include "shoal/json/cursor.hpp"
#include "shoal/json/parse.hpp"

namespace shoal::json {

/// Reads a plan of the form that `decompose::plan_prompt` asks for:
/// ```json
/// {"subtasks": [{"name": "a", "instruction": "...", "pieces": [1, 3], "needs": []},
///               {"name": "b", "input": "word for word", "needs": ["a"]}]}
/// ```
/// `name` must be there, everything else may be left out, and no other key is allowed but those that begin
/// with '_'. The object may stand
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

inline decompose::piece_range pieces_at(const cursor& value) {
  if (value.size() != 2) {
    value.refuse(message(value.size(), " numbers are not the first and the last piece"));
  }
  return {value[0].whole(0), value[1].whole(0)};
}

inline decompose::drafted_subtask subtask_at(const cursor& value) {
  value.only({"name", "instruction", "pieces", "input", "needs"});
  decompose::drafted_subtask out;
  out.name = value.at("name").text();
  if (const auto instruction = value.find("instruction")) out.instruction = instruction->text();
  if (const auto input = value.find("input")) out.input = input->text();
  if (const auto pieces = value.find("pieces")) out.pieces = pieces_at(*pieces);
  if (const auto needs = value.find("needs")) {
    for (std::size_t i = 0; i < needs->size(); ++i) out.needs.push_back((*needs)[i].text());
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
  const nlohmann::json document = parse(detail::without_fence(reply), limits);
  try {
    const cursor plan(document);
    plan.only({"subtasks"});
    const cursor subtasks = plan.at("subtasks");
    decompose::plan_draft draft;
    for (std::size_t k = 0; k < subtasks.size(); ++k) {
      draft.subtasks.push_back(detail::subtask_at(subtasks[k]));
    }
    return draft;
  } catch (const value_error& e) {
    throw decompose::invalid_plan(message(e.pointer.empty() ? "the plan: " : "", e.what()));
  }
}

}  // namespace shoal::json
