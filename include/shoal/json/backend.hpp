// SPDX-License-Identifier: BSL-1.0
/// @file Backends as files describe them: `{"kind": "table", ...}`, `{"kind": "command", ...}`, and further
/// kinds.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "shoal/core/csv.hpp"
#include "shoal/infer/backend.hpp"
#include "shoal/infer/recorded_answers.hpp"
#include "shoal/infer/table_backend.hpp"
#include "shoal/json/command_backend.hpp"
#include "shoal/json/cursor.hpp"

namespace shoal::json {

/// Makes a backend of the object that describes it. Relative paths in it start at `folder`.
using backend_reader =
    std::function<infer::any_backend<>(const cursor& at, const std::filesystem::path& folder)>;

/// Readers by the kind that they read. Who has another kind of backend adds one.
using backend_kinds = std::map<std::string, backend_reader, std::less<>>;

/// The longest file that a document may name, bytes.
inline constexpr std::size_t named_file_bytes = std::size_t{1} << 30U;

namespace detail {

// A NUL would end the name, or the argument, for the system in the middle.
inline void refuse_nul(const cursor& at) {
  if (at.text().find('\0') != std::string::npos) at.refuse(shown(at.value()) + " holds a NUL character");
}

}  // namespace detail

/// The whole of a file that a document names.
/// @throws value_error, at the place of the name, when it cannot be read or is longer than
/// `named_file_bytes`.
inline std::string read_named_file(const cursor& name, const std::filesystem::path& folder) {
  const auto refuse = [&](std::string_view why) { name.refuse(message(shown(name.value()), ": ", why)); };
  detail::refuse_nul(name);
  const std::string path = (folder / name.name()).string();
  errno = 0;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
  if (!file) refuse(std::generic_category().message(errno));
  std::string text;
  char block[1U << 14U];
  while (const std::size_t got = std::fread(block, 1, sizeof block, file.get())) {
    if (got > named_file_bytes - text.size()) refuse(message("longer than ", named_file_bytes, " bytes"));
    text.append(block, got);
  }
  if (std::ferror(file.get()) != 0) refuse(std::generic_category().message(errno));
  return text;
}

/// Files of recorded answers (see `infer::read_recorded_answers`), each read once, however many models name
/// it.
class recorded_files {
 public:
  /// Relative names start at `folder`.
  explicit recorded_files(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// The answers of a model; all answers of a file that does not say whose they are.
  /// @throws value_error, at the place of the name, when the file cannot be read or has none for the model.
  infer::table_backend<> of(const cursor& name, const std::string& model) {
    const auto [at, fresh] = files_.try_emplace(name.text());
    if (fresh) {
      const std::string text = read_named_file(name, folder_);
      try {
        at->second = infer::read_recorded_answers(text);
      } catch (const csv_error& e) {
        name.refuse(message(shown(name.value()), ": ", e.what()));
      }
    }
    const auto of_all = at->second.find("");
    const auto own = of_all != at->second.end() ? of_all : at->second.find(model);
    if (own == at->second.end()) {
      name.refuse(message(shown(name.value()), " has no answer of model ", quoted(model)));
    }
    return own->second;
  }

 private:
  std::filesystem::path folder_;
  std::map<std::string, infer::recorded_answers> files_;
};

/// Recorded answers: `{"kind": "table", "file": "answers.csv"}`, or `{"kind": "table", "answers": {"part-1":
/// "..."}}`, where a value is text, a number, true, false or an answer object.
/// @param model  whose answers are taken where the file says whose they are.
inline infer::any_backend<> read_table_backend(const cursor& at, const std::string& model,
                                               recorded_files& files) {
  at.only({"kind", "file", "answers"});
  const auto file = at.find("file");
  const auto answers = at.find("answers");
  if (file.has_value() == answers.has_value()) at.refuse("a table needs either \"file\" or \"answers\"");
  if (file) return files.of(*file, model);
  if (!answers->value().is_object()) answers->refuse_not("an object of answers by subtask");
  infer::table_backend<> out;
  for (const auto& [subtask, value] : answers->value().items()) {
    const cursor one = answers->at(subtask);
    if (value.is_object()) {
      out.by_subtask[subtask] = read_answer(one);
    } else {
      out.by_subtask[subtask].value = read_value(one);
    }
  }
  return out;
}

/// A program and its arguments: `["python3", "runner.py"]`.
inline std::vector<std::string> read_program(const cursor& words) {
  if (words.size() == 0) words.refuse("the command is empty");
  std::vector<std::string> out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    detail::refuse_nul(words[i]);
    out.push_back(words[i].text());
  }
  if (out[0].empty()) words[0].refuse("the name of the program is empty");
  return out;
}

/// A program for each request: `{"kind": "command", "command": ["python3", "runner.py"]}`. It runs in
/// `folder`, so that a relative path in it starts there too.
inline infer::any_backend<> read_command_backend(const cursor& at, const std::filesystem::path& folder) {
  at.only({"kind", "command", "output_bytes"});
  command_backend out;
  out.command = read_program(at.at("command"));
  if (const auto bytes = at.find("output_bytes")) out.output_bytes = bytes->whole(1);
  out.folder = folder.string();
  return out;
}

/// The backend of the model that `model` describes.
/// @param more  kinds beside `table` and `command`.
/// @throws value_error when there is none, its kind is unknown, or its figures make no sense.
inline infer::any_backend<> read_backend(const cursor& model, const std::filesystem::path& folder,
                                         const backend_kinds& more, recorded_files& files) {
  const cursor at = model.at("backend");
  const cursor kind = at.at("kind");
  const auto reader = more.find(kind.text());
  if (reader != more.end()) return reader->second(at, folder);
  if (kind.text() == "table") return read_table_backend(at, model.at("name").text(), files);
  if (kind.text() == "command") return read_command_backend(at, folder);
  std::string known = "one of table, command";
  for (const auto& [name, read] : more) known += ", " + name;
  kind.refuse_not(known);
}

}  // namespace shoal::json
