// SPDX-License-Identifier: BSL-1.0
/// @file Backends as files describe them: `{"kind": "table", ...}`, `{"kind": "command", ...}`, and further
/// kinds.
#pragma once

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "shoal/core/csv.hpp"
#include "shoal/infer/backend.hpp"
#include "shoal/infer/table_backend.hpp"
#include "shoal/json/command_backend.hpp"
#include "shoal/json/cursor.hpp"

namespace shoal::json {

/// Makes a backend of the object that describes it. Relative paths in it start at `folder`.
using backend_reader =
    std::function<infer::any_backend<>(const cursor& at, const std::filesystem::path& folder)>;

/// Readers by the kind that they read. Who has another kind of backend adds one.
using backend_kinds = std::map<std::string, backend_reader, std::less<>>;

/// The whole of a file that a document names.
/// @throws value_error, at the place of the name, when it cannot be read.
inline std::string read_named_file(const cursor& name, const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / name.name();
  std::ifstream stream(path, std::ios::binary);
  std::string text;
  if (stream) text.assign(std::istreambuf_iterator<char>(stream), {});
  if (!stream || stream.bad() || std::filesystem::is_directory(path))
    name.refuse(shown(name.value()) + " cannot be read");
  return text;
}

/// Recorded answers: `{"kind": "table", "file": "answers.csv"}` with the columns `value`, `subtask` or
/// `input` (both may be there; `subtask` goes first) and perhaps `model`, `confidence`, `time_s`, `energy_j`;
/// or
/// `"answers": {"part-1": "..."}`, where a value is text, a number or an answer object.
/// @param model  rows of other models are skipped where the file has a column `model`.
inline infer::any_backend<> read_table_backend(const cursor& at, const std::filesystem::path& folder,
                                               std::string_view model) {
  at.only({"kind", "file", "answers"});
  infer::table_backend<> out;
  const auto file = at.find("file");
  const auto answers = at.find("answers");
  if (file.has_value() == answers.has_value()) at.refuse("a table needs either \"file\" or \"answers\"");
  if (answers) {
    if (!answers->value().is_object()) answers->refuse_not("an object of answers by subtask");
    for (const auto& [subtask, value] : answers->value().items()) {
      const cursor one = *answers->find(subtask);
      if (value.is_object()) {
        out.by_subtask[subtask] = read_answer(one);
      } else {
        out.by_subtask[subtask].value = read_value(one);
      }
    }
    return out;
  }
  const std::string text = read_named_file(*file, folder);
  try {
    csv_table table(text, {"value"}, {"subtask", "input", "model", "confidence", "time_s", "energy_j"});
    enum column : std::size_t { value, subtask, input, model_name, confidence, time, energy };
    if (!table.has(subtask) && !table.has(input))
      throw csv_error(1, "there is no column \"subtask\" or \"input\"");
    while (table.next()) {
      if (table.has(model_name) && table[model_name] != model) continue;
      answer<> a;
      a.value = table[value];
      const auto amount = [&](column c) {
        const double number = table.number(c);
        if (!(number >= 0)) throw csv_error(table.line(), message(to_text(number), " is not >= 0"));
        return number;
      };
      if (table.has(confidence)) {
        a.confidence = amount(confidence);
        if (a.confidence > 1)
          throw csv_error(table.line(), message("confidence ", a.confidence, " is not in [0, 1]"));
      }
      if (table.has(time)) a.used.time_s = amount(time);
      if (table.has(energy)) a.used.energy_j = amount(energy);
      if (table.has(subtask) && !table[subtask].empty())
        out.by_subtask.insert_or_assign(std::string(table[subtask]), a);
      if (table.has(input)) out.by_input.insert_or_assign(std::string(table[input]), std::move(a));
    }
  } catch (const csv_error& e) {
    file->refuse(message(shown(file->value()), ": ", e.what()));
  }
  return out;
}

/// A program for each request: `{"kind": "command", "command": ["python3", "runner.py"]}`.
inline infer::any_backend<> read_command_backend(const cursor& at) {
  at.only({"kind", "command", "output_bytes"});
  const cursor words = at.at("command");
  command_backend out;
  if (words.size() == 0) words.refuse("the command is empty");
  for (std::size_t i = 0; i < words.size(); ++i) out.command.push_back(words[i].text());
  if (out.command[0].empty()) words[0].refuse("the command is empty");
  if (const auto bytes = at.find("output_bytes")) out.output_bytes = bytes->whole(1);
  return out;
}

/// The backend of the model that `model` describes.
/// @param more  kinds beside `table` and `command`.
/// @throws value_error when there is none, its kind is unknown, or its figures make no sense.
inline infer::any_backend<> read_backend(const cursor& model, const std::filesystem::path& folder,
                                         const backend_kinds& more = {}) {
  const cursor at = model.at("backend");
  const cursor kind = at.at("kind");
  if (kind.text() == "table") return read_table_backend(at, folder, model.at("name").text());
  if (kind.text() == "command") return read_command_backend(at);
  const auto reader = more.find(kind.text());
  if (reader == more.end()) {
    std::string known = "one of table, command";
    for (const auto& [name, read] : more) known += ", " + name;
    kind.refuse_not(known);
  }
  return reader->second(at, folder);
}

}  // namespace shoal::json
