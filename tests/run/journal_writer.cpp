// SPDX-License-Identifier: BSL-1.0
#include "shoal/run/journal_writer.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "catch.hpp"
#include "journals.hpp"
#include "moments.hpp"
#include "shoal/run/resumed.hpp"

using namespace shoal;
using namespace shoal::run;
using writer = basic_journal_writer<memory_disk>;

static_assert(journal_disk<memory_disk>);

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

writer open(const std::shared_ptr<platter>& on, sync_policy sync = {}) {
  return writer(memory_disk(on), 7, "run", sync);
}

}  // namespace

TEST_CASE("a journal is begun, appended to, and gone on with", "[run]") {
  random_engine engine(1);
  const auto disk = std::make_shared<platter>();
  const auto records = random_records(engine, 40);
  std::size_t done = 1;
  while (done < records.size()) {  // killed and opened again every now and then
    writer w = open(disk);
    REQUIRE(w.past().size() == done);
    REQUIRE(std::equal(w.past().begin(), w.past().end(), records.begin()));
    REQUIRE(w.flaw() == journal_flaw::none);
    REQUIRE(w.appended() == done);
    for (std::size_t more = uniform_below(engine, 5); more > 0 && done < records.size(); --more) {
      w.append(records[done++], at(0));
    }
  }
  CHECK(parse_journal(disk->bytes).records == records);
}

TEST_CASE("a journal cut at any byte is gone on with where it is sound", "[run]") {
  random_engine engine(2);
  const auto records = random_records(engine, 6);
  const std::string bytes = bytes_of(records);
  const journal_record next = random_record(engine);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    for (const std::size_t zeros : {std::size_t{0}, std::size_t{1}, std::size_t{50}}) {
      const auto disk = std::make_shared<platter>();
      disk->bytes = bytes.substr(0, cut) + std::string(zeros, '\0');
      if (cut > 0 && cut < journal_magic.size() && zeros > 0) {
        CHECK_FALSE(refusal([&] { open(disk); }).empty());  // who knows what this is
        continue;
      }
      std::vector<journal_record> kept;
      if (cut > 0) kept = parse_journal(disk->bytes).records;
      REQUIRE(kept.size() >= parse_journal(bytes.substr(0, cut)).records.size());
      open(disk).append(next, at(0));
      if (kept.empty()) kept = {records[0]};
      kept.push_back(next);
      REQUIRE(parse_journal(disk->bytes).records == kept);
      REQUIRE(parse_journal(disk->bytes).flaw == journal_flaw::none);
    }
  }
}

TEST_CASE("a journal with any bit flipped loses nothing before it, and is never taken for new", "[run]") {
  random_engine engine(3);
  const auto records = random_records(engine, 6);
  const std::string bytes = bytes_of(records);
  const std::size_t first = bytes_of({records[0]}).size();
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    const auto disk = std::make_shared<platter>();
    disk->bytes = bytes;
    disk->bytes[bit / 8] = static_cast<char>(disk->bytes[bit / 8] ^ (1 << (bit % 8)));
    const std::string before = disk->bytes;
    if (bit / 8 < first) {
      REQUIRE_FALSE(refusal([&] { open(disk); }).empty());
      REQUIRE(disk->bytes == before);
    } else {
      const writer w = open(disk);
      REQUIRE(w.flaw() != journal_flaw::none);
      REQUIRE(bytes.rfind(disk->bytes, 0) == 0);
      REQUIRE(disk->bytes.size() <= bit / 8);
    }
  }
}

TEST_CASE("a journal of another job, of a newer version, or none at all is refused and left alone", "[run]") {
  const auto disk = std::make_shared<platter>();
  open(disk);
  const std::string before = disk->bytes;
  CHECK(refusal([&] { writer(memory_disk(disk), 8, "run"); }) ==
        "journal \"memory\": it is of the job 0000000000000007, not of 0000000000000008");
  CHECK(disk->bytes == before);
  disk->bytes = "Dear diary, today";
  CHECK(refusal([&] { open(disk); }) == "journal \"memory\": it is no journal: it begins with \"Dear dia\"");
  CHECK(disk->bytes == "Dear diary, today");
  std::string newer = before;
  std::uint32_t checksum = parse_journal(before).checksum;
  append_frame(newer, {.kind = static_cast<journal_kind>(99)}, checksum);
  disk->bytes = newer;
  CHECK(refusal([&] { open(disk); }).find("another version of shoal") != std::string::npos);
  CHECK(disk->bytes == newer);
}

TEST_CASE("short writes are completed", "[run]") {
  random_engine engine(4);
  for (std::size_t step = 1; step < 20; ++step) {
    const auto disk = std::make_shared<platter>();
    disk->most_at_once = step;
    const auto records = random_records(engine, 10);
    writer w = open(disk);
    for (std::size_t i = 1; i < records.size(); ++i) w.append(records[i], at(0));
    REQUIRE(parse_journal(disk->bytes).records == records);
  }
}

TEST_CASE("a full disk leaves the journal as it was, and the append may be tried again", "[run]") {
  random_engine engine(5);
  const auto records = random_records(engine, 8);
  const std::size_t all = bytes_of(records).size();
  for (std::size_t room = bytes_of({records[0]}).size(); room < all; ++room) {
    const auto disk = std::make_shared<platter>();
    disk->room = room;
    writer w = open(disk);
    std::size_t done = 1;
    while (refusal([&] { w.append(records[done], at(0)); }).empty()) ++done;
    REQUIRE(w.appended() == done);
    REQUIRE(parse_journal(disk->bytes).flaw == journal_flaw::none);
    REQUIRE(parse_journal(disk->bytes).records.size() == done);
    disk->room = all;
    for (; done < records.size(); ++done) w.append(records[done], at(0));
    REQUIRE(parse_journal(disk->bytes).records == records);
  }
}

TEST_CASE("after a failed sync, or a half record that cannot be taken back, nothing is appended", "[run]") {
  const auto disk = std::make_shared<platter>();
  const journal_record r{.kind = journal_kind::finished, .subtask = 1};
  {
    writer w = open(disk);
    disk->sync_fails = true;
    CHECK(refusal([&] { w.append(r, at(0)); }) == "it cannot be synced");
    CHECK(w.synced() == 1);
    disk->sync_fails = false;
    CHECK(refusal([&] { w.append(r, at(0)); }) == "journal \"memory\": a sync failed before");
    CHECK(refusal([&] { w.sync(); }) == "journal \"memory\": a sync failed before");
  }
  writer w = open(disk);
  disk->room = disk->bytes.size() + 3;
  disk->truncate_fails = true;
  CHECK(refusal([&] { w.append(r, at(0)); }) == "it cannot be shortened");
  disk->room = 1000;
  disk->truncate_fails = false;
  CHECK_FALSE(refusal([&] { w.append(r, at(0)); }).empty());
  CHECK(open(disk).flaw() == journal_flaw::torn);  // the next run sees to it
}

TEST_CASE("a journal begins once", "[run]") {
  const auto disk = std::make_shared<platter>();
  writer w = open(disk);
  CHECK_THROWS_AS(w.append({.kind = journal_kind::begun, .digest = 7}, at(0)), invalid_argument);
  CHECK(w.appended() == 1);
}

TEST_CASE("syncs come as the policy says", "[run]") {
  const journal_record r{.kind = journal_kind::finished, .subtask = 1};
  const auto disk = std::make_shared<platter>();
  {
    writer w = open(disk, sync_policy::every_record());
    const int before = disk->syncs;
    for (int i = 0; i < 5; ++i) w.append(r, at(i));
    CHECK(disk->syncs == before + 5);
    CHECK(w.synced() == w.appended());
    CHECK(w.sync_due() == time_point::max());
  }
  {
    writer w = open(disk, sync_policy::every(2));
    const int before = disk->syncs;
    w.append(r, at(10));
    CHECK(w.sync_due() == at(12));
    w.append(r, at(11));
    CHECK(w.sync_due() == at(12));
    CHECK(disk->syncs == before);
    CHECK(w.synced() + 2 == w.appended());
    w.append(r, at(12));
    CHECK(disk->syncs == before + 1);
    CHECK(w.synced() == w.appended());
    w.append(r, at(13));
    w.sync();
    w.sync();
    CHECK(disk->syncs == before + 2);
  }
  writer w = open(disk, sync_policy::never());
  const int before = disk->syncs;
  for (int i = 0; i < 5; ++i) w.append(r, at(1e6 * i));
  CHECK(disk->syncs == before);
  CHECK(w.sync_due() == time_point::max());
  CHECK_THROWS_AS(open(disk, {-1}), invalid_argument);
  CHECK_THROWS_AS(open(disk, {std::numeric_limits<double>::quiet_NaN()}), invalid_argument);
}

TEST_CASE("whatever a failing machine leaves of what was not synced, what was synced is there", "[run]") {
  random_engine engine(6);
  for (int round = 0; round < 500; ++round) {
    const auto disk = std::make_shared<platter>();
    const auto records = random_records(engine, 15);
    writer w = open(disk, sync_policy::every(2));
    std::size_t done = 1;
    for (const std::size_t stop = uniform_below(engine, records.size()); done < stop; ++done) {
      w.append(records[done], at(static_cast<double>(done)));
    }
    // Of the bytes after the last sync some prefix is there, then zeros or noise up to some length.
    std::string left = disk->bytes.substr(
        0, disk->synced.size() + uniform_below(engine, disk->bytes.size() - disk->synced.size() + 1));
    const bool noise = uniform_01(engine) < 0.5;
    while (left.size() < disk->bytes.size()) left += noise ? static_cast<char>(engine()) : '\0';
    const journal read = parse_journal(left);
    REQUIRE(read.records.size() >= w.synced());
    REQUIRE(read.records.size() <= done);
    REQUIRE(std::equal(read.records.begin(), read.records.end(), records.begin()));
  }
}

TEST_CASE("a resumed run knows what is finished, answered, open and given up, each once", "[run]") {
  using kind = journal_kind;
  const std::vector<journal_record> records{
      {.kind = kind::begun, .digest = 7, .text = "run"},
      {.kind = kind::asked, .subtask = 0, .model = 1, .attempt = 1, .at_s = 1, .text = "a"},
      {.kind = kind::asked, .subtask = 0, .model = 2, .attempt = 1, .at_s = 1, .text = "b"},
      {.kind = kind::answered, .subtask = 0, .model = 1, .attempt = 1, .at_s = 2, .text = "yes"},
      {.kind = kind::answered, .subtask = 0, .model = 1, .attempt = 2, .at_s = 3, .text = "twice"},
      {.kind = kind::finished, .subtask = 0, .at_s = 4},
      {.kind = kind::answered, .subtask = 0, .model = 2, .attempt = 1, .at_s = 5, .text = "late"},
      {.kind = kind::asked, .subtask = 1, .model = 0, .attempt = 1, .at_s = 6, .text = "c"},
      {.kind = kind::asked, .subtask = 1, .model = 0, .attempt = 2, .at_s = 7, .text = "d"},
      {.kind = kind::gave_up, .subtask = 2, .at_s = 8, .text = "no model"}};
  const resumed_run run = resume(records, 4, 3);
  CHECK(run.id == "run");
  CHECK(run.at_s == 8);
  CHECK_FALSE(run.ended);
  REQUIRE(run.subtasks.size() == 4);
  CHECK(run.subtasks[0].finished);
  REQUIRE(run.subtasks[0].answers.size() == 1);
  CHECK(run.subtasks[0].answers[0].bytes == "yes");
  CHECK(run.subtasks[0].open.empty());
  CHECK_FALSE(run.subtasks[1].finished);
  REQUIRE(run.subtasks[1].open.size() == 1);
  CHECK(run.subtasks[1].open[0].idempotency_key == "d");
  CHECK(run.subtasks[2].gave_up == "no model");
  CHECK((!run.subtasks[3].finished && !run.subtasks[3].gave_up && run.subtasks[3].open.empty()));

  // A subtask that was given up is open again once it is asked anew, as by a run that is resumed later; a
  // late answer alone does not open it.
  auto again = records;
  again.push_back({.kind = kind::ended, .text = "exhausted"});
  again.push_back(
      {.kind = kind::answered, .subtask = 2, .model = 0, .attempt = 1, .at_s = 9, .text = "late"});
  CHECK(resume(again, 4, 3).ended);
  CHECK(resume(again, 4, 3).subtasks[2].gave_up == "no model");
  CHECK(resume(again, 4, 3).subtasks[2].answers.empty());
  again.push_back({.kind = kind::asked, .subtask = 2, .model = 0, .attempt = 2, .at_s = 10, .text = "e"});
  CHECK_FALSE(resume(again, 4, 3).ended);
  CHECK_FALSE(resume(again, 4, 3).subtasks[2].gave_up);
  CHECK(resume(again, 4, 3).subtasks[2].open.size() == 1);
  again.push_back(
      {.kind = kind::answered, .subtask = 2, .model = 0, .attempt = 2, .at_s = 11, .text = "yes"});
  again.push_back({.kind = kind::finished, .subtask = 2, .at_s = 11});
  CHECK(resume(again, 4, 3).subtasks[2].finished);

  auto over = records;
  over.push_back({.kind = kind::ended, .text = "deadline"});
  CHECK(resume(over, 4, 3).ended);
  CHECK(refusal([&] { resume(records, 2, 3); }).find("2 subtasks") != std::string::npos);
  CHECK_FALSE(refusal([&] { resume(records, 4, 2); }).empty());
}
