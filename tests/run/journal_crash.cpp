// SPDX-License-Identifier: BSL-1.0
/// @file A run whose process is killed again and again: its journal has all that was reported, once.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "moments.hpp"
#include "scratch.hpp"
#include "shoal/core/random.hpp"
#include "shoal/run/journal_file.hpp"
#include "shoal/run/resumed.hpp"

using namespace shoal;
using namespace shoal::run;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kills = 50;
constexpr std::size_t most_in_a_life = 100;  // so that there is work left when the last kill comes
constexpr std::size_t subtasks = (kills + 5) * most_in_a_life;
constexpr std::uint64_t digest = 42;

/// How a process lives, and dies.
struct life {
  std::size_t step = 1;                  ///< bytes that its file takes at once
  std::size_t writes = ~std::size_t{0};  ///< of its file; then it kills itself
  std::size_t most = subtasks;           ///< subtasks; then it waits to be killed
  sync_policy sync = sync_policy::never();
};

/// A file that takes a few bytes at a time, so that death often comes in the middle of a record.
class slow_file {
 public:
  slow_file(const std::string& path, const life& how) : file_(path), step_(how.step), left_(how.writes) {}
  std::string name() const { return file_.name(); }
  std::string read() { return file_.read(); }
  std::size_t write(std::uint64_t at, std::string_view bytes) {
    if (left_-- == 0) ::kill(::getpid(), SIGKILL);
    return file_.write(at, bytes.substr(0, step_));
  }
  void truncate(std::uint64_t at) { file_.truncate(at); }
  void sync() { file_.sync(); }

 private:
  journal_file file_;
  std::size_t step_;
  std::size_t left_;
};

/// Does what is left to do, and reports each subtask once its end is in the journal.
void work(const std::string& path, const life& how, int report_to) {
  basic_journal_writer<slow_file> writer(slow_file(path, how), digest, "run", how.sync);
  std::size_t most = how.most;
  const resumed_run before = resume(writer.past(), subtasks, 3);
  for (std::size_t k = 0; k < subtasks; ++k) {
    const resumed_subtask& s = before.subtasks[k];
    if (s.finished) continue;
    if (most-- == 0) ::pause();  // until it is killed
    const std::size_t model = k % 3;
    const auto record = [&](journal_kind kind, std::string text) {
      writer.append({.kind = kind, .subtask = k, .model = model, .attempt = 1, .text = std::move(text)},
                    at(0));
    };
    if (s.answers.empty()) {
      record(journal_kind::asked, "key-" + std::to_string(k));
      record(journal_kind::answered, "answer " + std::to_string(k));
    }
    record(journal_kind::finished, "");
    if (::write(report_to, &k, sizeof k) != sizeof k) ::_exit(3);
  }
}

/// The child process that works.
struct worker {
  pid_t pid = -1;
  int reports = -1;
};

worker start(const std::string& path, const life& how) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    ::close(ends[0]);
    ::alarm(60);  // whatever becomes of the test
    try {
      work(path, how, ends[1]);
    } catch (...) {
      ::_exit(2);
    }
    ::_exit(0);
  }
  ::close(ends[1]);
  return {pid, ends[0]};
}

}  // namespace

TEST_CASE("a run that is killed at any moment, 50 times, loses nothing and does nothing twice", "[run]") {
  const test::scratch folder;
  const std::string path = folder.file("run.journal");
  random_engine engine(1);
  std::vector<int> reported(subtasks);
  std::size_t torn = 0;
  for (std::size_t n = 0; n <= kills; ++n) {
    const bool doomed = n < kills;
    const bool careful = n % 10 == 0;  // syncs take long
    life how{.step = 1 + uniform_below(engine, 7)};
    if (doomed) how.most = careful ? 10 : most_in_a_life;
    if (doomed && careful) how.sync = sync_policy::every_record();
    // Half of them die between two bytes, the others whenever the kill comes: while they work on what follows
    // the last report that is waited for.
    const bool by_itself = doomed && n % 2 == 1;
    if (by_itself) how.writes = uniform_below(engine, 400);
    const worker w = start(path, how);
    const std::size_t last = doomed && !by_itself ? uniform_below(engine, how.most) : subtasks;
    std::size_t k = 0;
    for (std::size_t r = 0; r < last && ::read(w.reports, &k, sizeof k) == sizeof k; ++r) ++reported[k];
    if (doomed && !by_itself) ::kill(w.pid, SIGKILL);
    while (::read(w.reports, &k, sizeof k) == sizeof k) ++reported[k];
    ::close(w.reports);
    int status = 0;
    REQUIRE(::waitpid(w.pid, &status, 0) == w.pid);
    REQUIRE((doomed ? WIFSIGNALED(status) : WIFEXITED(status)));
    REQUIRE((doomed ? WTERMSIG(status) == SIGKILL : WEXITSTATUS(status) == 0));

    if (!fs::exists(path)) continue;  // it died before it began
    const journal read = read_journal(path);
    REQUIRE((read.flaw == journal_flaw::none || read.flaw == journal_flaw::torn));
    torn += read.flaw == journal_flaw::torn;
    std::vector<int> finished(subtasks);
    std::vector<int> answered(subtasks);
    bool sound = true;
    for (const journal_record& r : read.records) {
      if (r.kind == journal_kind::finished) ++finished[r.subtask];
      if (r.kind == journal_kind::answered) {
        ++answered[r.subtask];
        sound = sound && r.text == "answer " + std::to_string(r.subtask);
      }
    }
    for (std::size_t i = 0; i < subtasks; ++i) {
      sound = sound && answered[i] <= 1 && finished[i] <= answered[i] && reported[i] <= finished[i];
    }
    REQUIRE(sound);
  }
  CHECK(torn > 0);
  const resumed_run after = resume(read_journal(path).records, subtasks, 3);
  CHECK(std::all_of(after.subtasks.begin(), after.subtasks.end(), [](const auto& s) { return s.finished; }));
}
