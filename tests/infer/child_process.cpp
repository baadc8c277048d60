// SPDX-License-Identifier: BSL-1.0
#include "shoal/infer/child_process.hpp"

#include <signal.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "scratch.hpp"

using namespace shoal::infer;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

namespace {

using words = std::vector<std::string>;

std::optional<failure> failed(const words& command, const child_limits& limits = {},
                              std::stop_token stop = {}) {
  try {
    run_child(command, "", limits, stop);
  } catch (const failure& f) {
    return f;
  }
  return std::nullopt;
}

}  // namespace

TEST_CASE("a child's output is what it makes of its input", "[infer]") {
  CHECK(run_child({"cat"}, "", {}, {}).empty());
  CHECK(run_child({"tr", "a-z", "A-Z"}, "shoal\n", {}, {}) == "SHOAL\n");
  const std::string long_text(3000000, 'x');  // far over what a pipe holds, both ways at once
  CHECK(run_child({"cat"}, long_text, {}, {}) == long_text);
}

TEST_CASE("a child that does not read its input is no error", "[infer]") {
  CHECK(run_child({"echo", "done"}, std::string(3000000, 'x'), {}, {}) == "done\n");
}

TEST_CASE("a child's failures have their class and its last words", "[infer]") {
  const auto missing = failed({"no-such-program-of-shoal"});
  REQUIRE(missing);
  CHECK(missing->kind == failure_kind::refused);
  CHECK(std::string(missing->what()) ==
        "cannot start \"no-such-program-of-shoal\": No such file or directory");

  const auto status = failed({"sh", "-c", "echo first >&2; echo 'no such weights' >&2; exit 3"});
  REQUIRE(status);
  CHECK(status->kind == failure_kind::crashed);
  CHECK(std::string(status->what()) == "\"sh\" ended with status 3: no such weights");

  const auto killed = failed({"sh", "-c", "kill -9 $$"});
  REQUIRE(killed);
  CHECK(killed->kind == failure_kind::crashed);
  CHECK(std::string(killed->what()) == "\"sh\" was ended by signal 9");

  const auto endless = failed({"yes"}, {.output_bytes = 1000});
  REQUIRE(endless);
  CHECK(endless->kind == failure_kind::bad_answer);
}

TEST_CASE("a child's status, last words and output can be had together", "[infer]") {
  const child_result ended =
      run_child_with_status({"sh", "-c", "cat; echo 'half done' >&2; exit 3"}, "so far", {}, {});
  CHECK(ended.status == 3);
  CHECK(ended.signal == 0);
  CHECK(ended.output == "so far");
  CHECK(ended.errors == "half done");
  const child_result killed = run_child_with_status({"sh", "-c", "echo out; kill -9 $$"}, "", {}, {});
  CHECK(killed.status == 0);
  CHECK(killed.signal == SIGKILL);
  CHECK(killed.output == "out\n");
  CHECK(run_child_with_status({"true"}, "", {}, {}).status == 0);
}

TEST_CASE("a child runs in the folder that it is given, and is found from there", "[infer]") {
  std::optional<shoal::test::scratch> made(std::in_place);
  const std::filesystem::path folder = made->path();
  made->write("runner", "#!/bin/sh\ncat data\n");
  made->write("data", "beside it");
  std::filesystem::permissions(folder / "runner", std::filesystem::perms::owner_all);
  CHECK(run_child({"./runner"}, "", {.folder = folder.string()}, {}) == "beside it");
  CHECK(failed({"./runner"}));
  made.reset();
  const auto gone = failed({"true"}, {.folder = folder.string()});
  REQUIRE(gone);
  CHECK(gone->kind == failure_kind::refused);
}

TEST_CASE("a program that ignores the end of its children still sees them end", "[infer]") {
  struct sigaction before {};
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  REQUIRE(::sigaction(SIGCHLD, &ignore, &before) == 0);
  const std::string said = run_child({"echo", "done"}, "", {.deadline = steady_clock::now() + 20s}, {});
  ::sigaction(SIGCHLD, &before, nullptr);
  CHECK(said == "done\n");
}

TEST_CASE("a deadline kills the child and its children", "[infer]") {
  // The grandchild holds the write end of a pipe whose end of file we would not see while it lived.
  detail::pipe_ends alive;
  const std::string fd = "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(alive.write.get());
  const auto begun = steady_clock::now();
  const auto late =
      failed({"sh", "-c", "exec 9>" + fd + "; sleep 60 & sleep 60"}, {.deadline = begun + 300ms});
  REQUIRE(late);
  CHECK(late->kind == failure_kind::timeout);
  CHECK(steady_clock::now() - begun < 10s);
  alive.write.close();
  char byte = 0;
  CHECK(::read(alive.read.get(), &byte, 1) == 0);
}

TEST_CASE("a grandchild that lives on neither delays the answer nor stays", "[infer]") {
  const auto begun = steady_clock::now();
  CHECK(run_child({"sh", "-c", "sleep 60 & echo answered"}, "", {}, {}) == "answered\n");
  CHECK(steady_clock::now() - begun < 10s);
}

TEST_CASE("a stop request ends a running child, and keeps one from starting", "[infer]") {
  std::stop_source source;
  const std::jthread stopper([&] {
    std::this_thread::sleep_for(50ms);  // the child may have started or not: both must end
    source.request_stop();
  });
  const auto stopped = failed({"sleep", "60"}, {}, source.get_token());
  REQUIRE(stopped);
  CHECK(stopped->kind == failure_kind::cancelled);
  const auto never = failed({"sleep", "60"}, {}, source.get_token());
  REQUIRE(never);
  CHECK(never->kind == failure_kind::cancelled);
  const auto past = failed({"sleep", "60"}, {.deadline = steady_clock::now() - 1s});
  REQUIRE(past);
  CHECK(past->kind == failure_kind::timeout);
}

TEST_CASE("children run side by side", "[infer]") {
  std::atomic<int> right = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&right, t] {
        for (int round = 0; round < 5; ++round) {
          const std::string text = std::to_string(t) + "/" + std::to_string(round);
          if (run_child({"cat"}, text, {}, {}) == text) ++right;
        }
      });
    }
  }
  CHECK(right == 40);
}
