// SPDX-License-Identifier: BSL-1.0
#include "command.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

namespace shoal::test {

const char* const command = SHOAL_COMMAND;

outcome shoal(const std::vector<std::string>& arguments, const std::string& input, const std::string& folder,
              rlim_t memory) {
  const scratch results;
  const std::string out = results.file("out");
  const std::string err = results.file("err");
  std::vector<std::string> words{command};
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
