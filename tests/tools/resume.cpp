// SPDX-License-Identifier: BSL-1.0
/// @file `shoal run` that is killed, again and again, and goes on from its journal.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <ctime>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "command.hpp"
#include "shoal/core/random.hpp"
#include "shoal/run/journal_file.hpp"

using dom = nlohmann::json;
using shoal::test::outcome;
using shoal::test::scratch;

namespace {

constexpr int parts = 200;

// A model that writes down which subtask it was asked, and takes a few milliseconds.
std::string task_in(const std::string& folder) {
  dom task;
  const std::string ask = "sed 's/.*\"subtask\": *\"\\([^\"]*\\)\".*/\\1/' >> " + folder +
                          "asked.log; sleep 0.005; echo '{\"value\": \"done\"}'";
  for (const char* name : {"a", "b"}) {
    task["models"].push_back({{"name", name},
                              {"energy_j", 1},
                              {"concurrency", 2},
                              {"backend", {{"kind", "command"}, {"command", {"sh", "-c", ask}}}}});
  }
  task["compatibility"] = dom::array({dom::array(), dom::array()});
  for (int k = 0; k < parts; ++k) {
    task["subtasks"].push_back("part " + std::to_string(k));
    for (dom& row : task["compatibility"]) row.push_back(1);
  }
  task["objective"] = {{"rule", "weighted"}, {"energy", 1}, {"time", 0}};
  task["task"] = {{"join", "combine"}, {"combine", "plurality"}};
  return task.dump();
}

std::vector<std::string> lines_of(const std::string& path) {
  std::vector<std::string> out;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

void sleep_ms(long ms) {
  timespec left{ms / 1000, ms % 1000 * 1000000};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
}

// Starts the command in a process group of its own, kills it after so long, and its models with it.
bool killed_after(const std::vector<std::string>& words, long ms) {
  const pid_t pid = fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    setpgid(0, 0);
    const int nowhere = open("/dev/null", O_RDWR);
    for (int fd = 0; fd < 3; ++fd) dup2(nowhere, fd);
    std::vector<char*> argv;
    const std::string program = shoal::test::command;
    argv.push_back(const_cast<char*>(program.c_str()));
    for (const std::string& w : words) argv.push_back(const_cast<char*>(w.c_str()));
    argv.push_back(nullptr);
    execv(argv[0], argv.data());
    _exit(127);
  }
  sleep_ms(ms);
  kill(pid, SIGKILL);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  kill(-pid, SIGKILL);  // models that it left behind; its own process group, nobody else's
  return WIFSIGNALED(status);
}

std::set<std::size_t> finished_in(const std::string& path) {
  std::set<std::size_t> out;
  for (const auto& r : shoal::run::read_journal(path).records) {
    if (r.kind == shoal::run::journal_kind::finished) CHECK(out.insert(r.subtask).second);
  }
  return out;
}

}  // namespace

TEST_CASE("a run that is killed fifty times loses nothing and does nothing twice", "[tools]") {
  const scratch folder;
  const std::string task = folder.write("task.json", task_in(folder.file("")));
  const std::string journal = folder.file("run.journal");
  const std::string log = folder.file("asked.log");
  shoal::random_engine engine(1);
  std::vector<std::string> words{"run", task, "--json", "--journal", journal};
  std::size_t kills = 0;
  while (kills < 50) {
    std::set<std::size_t> before;
    if (std::ifstream(journal).good()) {
      before = finished_in(journal);
      words = {"run", task, "--json", "--resume", journal};
    }
    const std::size_t asked_before = lines_of(log).size();
    if (!killed_after(words, 10 + static_cast<long>(shoal::uniform_below(engine, 60)))) break;
    ++kills;
    const std::vector<std::string> asked = lines_of(log);
    for (std::size_t at = asked_before; at < asked.size(); ++at) {
      INFO("asked again: " << asked[at]);
      REQUIRE(before.count(std::stoul(asked[at].substr(5))) == 0);
    }
  }
  const outcome last = shoal::test::shoal({"run", task, "--json", "--resume", journal});
  INFO(last.err);
  REQUIRE(last.status == 0);
  const dom report = dom::parse(last.out);
  CHECK(report["survived"] == true);
  CHECK(report["subtasks"].size() == parts);
  CHECK(finished_in(journal).size() == parts);
  // Every call but those that were under way when the run was killed counted: at most four each time.
  CHECK(lines_of(log).size() <= parts + 4 * (kills + 1));
  // Once more there is nothing to do.
  const std::size_t asked = lines_of(log).size();
  CHECK(shoal::test::shoal({"run", task, "--json", "--resume", journal}).status == 0);
  CHECK(lines_of(log).size() == asked);
}

TEST_CASE("a journal is not overwritten, and not taken for that of another task", "[tools]") {
  const scratch folder;
  const std::string one = R"({"models": [{"name": "a", "backend": {"kind": "table", "answers": {"x": "1"}}}],
    "subtasks": ["x"], "compatibility": [[1]], "task": {}})";
  const std::string first = folder.write("first.json", one);
  const std::string journal = folder.file("run.journal");
  CHECK(shoal::test::shoal({"run", first, "--journal", journal}).status == 0);
  const outcome again = shoal::test::shoal({"run", first, "--journal", journal});
  CHECK(again.status == 2);
  CHECK(again.err.find("holds a run already") != std::string::npos);
  std::string other = one;
  for (std::size_t at = 0; (at = other.find("\"x\"", at)) != std::string::npos;)
    other.replace(at, 3, "\"y\"");
  const outcome foreign = shoal::test::shoal({"run", folder.write("other.json", other), "--resume", journal});
  CHECK(foreign.status == 2);
  CHECK(foreign.err.find("is of the job") != std::string::npos);
}

TEST_CASE("a task file says what is done about failures, and what a run may cost", "[tools]") {
  const scratch folder;
  const std::string task = folder.write("task.json", R"({
    "models": [{"name": "broken", "energy_j": 1, "backend": {"kind": "command", "command": ["false"]}},
               {"name": "works", "energy_j": 2, "backend": {"kind": "command", "command": ["echo", "{\"value\": 7}"]}}],
    "subtasks": ["x"], "compatibility": [[1], [1]], "objective": {"rule": "weighted", "energy": 1, "time": 0},
    "task": {"tries": 3, "stand_ins": true, "hedge": true, "adapt": true, "attempts": 1,
             "budget": {"energy_j": 100, "then": "stop"}}})");
  const outcome good = shoal::test::shoal({"run", task, "--json"});
  CHECK(good.status == 0);
  CHECK(dom::parse(good.out)["result"] == "7");
  std::ifstream in(task);
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  text.replace(text.find("100"), 3, "0.5");
  const outcome poor = shoal::test::shoal({"run", folder.write("poor.json", text), "--json"});
  CHECK(poor.status == 3);
  CHECK(poor.out.find("the budget is used up") != std::string::npos);
}
