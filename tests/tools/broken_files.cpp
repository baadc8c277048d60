// SPDX-License-Identifier: BSL-1.0
/// @file Every broken file gives exit status 2 and one line that names the place.
///
/// tests/data/broken/expected.csv lists them: `file`, `verb` (the words of the command line, the file in
/// place of {} or behind them) and `expected` (what the line says behind the file's name).
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "command.hpp"
#include "shoal/core/csv.hpp"

using namespace shoal;
using test::outcome;

namespace {

const std::string broken = SHOAL_TEST_DATA "/broken";

#if defined(__SANITIZE_ADDRESS__)
constexpr bool sanitized = true;
#elif defined(__has_feature)
constexpr bool sanitized = __has_feature(address_sanitizer);
#else
constexpr bool sanitized = false;
#endif

// AddressSanitizer maps terabytes that it never touches.
constexpr rlim_t memory_for(rlim_t bytes) { return sanitized ? 0 : bytes; }

std::vector<std::string> words_of(const std::string& verb, const std::string& file) {
  std::istringstream stream(verb);
  std::vector<std::string> words;
  bool placed = false;
  for (std::string word; stream >> word;) {
    placed = placed || word == "{}";
    words.push_back(word == "{}" ? file : word);
  }
  if (!placed) words.push_back(file);
  return words;
}

void check_refused(const outcome& ended, const std::string& line_begins_with) {
  INFO("standard error: " << ended.err);
  CHECK(ended.status == 2);
  CHECK(ended.out.empty());
  CHECK(std::count(ended.err.begin(), ended.err.end(), '\n') == 1);
  CHECK(ended.err.size() < 1100);
  CHECK(ended.err.substr(0, line_begins_with.size()) == line_begins_with);
}

// A file that begins with `start` and goes on with `bytes` times the same character.
std::string big_file(const test::scratch& folder, const std::string& start, char character,
                     std::size_t bytes) {
  const std::string block(std::size_t{1} << 20U, character);
  std::ofstream stream(folder.file("big"), std::ios::binary);
  stream << start;
  for (std::size_t left = bytes; left > 0;) {
    const std::size_t part = std::min(left, block.size());
    stream.write(block.data(), static_cast<std::streamsize>(part));
    left -= part;
  }
  return folder.file("big");
}

}  // namespace

TEST_CASE("every broken file is refused in one line that names the place", "[tools]") {
  const std::string table = test::read(broken + "/expected.csv");
  csv_table rows(table, {"file", "verb", "expected"});
  std::size_t seen = 0;
  while (rows.next()) {
    const std::string file(rows.text(0));
    INFO(rows[1] << " " << file);
    REQUIRE(std::filesystem::exists(broken + "/" + file));
    const outcome ended =
        test::shoal(words_of(std::string(rows.text(1)), file), "/dev/null", broken, memory_for(1U << 30U));
    check_refused(ended, file + ": " + std::string(rows.text(2)));
    ++seen;
  }
  CHECK(seen >= 60);
}

TEST_CASE("every file among the broken ones is listed", "[tools]") {
  const std::string table = test::read(broken + "/expected.csv");
  csv_table rows(table, {"file"});
  std::set<std::string> listed;
  while (rows.next()) listed.emplace(rows[0]);
  for (const auto& entry : std::filesystem::directory_iterator(broken)) {
    const std::string name = entry.path().filename().string();
    if (name == "expected.csv" || name.front() == '.') continue;
    INFO(name);
    CHECK(listed.count(name) == 1);
  }
}

TEST_CASE("a hundred megabytes of brackets are refused at once and in little memory", "[tools]") {
  const test::scratch folder;
  const std::string file = big_file(folder, "", '[', 100'000'000);
  const auto start = std::chrono::steady_clock::now();
  check_refused(test::shoal({"assign", file}, "/dev/null", broken, memory_for(1U << 29U)),
                file + ": longer than the limit of ");
  check_refused(test::shoal({"assign", "-"}, file, broken, memory_for(1U << 29U)),
                "standard input: longer than the limit of ");
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(20));
}

TEST_CASE("brackets within the longest text are refused by their depth", "[tools]") {
  const test::scratch folder;
  const std::string file = big_file(folder, "", '[', 20'000'000);
  check_refused(test::shoal({"assign", file}, "/dev/null", broken, memory_for(1U << 29U)),
                file + ": line 1, column 65: arrays and objects are nested deeper than 64");
}

TEST_CASE("input that never ends is refused", "[tools]") {
  check_refused(test::shoal({"assign", "-"}, "/dev/zero", broken, memory_for(1U << 29U)),
                "standard input: longer than the limit of ");
}

TEST_CASE("thirty megabytes behind an open quote are refused", "[tools]") {
  const test::scratch folder;
  const std::string file = big_file(folder, "item,worker,label\nq,w,\"", 'a', 30'000'000);
  check_refused(test::shoal({"aggregate", "plurality", file}, "/dev/null", broken, memory_for(1U << 29U)),
                file + ": line 2: a quote is opened and never closed");
}

TEST_CASE("a swarm that promises more pairs than it brings takes no memory for them", "[tools]") {
  const test::scratch folder;
  std::string text = "{\"models\": [";
  for (int i = 0; i < 20'000; ++i)
    text += (i == 0 ? "" : ",") + ("{\"name\": \"m" + std::to_string(i) + "\"}");
  text += "], \"subtasks\": [";
  for (int k = 0; k < 20'000; ++k) text += (k == 0 ? "" : ",") + ("\"s" + std::to_string(k) + "\"");
  text += "], \"compatibility\": [";
  for (int i = 0; i < 20'000; ++i) text += i == 0 ? "[]" : ",[]";
  text += "]}";
  const std::string file = folder.write("promise.json", text);
  check_refused(test::shoal({"assign", file}, "/dev/null", broken, memory_for(1U << 29U)),
                file + ": /compatibility/0: 0 entries, but there are 20000 subtasks");
}
