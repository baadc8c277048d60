// SPDX-License-Identifier: BSL-1.0
/// @file What `shoal run` writes beside its result: report, metrics, spans; and the bar that a terminal
/// shows.
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "command.hpp"
#include "shoal/core/xml.hpp"

using dom = nlohmann::json;
using shoal::test::outcome;
using shoal::test::scratch;

namespace {

const std::string task = R"({"models": [
  {"name": "broken <&>", "energy_j": 1, "accuracy": 0.7,
   "backend": {"kind": "command", "command": ["sh", "-c", "echo \"key is $SHOAL_TEST_KEY\" >&2; exit 3"]}},
  {"name": "works", "energy_j": 2, "accuracy": 0.9,
   "backend": {"kind": "command", "command": ["echo", "{\"value\": 7}"]}}],
  "task": {"text": "alpha secret\nb\n", "decompose": "lines"}})";

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("run writes its report, its metrics and its spans", "[tools]") {
  const scratch folder;
  setenv("SHOAL_TEST_KEY", "sk-0123456789", 1);
  const outcome ended =
      shoal::test::shoal({"run", folder.write("task.json", task), "--report", folder.file("report.html"),
                          "--metrics", folder.file("shoal.prom"), "--otlp", folder.file("spans.jsonl")});
  CHECK(ended.status == 0);
  CHECK(ended.err.empty());
  CHECK(has(ended.out, "77\n"));

  const std::string page = shoal::test::read(folder.file("report.html"));
  REQUIRE(page.rfind("<!doctype html>\n", 0) == 0);
  static_cast<void>(shoal::parse_xml(std::string_view(page).substr(16)));
  CHECK(has(page, "All 2 subtasks were answered."));
  CHECK(has(page, "task.json</h1>"));
  CHECK(has(page, "broken &lt;&amp;&gt;"));
  CHECK(has(page, "ended with status 3: key is [SHOAL_TEST_KEY]"));
  CHECK(has(page, "planned energy <b>2 J</b>"));
  CHECK(!has(page, "alpha"));  // nothing of the task's own text

  const std::string metrics = shoal::test::read(folder.file("shoal.prom"));
  CHECK(has(metrics, "shoal_subtasks_total{result=\"answered\"} 2\n"));
  CHECK(has(metrics, "shoal_calls_total{model=\"broken <&>\",result=\"crashed\"} 2\n"));
  CHECK(has(metrics, "shoal_energy_joules_total{model=\"works\"} 4\n"));
  CHECK(has(metrics, "shoal_calls_running{model=\"works\"} 0\n"));

  const std::string spans = shoal::test::read(folder.file("spans.jsonl"));
  std::vector<std::string> names;
  for (std::size_t at = 0; at < spans.size(); at = spans.find('\n', at) + 1) {
    const dom d = dom::parse(spans.substr(at, spans.find('\n', at) - at));
    names.push_back(d["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["name"]);
  }
  CHECK(std::count(names.begin(), names.end(), "chat works") == 2);
  CHECK(std::count(names.begin(), names.end(), "chat broken <&>") == 2);
  CHECK(std::count(names.begin(), names.end(), "subtask") == 2);
  CHECK(has(names.back(), "task.json"));
  CHECK(!has(spans, "alpha"));
  CHECK(!has(spans, "sk-0123456789"));
  // Nothing is left beside the files.
  CHECK(std::distance(std::filesystem::directory_iterator(folder.file("")), {}) == 4);
}

TEST_CASE("run refuses a file that it cannot write before it asks any model", "[tools]") {
  for (const std::string option : {"--report", "--metrics", "--otlp"}) {
    const scratch folder;
    const std::string asks = R"({"models": [{"name": "m", "backend": {"kind": "command", "command":
      ["touch", "asked"]}}], "task": {"text": "a"}})";
    const outcome ended =
        shoal::test::shoal({"run", folder.write("task.json", asks), option, folder.file("none/file")});
    CHECK(ended.status == 2);
    CHECK(ended.out.empty());
    CHECK(has(ended.err, "none/file: No such file or directory"));
    CHECK(!std::filesystem::exists(folder.file("asked")));
    const outcome refused =
        shoal::test::shoal({"run", folder.write("task.json", "{}"), option, folder.file("file")});
    CHECK(refused.status == 2);
    CHECK(!std::filesystem::exists(folder.file("file")));
  }
}

TEST_CASE("run writes its report where nothing could be answered, too", "[tools]") {
  const scratch folder;
  const auto page_of = [&](const std::string& text, int status) {
    const outcome ended =
        shoal::test::shoal({"run", folder.write("task.json", text), "--report", folder.file("report.html")});
    CHECK(ended.status == status);
    return shoal::test::read(folder.file("report.html"));
  };
  const std::string models = R"({"models": [{"name": "m", "accuracy": 0.5, "backend": {"kind": "command",
    "command": ["false"]}}], )";
  CHECK(has(page_of(models + R"("task": {"text": "a"}})", 1), "The subtask was given up."));
  const std::string none =
      page_of(models + R"("require": {"rule": "mean", "at_least": 0.9}, "task": {"text": "a"}})", 1);
  CHECK(has(none, "No subtask has ended."));
  CHECK(has(none, "infeasible"));
  const std::string unsplit =
      page_of(models + R"("task": {"text": "a. b.", "decompose": {"planner": "m"}}})", 1);
  CHECK(has(unsplit, "No subtask has ended."));
  CHECK(has(unsplit, "the planner failed: crashed"));
}

TEST_CASE("metrics go to a pipe as they are", "[tools]") {
  const scratch folder;
  const outcome ended =
      shoal::test::shoal({"run", folder.write("task.json", task), "--json", "--metrics", "/dev/stderr"});
  CHECK(ended.status == 0);
  CHECK(has(ended.err, "# TYPE shoal_calls_total counter\n"));
  CHECK(dom::parse(ended.out)["result"] == "77");
}

TEST_CASE("a run that lasts shows its progress on a terminal, and cleans up after itself", "[tools]") {
  const scratch folder;
  // The second call ends when the bar has been seen, or the test has lost its patience.
  const std::string file =
      folder.write("task.json", R"({"models": [{"name": "m", "backend": {"kind": "command",
    "command": ["sh", "-c", "if [ -e one ]; then n=0; while [ ! -e go ] && [ $n -lt 1500 ]; do sleep 0.02; n=$((n+1)); done; fi; touch one; echo '{\"value\": 1}'"]}}],
    "task": {"text": "a\nb\n", "decompose": "lines"}})");
  const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
  REQUIRE(terminal >= 0);
  REQUIRE(grantpt(terminal) == 0);
  REQUIRE(unlockpt(terminal) == 0);
  const std::string name = ptsname(terminal);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const int nowhere = open("/dev/null", O_RDWR);
    const int shown = open(name.c_str(), O_RDWR | O_NOCTTY);
    winsize size{};
    size.ws_col = 60;
    ioctl(shown, TIOCSWINSZ, &size);
    dup2(nowhere, STDIN_FILENO);
    dup2(nowhere, STDOUT_FILENO);
    dup2(shown, STDERR_FILENO);
    close(shown);
    close(terminal);
    execl(shoal::test::command, shoal::test::command, "run", file.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  std::string seen;
  char block[4096];
  for (;;) {
    const ssize_t got = read(terminal, block, sizeof block);
    if (got <= 0) break;  // its end was closed
    seen.append(block, static_cast<std::size_t>(got));
    if (has(seen, "1/2")) folder.write("go", "");
  }
  int ended = 0;
  waitpid(child, &ended, 0);
  close(terminal);
  CHECK(WIFEXITED(ended));
  CHECK(WEXITSTATUS(ended) == 0);
  INFO(seen);
  CHECK(has(seen, "1/2  "));
  CHECK(has(seen, "1 running"));
  CHECK(seen.substr(seen.size() - 4) == "\r\x1b[K");
}
