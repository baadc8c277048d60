// SPDX-License-Identifier: BSL-1.0
/// @file Three real servers as a swarm: one is killed in the middle of `shoal run`.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "catch.hpp"
#include "servers.hpp"
#include "tools/command.hpp"

using shoal::test::babbling_server;
using shoal::test::command;
using shoal::test::outcome;
using shoal::test::read;
using shoal::test::scratch;
using shoal::test::translating_server;
using dom = nlohmann::json;

namespace {

// `shoal run --json --events` on a file; `see` is called for each line of events.
template <class See>
outcome run_watched(const std::string& task, const See& see) {
  int out_ends[2];
  int err_ends[2];
  REQUIRE(pipe(out_ends) == 0);
  REQUIRE(pipe(err_ends) == 0);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, out_ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, err_ends[1], STDERR_FILENO);
  for (const int fd : {out_ends[0], out_ends[1], err_ends[0], err_ends[1]}) {
    posix_spawn_file_actions_addclose(&files, fd);
  }
  std::vector<std::string> words{command, "run", task, "--json", "--events"};
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t pid = -1;
  REQUIRE(posix_spawn(&pid, command, &files, nullptr, argv.data(), environ) == 0);
  posix_spawn_file_actions_destroy(&files);
  close(out_ends[1]);
  close(err_ends[1]);
  outcome ended;
  std::array<pollfd, 2> watched{{{out_ends[0], POLLIN, 0}, {err_ends[0], POLLIN, 0}}};
  std::string line;
  while (watched[0].fd >= 0 || watched[1].fd >= 0) {
    if (poll(watched.data(), 2, 120'000) <= 0) break;
    for (std::size_t i = 0; i < 2; ++i) {
      if (watched[i].fd < 0 || watched[i].revents == 0) continue;
      char block[4096];
      const ssize_t got = ::read(watched[i].fd, block, sizeof block);
      if (got <= 0) {
        watched[i].fd = -1;
        continue;
      }
      (i == 0 ? ended.out : ended.err).append(block, static_cast<std::size_t>(got));
      for (ssize_t k = 0; i == 1 && k < got; ++k) {
        if (block[k] == '\n') {
          see(line);
          line.clear();
        } else {
          line += block[k];
        }
      }
    }
  }
  close(out_ends[0]);
  close(err_ends[0]);
  int status = 0;
  waitpid(pid, &status, 0);
  ended.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ended;
}

}  // namespace

TEST_CASE("a swarm of three servers loses one in the middle of a run, and every subtask is answered",
          "[servers]") {
  SHOAL_NEED_TRANSLATOR();
  std::vector<std::unique_ptr<translating_server>> servers;
  dom task{{"models", dom::array()}, {"task", {{"decompose", "lines"}, {"text", ""}}}};
  for (int i = 0; i < 3; ++i) {
    servers.push_back(std::make_unique<translating_server>());
    task["models"].push_back({{"name", "node-" + std::to_string(i)},
                              {"energy_j", i + 1},
                              {"accuracy", 0.8},
                              {"capacity", 12},
                              {"concurrency", 2},
                              {"backend",
                               {{"kind", "openai"},
                                {"url", servers.back()->url()},
                                {"options", {{"max_tokens", 100}, {"temperature", 0}}}}}});
  }
  std::string text;
  std::vector<std::pair<std::string, std::string>> asked = shoal::test::sentences(24);
  for (const auto& [english, german] : asked) text += english + "\n";
  task["task"]["text"] = text;
  const scratch folder;
  int answered = 0;
  // The cheapest node is full: it is the one to lose, and the other two can bear what is left.
  const outcome ended = run_watched(folder.write("task.json", task.dump()), [&](const std::string& line) {
    const dom event = dom::parse(line, nullptr, false);
    if (event.is_object() && event.value("event", "") == "answered" && ++answered == 6) servers[0]->kill();
  });
  CHECK(ended.status == 0);
  REQUIRE(!ended.out.empty());
  const dom report = dom::parse(ended.out);
  CHECK(report["survived"] == true);
  CHECK(report["failed_calls"] > 0);
  CHECK(report["reassigned"] > 0);
  REQUIRE(report["subtasks"].size() == 24);
  for (const auto& [name, part] : report["subtasks"].items()) {
    INFO(name << ' ' << part.dump());
    CHECK(part["ended"] == "answered");
    for (const auto& f : part["failures"]) CHECK(f["model"] == "node-0");
  }
  // What a node that took over says is what any of them would have said.
  const tiny::runner here(shoal::test::translator());
  std::size_t same = 0;
  for (std::size_t k = 0; k < asked.size(); ++k) {
    const std::string said = report["subtasks"]["part-" + std::to_string(k + 1)]["value"];
    same += said == here(shoal::infer::request<>{.input = asked[k].first}, {}).value ? 1U : 0U;
  }
  CHECK(same >= 22);  // the server rounds otherwise: a choice between two words may fall the other way
}

TEST_CASE("probe writes a model's entry that run can use", "[servers]") {
  SHOAL_NEED_LLAMA_SERVER();
  const babbling_server server;
  const scratch folder;
  const std::string file = folder.write(
      "swarm.json",
      R"({"models": [{"name": "babble", "accuracy": 0.7, "time_s": 99, "backend": {}}], "task": {"text": "Say it."}})");
  const outcome probed = shoal::test::shoal({"probe", server.url(), "--name", "babble", "--words", "4,20",
                                             "--concurrency", "1,2", "--requests", "2", "--max-tokens", "8",
                                             "--energy-command", "date +%s", "--write", file});
  INFO(probed.out << probed.err);
  CHECK(probed.status == 0);
  const dom written = dom::parse(read(file));
  REQUIRE(written["models"].size() == 1);
  CHECK(written["models"][0]["accuracy"] == 0.7);  // what it knew is kept
  CHECK(written["models"][0]["time_s"] < 60);
  CHECK(written["models"][0]["energy_j"] >= 0);
  CHECK(written["models"][0]["concurrency"] == 2);
  dom limited = written;
  limited["models"][0]["backend"]["options"] = {{"max_tokens", 8}};
  const outcome ran = shoal::test::shoal({"run", folder.write("task.json", limited.dump()), "--json"});
  INFO(ran.out << ran.err);
  CHECK(ran.status == 0);
  CHECK(dom::parse(ran.out)["output_tokens"] == 8);
  const outcome live = shoal::test::shoal({"probe", server.url(), "--live", "--json"});
  CHECK(dom::parse(live.out)["slots"] == 2);
}
