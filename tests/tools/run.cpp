// SPDX-License-Identifier: BSL-1.0
/// @file `shoal run`: what it prints, what it ends with, and that it leaves no child behind.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "command.hpp"
#include "shoal/core/utf8.hpp"

using dom = nlohmann::json;
using shoal::test::outcome;
using shoal::test::scratch;
using namespace std::chrono_literals;

namespace {

// A fleet of two: one answers, the other, cheaper one never does.
const std::string fleet_of_two = R"("models": [
  {"name": "broken", "energy_j": 1, "accuracy": 0.7, "failure_probability": 0.1,
   "backend": {"kind": "command", "command": ["sh", "-c", "printf 'bad \\377 bytes' >&2; exit 3"]}},
  {"name": "works", "energy_j": 2, "accuracy": 0.9, "failure_probability": 0.1,
   "backend": {"kind": "command", "command": ["echo", "{\"value\": 7}"]}}])";

outcome run_text(const std::string& task, std::vector<std::string> options = {}) {
  const scratch folder;
  options.insert(options.begin(), {"run", folder.write("task.json", task)});
  return shoal::test::shoal(options);
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

// `shoal run` in a process of its own that can be sent signals. A pipe that it and all that it starts inherit
// tells when the last of them is gone.
class running {
 public:
  explicit running(const std::string& task, bool hangup_ignored = false) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    gone_ = ends[0];
    pid_ = fork();
    REQUIRE(pid_ >= 0);
    if (pid_ == 0) {
      close(ends[0]);
      if (hangup_ignored) signal(SIGHUP, SIG_IGN);
      const int nowhere = open("/dev/null", O_RDWR);
      for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(nowhere, fd);
      execl(shoal::test::command, shoal::test::command, "run", task.c_str(), static_cast<char*>(nullptr));
      _exit(127);
    }
    close(ends[1]);
  }
  running(const running&) = delete;
  running& operator=(const running&) = delete;
  ~running() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      wait();
    }
    close(gone_);
  }

  void send(int signal) const { kill(pid_, signal); }
  int wait() {
    int ended = 0;
    waitpid(pid_, &ended, 0);
    pid_ = -1;
    return WIFEXITED(ended) ? WEXITSTATUS(ended) : -1;
  }
  bool nothing_left() const {
    pollfd end{gone_, POLLIN, 0};
    return poll(&end, 1, 10'000) == 1 && (end.revents & POLLHUP) != 0;
  }

 private:
  pid_t pid_ = -1;
  int gone_ = -1;
};

bool appears(const std::string& file) {
  for (int i = 0; i < 1000 && access(file.c_str(), F_OK) != 0; ++i) std::this_thread::sleep_for(20ms);
  return access(file.c_str(), F_OK) == 0;
}

}  // namespace

TEST_CASE("run prints the result, how it came about, and what it cost", "[tools]") {
  const outcome ended =
      run_text("{" + fleet_of_two + R"(, "task": {"text": "a\nb\n", "decompose": "lines"}})");
  CHECK(ended.status == 0);
  CHECK(ended.err.empty());
  CHECK(lines(ended.out).at(0) == "77");
  CHECK(ended.out.find("broken (crashed)") != std::string::npos);
  CHECK(ended.out.find("energy    4 J (planned 2)") != std::string::npos);
  CHECK(ended.out.find("failed    broken (crashed), 2 times; the first: \"sh\" ended with status 3: "
                       "bad \xEF\xBF\xBD bytes\n") != std::string::npos);
  CHECK(shoal::utf8_error(ended.out) == ended.out.size());
}

TEST_CASE("run prints one JSON object whatever its children wrote", "[tools]") {
  const outcome ended =
      run_text("{" + fleet_of_two + R"(, "task": {"text": "a\nb\n", "decompose": "lines"}})", {"--json"});
  CHECK(ended.status == 0);
  CHECK(lines(ended.out).size() == 1);
  const dom d = dom::parse(ended.out);
  CHECK(d["result"] == "77");
  CHECK(d["survived"] == true);
  CHECK(d["survival"] == 0.9);
  CHECK(d["calls"] == 4);
  CHECK(d["failed_calls"] == 2);
  CHECK(d["reassigned"] == 2);
  CHECK(d["energy_j"] == 4);
  CHECK(d["subtasks"]["part-2"]["failures"][0]["text"] ==
        "\"sh\" ended with status 3: bad \xEF\xBF\xBD bytes");
  CHECK(d["plan"]["assignment"]["part-1"] == std::vector<std::string>{"broken"});
}

TEST_CASE("events are JSON, one whole object a line, however long", "[tools]") {
  const std::string word(5000, 'x');
  const outcome ended = run_text(R"({"models": [
    {"name": ")" + word + R"(", "backend": {"kind": "table", "answers": {"task": "yes"}}}],
     "task": {"text": "?"}})",
                                 {"--json", "--events"});
  CHECK(ended.status == 0);
  std::vector<std::string> kinds;
  for (const std::string& line : lines(ended.err)) {
    const dom e = dom::parse(line);
    kinds.push_back(e["event"]);
    CHECK(e["subtask"] == "task");
    if (e["event"] == "started") CHECK(e["model"] == word);
  }
  CHECK(kinds == std::vector<std::string>{"started", "answered", "finished"});
}

TEST_CASE("run ends with 1 where there is no answer, and says why", "[tools]") {
  const auto why = [](const std::string& rest) {
    const outcome ended = run_text("{" + fleet_of_two + ", " + rest + "}", {"--json"});
    CHECK(ended.status == 1);
    const dom d = dom::parse(ended.out);
    CHECK(d["result"].is_null());
    return d["why"].get<std::string>();
  };
  CHECK(why(R"("require": {"rule": "mean", "at_least": 0.95}, "task": {"text": "a"})")
            .rfind("no plan, infeasible", 0) == 0);
  CHECK(why(R"("task": {"text": "a", "attempts": 1})").rfind("subtask \"task\", exhausted: ", 0) == 0);
  CHECK(why(R"("task": {"text": "", "decompose": "lines"})") == "no result: no answers");
  CHECK(why(R"("task": {"text": "a. b.", "decompose": {"planner": "broken"}})") ==
        "the planner failed: crashed: \"sh\" ended with status 3: bad \xEF\xBF\xBD bytes");
  CHECK(why(R"("task": {"text": "a. b.", "decompose": {"planner": "works"}})")
            .rfind("planner: attempt 3 of 3: ", 0) == 0);
}

TEST_CASE("run says which part kept the result from being made", "[tools]") {
  const outcome ended = run_text(R"({"models": [{"name": "m", "backend": {"kind": "table",
    "answers": {"part-1": "yes", "part-2": {"abstains": true}}}}], "task": {"text": "a\nb\n", "decompose": "lines"}})");
  CHECK(ended.status == 1);
  CHECK(lines(ended.out).at(0) == "no result: all abstained (subtask \"part-2\")");
}

TEST_CASE("a result from which subtasks are missing is printed, and is no full answer", "[tools]") {
  const outcome ended = run_text(R"({"models": [
    {"name": "m", "backend": {"kind": "table", "answers": {"part-1": "yes", "part-2": "yes"}}}],
    "task": {"text": "a\nb\nc\n", "decompose": "lines", "join": "combine"}})",
                                 {"--json"});
  CHECK(ended.status == 1);
  const dom d = dom::parse(ended.out);
  CHECK(d["result"] == "yes");
  CHECK(d["survived"] == false);
}

TEST_CASE("run ends with 3 where a limit came before the answer", "[tools]") {
  const std::string slow =
      R"({"models": [{"name": "m", "backend": {"kind": "command", "command": ["sleep", "60"]}}], "task": )";
  const auto begun = std::chrono::steady_clock::now();
  CHECK(run_text(slow + R"({"text": "a", "deadline_s": 0.1}})").status == 3);
  CHECK(run_text(slow + R"({"text": "a. b.", "decompose": {"planner": "m"}, "deadline_s": 0.1}})").status ==
        3);
  CHECK(run_text(slow + R"({"text": "a", "try_timeout_s": 0.1}})").status == 1);  // every model failed
  CHECK(std::chrono::steady_clock::now() - begun < 30s);
}

TEST_CASE("commands run beside the task file, or where shoal runs for a task on standard input", "[tools]") {
  const scratch folder;
  folder.write("answer.json", R"({"value": "from beside the task"})");
  const std::string file = folder.write("task.json", R"({"models": [
    {"name": "m", "backend": {"kind": "command", "command": ["cat", "answer.json"]}}], "task": {"file": "task.json"}})");
  CHECK(lines(shoal::test::shoal({"run", file}).out).at(0) == "from beside the task");
  CHECK(lines(shoal::test::shoal({"run", "task.json"}, "/dev/null", folder.file("")).out).at(0) ==
        "from beside the task");
  CHECK(lines(shoal::test::shoal({"run", "-"}, file, folder.file("")).out).at(0) == "from beside the task");
}

TEST_CASE("a signal ends a run soon, with 3, and leaves nothing of its children", "[tools]") {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    for (const std::string decompose : {R"("whole")", R"({"planner": "m"})"}) {
      INFO("signal " << signal << ", decompose " << decompose);
      const scratch folder;
      const std::string file =
          folder.write("task.json", R"({"models": [{"name": "m", "backend": {"kind": "command",
        "command": ["sh", "-c", "sleep 60 & touch begun; sleep 60"]}}], "task": {"text": "a. b.", "decompose": )" +
                                        decompose + "}}");
      running command(file);
      REQUIRE(appears(folder.file("begun")));
      const auto sent = std::chrono::steady_clock::now();
      command.send(signal);
      CHECK(command.wait() == 3);
      CHECK(std::chrono::steady_clock::now() - sent < 10s);
      CHECK(command.nothing_left());
    }
  }
}

TEST_CASE("a run that was told to ignore hangups goes on", "[tools]") {
  const scratch folder;
  const std::string file =
      folder.write("task.json", R"({"models": [{"name": "m", "backend": {"kind": "command",
    "command": ["sh", "-c", "touch begun; while [ ! -e go ]; do sleep 0.02; done; echo '{\"value\": 1}'"]}}],
    "task": {"text": "a"}})");
  running command(file, true);
  REQUIRE(appears(folder.file("begun")));
  command.send(SIGHUP);
  std::this_thread::sleep_for(200ms);  // the signal is looked for every 50 ms
  folder.write("go", "");
  CHECK(command.wait() == 0);
}
