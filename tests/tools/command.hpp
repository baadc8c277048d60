// SPDX-License-Identifier: BSL-1.0
/// @file Runs the built command and keeps what it prints.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <sys/resource.h>
#include <unistd.h>

namespace shoal::test {

/// Path of the built command.
extern const char* const command;

/// A folder of its own that is gone afterwards.
class scratch {
 public:
  scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "shoal-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  ~scratch() { std::filesystem::remove_all(path_); }
  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;

  std::string file(const std::string& name) const { return (path_ / name).string(); }
  std::string write(const std::string& name, std::string_view text) const {
    std::ofstream(file(name), std::ios::binary) << text;
    return file(name);
  }

 private:
  std::filesystem::path path_;
};

/// The whole of a file.
inline std::string read(const std::filesystem::path& file) {
  std::stringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

/// How the command ended.
struct outcome {
  int status = -1;  ///< exit status; -1: killed by a signal
  std::string out{};
  std::string err{};
};

/// Runs `shoal arguments...` in `folder` with the file `input` as its standard input.
/// @param memory  address space that it may use, bytes; 0: no limit.
outcome shoal(const std::vector<std::string>& arguments, const std::string& input = "/dev/null",
              const std::string& folder = SHOAL_TEST_DATA "/tools", rlim_t memory = 0);

}  // namespace shoal::test
