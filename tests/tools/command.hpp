// SPDX-License-Identifier: BSL-1.0
/// @file Runs the built command and keeps what it prints.
#pragma once

#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace shoal::test {

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
inline outcome shoal(const std::vector<std::string>& arguments, const std::string& input = "/dev/null",
                     const std::string& folder = SHOAL_TEST_DATA "/tools", rlim_t memory = 0) {
  const scratch results;
  const std::string out = results.file("out");
  const std::string err = results.file("err");
  std::vector<std::string> words{SHOAL_COMMAND};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) {
    const auto redirect = [](const std::string& file, int flags, int to) {
      const int fd = open(file.c_str(), flags, 0600);
      if (fd < 0 || dup2(fd, to) < 0) _exit(126);
    };
    redirect(input, O_RDONLY, STDIN_FILENO);
    redirect(out, O_WRONLY | O_CREAT | O_TRUNC, STDOUT_FILENO);
    redirect(err, O_WRONLY | O_CREAT | O_TRUNC, STDERR_FILENO);
    if (chdir(folder.c_str()) != 0) _exit(126);
    const rlimit limit{memory, memory};
    if (memory > 0 && setrlimit(RLIMIT_AS, &limit) != 0) _exit(126);
    execv(argv.front(), argv.data());
    _exit(127);
  }
  int ended = 0;
  if (waitpid(child, &ended, 0) != child) throw std::runtime_error("waitpid failed");
  return {WIFEXITED(ended) ? WEXITSTATUS(ended) : -1, read(out), read(err)};
}

}  // namespace shoal::test
