// SPDX-License-Identifier: BSL-1.0
#include "shoal/run/journal_file.hpp"

#include <sys/resource.h>

#include <csignal>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "journals.hpp"
#include "moments.hpp"
#include "scratch.hpp"
#include "shoal/run/job_digest.hpp"

using namespace shoal;
using namespace shoal::run;
namespace fs = std::filesystem;

namespace {

template <class Call>
std::string refusal(Call call) {
  try {
    call();
  } catch (const journal_error& e) {
    return e.what();
  }
  return {};
}

journal_writer open(const std::string& path) { return journal_writer(journal_file(path), 7, "run"); }

}  // namespace

TEST_CASE("a journal file is written, read and gone on with", "[run]") {
  const test::scratch here;
  random_engine engine(1);
  const auto records = random_records(engine, 20);
  {
    journal_writer w = open(here.file("run.journal"));
    for (std::size_t i = 1; i < 10; ++i) w.append(records[i], at(0));
    CHECK(read_journal(here.file("run.journal")).records.size() == 10);  // while it is being written
  }
  {
    journal_writer w = open(here.file("run.journal"));
    CHECK(w.past().size() == 10);
    for (std::size_t i = 10; i < records.size(); ++i) w.append(records[i], at(0));
  }
  CHECK(read_journal(here.file("run.journal")).records == records);
  CHECK(test::read(here.file("run.journal")) == bytes_of(records));
}

TEST_CASE("two writers never share a journal", "[run]") {
  const test::scratch here;
  journal_writer first = open(here.file("run.journal"));
  CHECK(refusal([&] { open(here.file("run.journal")); }).find("is being written by another run") != std::string::npos);
  first.append({.kind = journal_kind::finished, .subtask = 1}, at(0));
  {
    journal_writer moved = std::move(first);
    CHECK_FALSE(refusal([&] { open(here.file("run.journal")); }).empty());
  }
  CHECK(open(here.file("run.journal")).past().size() == 2);
}

TEST_CASE("a torn end is cut off when a journal file is gone on with", "[run]") {
  const test::scratch here;
  random_engine engine(2);
  const auto records = random_records(engine, 5);
  std::ofstream(here.file("run.journal"), std::ios::binary) << bytes_of(records) << "torn";
  {
    journal_writer w = open(here.file("run.journal"));
    CHECK(w.flaw() == journal_flaw::torn);
    CHECK(w.past() == records);
  }
  CHECK(test::read(here.file("run.journal")) == bytes_of(records));
}

TEST_CASE("a journal that cannot be opened is refused with its name and the reason", "[run]") {
  const test::scratch here;
  const std::string missing = here.file("no/such/folder");
  CHECK(refusal([&] { open(missing); }).find("folder\" cannot be opened: No such file") != std::string::npos);
  CHECK_FALSE(refusal([&] { read_journal(here.file("run.journal")); }).empty());
  CHECK_FALSE(fs::exists(here.file("run.journal")));  // reading creates nothing
  CHECK_FALSE(refusal([&] { open(here.path().string()); }).empty());
  CHECK(refusal([] { open("/dev/full"); }) == "journal \"/dev/full\" is no regular file");
  std::ofstream(here.file("run.journal")) << "Dear diary";
  CHECK(refusal([&] { read_journal(here.file("run.journal")); }).find("it is no journal") != std::string::npos);
  CHECK(refusal([&] { open(here.file("run.journal")); }).find("it is no journal") != std::string::npos);
  CHECK(test::read(here.file("run.journal")) == "Dear diary");
}

TEST_CASE("a file that may not grow further keeps what it has, and takes more once it may", "[run]") {
  const test::scratch here;
  random_engine engine(3);
  const auto records = random_records(engine, 30);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  journal_writer w = open(here.file("run.journal"));
  const rlimit small{300, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  std::size_t done = 1;
  std::string why;
  while (why.empty() && done < records.size()) {
    why = refusal([&] { w.append(records[done], at(0)); });
    if (why.empty()) ++done;
  }
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  std::signal(SIGXFSZ, handler);
  CHECK(why.find("cannot be written: File too large") != std::string::npos);
  CHECK(done > 1);
  CHECK(read_journal(here.file("run.journal")).records.size() == done);
  CHECK(read_journal(here.file("run.journal")).flaw == journal_flaw::none);
  for (; done < records.size(); ++done) w.append(records[done], at(0));
  CHECK(read_journal(here.file("run.journal")).records == records);
}

TEST_CASE("a digest tells jobs apart by their work and their models' names", "[run]") {
  const auto graph = [](const char* input, bool edge) {
    task_graph g;
    g.add({.name = "a", .input = input});
    g.add({.name = "b"});
    if (edge) g.connect(0, 1);
    return g;
  };
  const std::vector<model> models{{.name = "phi"}, {.name = "gemma"}};
  const auto same = job_digest(graph("x", true), models);
  CHECK(same == job_digest(graph("x", true), models));
  CHECK(same != job_digest(graph("y", true), models));
  CHECK(same != job_digest(graph("x", false), models));
  CHECK(same != job_digest(graph("x", true), {{.name = "gemma"}, {.name = "phi"}}));
  CHECK(same == job_digest(graph("x", true), {{.name = "phi", .time_s = 9}, {.name = "gemma"}}));
  task_graph moved;  // the same letters, cut elsewhere
  moved.add({.name = "a", .input = "xy"});
  task_graph other;
  other.add({.name = "a", .input = "x", .instruction = "y"});
  CHECK(job_digest(moved, {}) != job_digest(other, {}));
}
