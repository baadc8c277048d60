// SPDX-License-Identifier: BSL-1.0
#include "shoal/json/backend.hpp"

#include <unistd.h>

#include <filesystem>
#include <string>

#include "catch.hpp"
#include "scratch.hpp"
#include "shoal/json/parse.hpp"

using namespace shoal;

namespace {

infer::any_backend<> read(const std::string& backend, const std::filesystem::path& folder = {},
                          const json::backend_kinds& more = {}) {
  const auto document = json::parse(R"({"name": "phi", "backend": )" + backend + "}");
  json::recorded_files files(folder);
  return json::read_backend(json::cursor(document), folder, more, files);
}

std::string ask(const infer::any_backend<>& backend, const std::string& subtask) {
  return backend({.subtask = subtask}, {}).value;
}

std::string refusal(const std::string& backend, const std::filesystem::path& folder = {}) {
  try {
    read(backend, folder);
  } catch (const bad_input& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a table in the file itself answers with text, numbers, truth values and whole answers", "[json]") {
  const auto table = read(R"({"kind": "table", "answers": {"a": "text", "b": 0.1, "c": true,
                                                           "d": {"value": -3, "confidence": 0.5}}})");
  CHECK(ask(table, "a") == "text");
  CHECK(ask(table, "b") == "0.1");
  CHECK(ask(table, "c") == "true");
  CHECK(ask(table, "d") == "-3");
  CHECK(table({.subtask = "d"}, {}).confidence == 0.5);
  CHECK_THROWS_AS(ask(table, "e"), infer::failure);
}

TEST_CASE("a table's file is found from the folder, and holds the answers of one model or of all", "[json]") {
  const test::scratch at;
  at.write("all.csv", "subtask,value\nlaw,A\n");
  at.write("own.csv", "model,subtask,value\nphi,law,B\nqwen,law,C\n");
  at.write("other.csv", "model,subtask,value\nqwen,law,C\n");
  CHECK(ask(read(R"({"kind": "table", "file": "all.csv"})", at.path()), "law") == "A");
  CHECK(ask(read(R"({"kind": "table", "file": "own.csv"})", at.path()), "law") == "B");
  CHECK(refusal(R"({"kind": "table", "file": "other.csv"})", at.path()) ==
        "/backend/file: \"other.csv\" has no answer of model \"phi\"");
}

TEST_CASE("a file that cannot be read, or makes no sense, is refused with the reason", "[json]") {
  const test::scratch at;
  at.write("bad.csv", "subtask,value\nlaw\n");
  CHECK(refusal(R"({"kind": "table", "file": "gone.csv"})", at.path()) ==
        "/backend/file: \"gone.csv\": No such file or directory");
  CHECK(refusal(R"({"kind": "table", "file": "."})", at.path()) == "/backend/file: \".\": Is a directory");
  CHECK(refusal(R"({"kind": "table", "file": "bad.csv\u0000.txt"})", at.path()) ==
        "/backend/file: \"bad.csv?.txt\" holds a NUL character");
  CHECK(refusal(R"({"kind": "table", "file": "bad.csv"})", at.path()) ==
        "/backend/file: \"bad.csv\": line 2: 1 field, but the header has 2");
}

TEST_CASE("a command runs in the folder, and is found from there", "[json]") {
  const test::scratch at;
  at.write("runner", "#!/bin/sh\ncat answer.json\n");
  at.write("answer.json", R"({"value": "from beside the task"})");
  std::filesystem::permissions(at.path() / "runner", std::filesystem::perms::owner_all);
  CHECK(ask(read(R"({"kind": "command", "command": ["./runner"]})", at.path()), "a") ==
        "from beside the task");
  CHECK(ask(read(R"({"kind": "command", "command": ["sh", "runner"]})", at.path()), "a") ==
        "from beside the task");
}

TEST_CASE("a command that makes no sense is refused", "[json]") {
  CHECK(refusal(R"({"kind": "command", "command": "ls"})") == "/backend/command: \"ls\" is not an array");
  CHECK(refusal(R"({"kind": "command", "command": [""]})") ==
        "/backend/command/0: the name of the program is empty");
  CHECK(refusal(R"({"kind": "command", "command": ["ls", 1]})") == "/backend/command/1: 1 is not a string");
  CHECK(refusal(R"({"kind": "command", "command": ["ls", "a\u0000b"]})") ==
        "/backend/command/1: \"a?b\" holds a NUL character");
  CHECK(refusal(R"({"kind": "command", "command": ["ls"], "output_bytes": 0})") ==
        "/backend/output_bytes: 0 is not a whole number >= 1");
}

TEST_CASE("a user's kind can stand in the place of a known one, and is named among them", "[json]") {
  json::backend_kinds more;
  more["table"] = [](const json::cursor& at, const std::filesystem::path&) -> infer::any_backend<> {
    return [text = at.at("text").text()](const infer::request<>&, std::stop_token) {
      answer<> a;
      a.value = text;
      return a;
    };
  };
  CHECK(ask(read(R"({"kind": "table", "text": "mine"})", {}, more), "a") == "mine");
  CHECK(refusal(R"({"kind": "abacus"})") == "/backend/kind: \"abacus\" is not one of table, command");
}
