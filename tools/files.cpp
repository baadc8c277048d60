// SPDX-License-Identifier: BSL-1.0
#include "files.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>

#include "shoal/core/message.hpp"
#include "shoal/core/utf8.hpp"

namespace shoal::tools {

std::string name_of_file(const std::string& path) { return path == "-" ? "standard input" : path; }

std::string read_file(const std::string& path, std::size_t limit) {
  static bool standard_input_is_read = false;
  const auto refuse = [&](const std::string& why) { throw refusal(name_of_file(path) + ": " + why); };
  const auto because = [&](int code) { refuse(std::generic_category().message(code)); };

  std::unique_ptr<std::FILE, int (*)(std::FILE*)> opened(nullptr, &std::fclose);
  std::FILE* stream = stdin;
  if (path != "-") {
    opened.reset(std::fopen(path.c_str(), "rb"));
    stream = opened.get();
    if (stream == nullptr) because(errno);
  } else if (std::exchange(standard_input_is_read, true)) {
    refuse("it is asked for twice");
  }
  std::string text;
  char block[1U << 16U];
  for (;;) {
    const std::size_t got = std::fread(block, 1, sizeof block, stream);
    if (got < sizeof block && std::ferror(stream) != 0) because(errno);
    if (got > limit - text.size()) refuse(message("longer than the limit of ", limit, " bytes"));
    text.append(block, got);
    if (got < sizeof block) return text;
  }
}

void write_file(const std::string& path, std::string_view text) {
  const auto because = [&](int code) { throw refusal(path + ": " + std::generic_category().message(code)); };
  errno = 0;
  std::FILE* const opened = std::fopen(path.c_str(), "wb");
  if (opened == nullptr) because(errno);
  const bool written = std::fwrite(text.data(), 1, text.size(), opened) == text.size();
  const bool closed = std::fclose(opened) == 0;
  if (!written || !closed) because(errno != 0 ? errno : EIO);
}

void write_file_at_once(const std::string& path, std::string_view text) {
  namespace fs = std::filesystem;
  std::error_code none;
  const fs::file_status there = fs::status(path, none);
  if (fs::exists(there) && !fs::is_regular_file(there)) return write_file(path, text);
  // A link stays, and what it names is replaced.
  const fs::path target = fs::exists(there) ? fs::canonical(path, none) : fs::path(path);
  const std::string beside = message(target.string(), ".", getpid(), ".tmp");
  std::error_code failed;
  try {
    write_file(beside, text);
  } catch (const refusal&) {  // a folder where nothing can be added
    fs::remove(beside, none);
    return write_file(path, text);
  }
  fs::rename(beside, target, failed);
  if (!failed) return;
  fs::remove(beside, none);
  throw refusal(path + ": " + failed.message());
}

void print(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

namespace {

// Text that is not UTF-8 is no reason to print nothing: it is mended.
std::string line_of(const json::ordered& document) {
  return document.dump(-1, ' ', false, json::ordered::error_handler_t::replace) + '\n';
}

}  // namespace

void print_json(const json::ordered& document) { print(line_of(document)); }

void flush_output() {
  errno = 0;
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    throw refusal("standard output: " + std::generic_category().message(errno != 0 ? errno : EIO));
  }
}

void complain(std::string_view text) {
  constexpr std::size_t longest = 1000;
  std::string line = one_line(text.substr(0, utf8_floor(text, longest)));
  if (text.size() > longest) line += "...";
  std::fprintf(stderr, "%s\n", line.c_str());
}

void log_json(const json::ordered& document) {
  const std::string line = line_of(document);
  std::fwrite(line.data(), 1, line.size(), stderr);
}

std::string one_line(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20U || byte == 0x7FU) c = '?';
  }
  return out;
}

}  // namespace shoal::tools
