// SPDX-License-Identifier: BSL-1.0
/// @file Holds the floors of the architecture: what lies where, and who may include whom.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "catch.hpp"

namespace fs = std::filesystem;

namespace {

const fs::path root = SHOAL_SOURCE_DIR;

const std::map<std::string, int> floor_of{
    {"version.hpp", 0}, {"core", 1},         {"model", 1},           {"task", 1},
    {"decompose", 2},   {"assign", 2},       {"aggregate", 2},       {"survive", 2},
    {"cost", 2},        {"infer", 2},        {"hybrid", 2},          {"run", 3},
    {"sim", 3},         {"pipeline.hpp", 3}, {"shoal.hpp", 4},       {"consensus.hpp", 4},
    {"labels.hpp", 4},  {"texts.hpp", 4},    {"reliability.hpp", 4}, {"resilience.hpp", 4},
    {"glpk", 4},        {"json", 4},         {"openai", 4},          {"observers.hpp", 4},
    {"hybrid.hpp", 4},  {"torch", 4},      {"asio", 4}};

// What architecture.md allows between folders of a floor.
const std::set<std::pair<std::string, std::string>> allowed_across{
    {"decompose", "infer"}, {"survive", "assign"}, {"hybrid", "infer"}, {"openai", "json"}};

// Third-party headers that a folder may include; everywhere else only Eigen and the standard library.
const std::map<std::string, std::set<std::string>> third_party{
    {"glpk", {"glpk.h"}},
    {"json", {"nlohmann/"}},
    {"openai", {"nlohmann/", "curl/", "sys/", "unistd.h"}},
    {"torch", {"torch/", "ATen/"}}, {"asio", {"asio/"}}};

const std::set<std::string> posix_headers{"infer/child_process.hpp", "run/command_meter.hpp",
                                          "run/journal_file.hpp"};

std::string room(const std::string& header) { return header.substr(0, header.find('/')); }

std::string read(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> out;
  std::stringstream stream(text);
  for (std::string line; std::getline(stream, line);) out.push_back(line);
  return out;
}

std::vector<std::string> headers() {
  std::vector<std::string> out;
  for (const auto& entry : fs::recursive_directory_iterator(root / "include/shoal")) {
    if (entry.is_regular_file())
      out.push_back(fs::relative(entry.path(), root / "include/shoal").generic_string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::string> included(const std::string& header, char open, char close) {
  std::vector<std::string> out;
  for (const std::string& line : lines(read(root / "include/shoal" / header))) {
    const std::string start = std::string("#include ") + open;
    if (line.rfind(start, 0) == 0)
      out.push_back(line.substr(start.size(), line.find(close, start.size()) - start.size()));
  }
  return out;
}

}  // namespace

TEST_CASE("every header has a room on a floor", "[house]") {
  for (const std::string& header : headers()) {
    INFO(header);
    CHECK(floor_of.count(room(header)) == 1);
  }
}

TEST_CASE("a header includes only headers of lower floors, or of its own room", "[house]") {
  for (const std::string& header : headers()) {
    const std::string here = room(header);
    for (const std::string& other : included(header, '"', '"')) {
      INFO(header << " includes " << other);
      REQUIRE(other.rfind("shoal/", 0) == 0);
      const std::string there = room(other.substr(6));
      REQUIRE(floor_of.count(there) == 1);
      const int low = floor_of.at(there);
      const int high = floor_of.at(here);
      const bool siblings_of_floor_1 = low == 1 && high == 1;
      const bool siblings_of_floor_3 = low == 3 && high == 3;
      CHECK((low < high || here == there || siblings_of_floor_1 || siblings_of_floor_3 ||
             allowed_across.count({here, there}) == 1));
    }
  }
}

TEST_CASE("the core needs Eigen and nothing else, and each component its own dependency alone", "[house]") {
  for (const std::string& header : headers()) {
    for (const std::string& other : included(header, '<', '>')) {
      INFO(header << " includes <" << other << ">");
      const bool standard = other.find('/') == std::string::npos && other.find('.') == std::string::npos;
      const bool posix = posix_headers.count(header) == 1;
      const auto own = third_party.find(room(header));
      const auto begins = [&](const std::string& start) { return other.rfind(start, 0) == 0; };
      CHECK((standard || posix || begins("Eigen/") ||
             (own != third_party.end() && std::any_of(own->second.begin(), own->second.end(), begins))));
    }
  }
}

TEST_CASE("every header begins with its licence and what it is", "[house]") {
  for (const std::string& header : headers()) {
    INFO(header);
    const auto text = lines(read(root / "include/shoal" / header));
    REQUIRE(text.size() > 3);
    CHECK(text[0] == "// SPDX-License-Identifier: BSL-1.0");
    CHECK(text[1].rfind("/// @file ", 0) == 0);
    CHECK(std::find(text.begin(), text.end(), "#pragma once") != text.end());
  }
}

TEST_CASE("the list of headers that is installed is the tree", "[house]") {
  std::vector<std::string> listed;
  for (std::string line : lines(read(root / "cmake/headers.cmake"))) {
    line.erase(0, line.find_first_not_of(' '));
    const auto end = line.find(".hpp");
    if (line.empty() || line[0] == '#' || end == std::string::npos) continue;
    std::stringstream words(line.substr(0, line.rfind(".hpp") + 4));
    for (std::string word; words >> word;) {
      if (word.find(".hpp") != std::string::npos) listed.push_back(word.substr(0, word.find(".hpp") + 4));
    }
  }
  std::sort(listed.begin(), listed.end());
  CHECK(listed == headers());
}

TEST_CASE("the umbrellas bring every header of the core", "[house]") {
  std::set<std::string> reached;
  std::vector<std::string> open{"shoal.hpp",       "consensus.hpp",  "labels.hpp",    "texts.hpp",
                                "reliability.hpp", "resilience.hpp", "observers.hpp", "hybrid.hpp"};
  while (!open.empty()) {
    const std::string header = open.back();
    open.pop_back();
    if (!reached.insert(header).second) continue;
    for (const std::string& other : included(header, '"', '"')) open.push_back(other.substr(6));
  }
  for (const std::string& header : headers()) {
    // Who wants child processes or journals includes them: umbrellas must compile where there is no POSIX.
    if (third_party.count(room(header)) == 1 || posix_headers.count(header) == 1) continue;
    INFO(header);
    CHECK(reached.count(header) == 1);
  }
}

TEST_CASE("no registry host, absolute path or unfinished mark is left in the tree", "[house]") {
  // Written in pieces, so that this file does not find itself.
  const std::vector<std::string> marks{std::string("TO") + "DO", std::string("FIX") + "ME",
                                       std::string("deb.") + "debian.org",
                                       std::string("registry.") + "npmjs"};
  for (const char* folder :
       {"include", "examples", "tests", "tools", "benchmarks", "cmake", "scripts", "docs"}) {
    if (!fs::exists(root / folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      const std::set<std::string> kinds{".hpp", ".cpp", ".cmake", ".txt", ".sh", ".md", ".in"};
      if (!entry.is_regular_file() || kinds.count(entry.path().extension().string()) == 0) continue;
      if (entry.path().generic_string().find("/tests/data/") != std::string::npos) continue;
      const std::string text = read(entry.path());
      for (const std::string& mark : marks) {
        INFO(entry.path() << " has " << mark);
        CHECK(text.find(mark) == std::string::npos);
      }
    }
  }
}

TEST_CASE("no test has a name that CMake would join with the next ones", "[house]") {
  std::size_t seen = 0;
  for (const auto& entry : fs::recursive_directory_iterator(root / "tests")) {
    if (entry.path().extension() != ".cpp") continue;
    for (const std::string& line : lines(read(entry.path()))) {
      if (line.rfind("TEST_CASE(\"", 0) != 0) continue;
      const std::string name = line.substr(11, line.find('"', 11) - 11);
      INFO(entry.path() << ": " << name);
      CHECK(name.find_first_of("[];\\") == std::string::npos);
      ++seen;
    }
  }
  CHECK(seen > 500);
}
