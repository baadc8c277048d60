// SPDX-License-Identifier: BSL-1.0
/// @file Any bytes as a journal: records that read back the same when they are written, and a run that they
/// resume to; or a refusal in one line. A writer goes on with it, or leaves it alone.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/run/journal_answers.hpp"
#include "shoal/run/journal_writer.hpp"
#include "shoal/run/resumed.hpp"

namespace {

using namespace shoal;
using namespace shoal::run;

void require(bool holds) {
  if (!holds) std::abort();
}

std::string written(const std::vector<journal_record>& records) {
  std::string out{journal_magic};
  std::uint32_t checksum = 0;
  for (const journal_record& r : records) append_frame(out, r, checksum);
  return out;
}

class memory_disk {
 public:
  explicit memory_disk(std::string* bytes) : bytes_(bytes) {}
  std::string name() const { return "memory"; }
  std::string read() { return *bytes_; }
  std::size_t write(std::uint64_t at, std::string_view bytes) {
    require(at == bytes_->size());
    *bytes_ += bytes;
    return bytes.size();
  }
  void truncate(std::uint64_t at) {
    require(at <= bytes_->size());
    bytes_->resize(static_cast<std::size_t>(at));
  }
  void sync() {}

 private:
  std::string* bytes_;
};

/// Frames with checksums that are right, so that the fuzzer gets behind them: a byte says how long each is.
std::string framed(std::string_view data) {
  std::string out{journal_magic};
  std::uint32_t checksum = 0;
  while (!data.empty()) {
    const auto length = std::min<std::size_t>(static_cast<unsigned char>(data[0]), data.size() - 1);
    const std::string_view record = data.substr(1, length);
    std::string head;
    put_u32(head, static_cast<std::uint32_t>(record.size()));
    checksum = crc32c(record, crc32c(head, checksum));
    put_u32(head, checksum);
    out += head;
    out += record;
    data.remove_prefix(1 + length);
  }
  return out;
}

void check(const std::string& bytes) {
  try {
    const journal read = parse_journal(bytes);
    require(read.good_bytes <= bytes.size());
    require((read.good_bytes == bytes.size()) == (read.flaw == journal_flaw::none) || bytes.size() < 8);
    if (!read.records.empty()) {
      const journal again = parse_journal(written(read.records));
      require(again.flaw == journal_flaw::none && again.records.size() == read.records.size());
      require(written(again.records) == written(read.records));
    }
    for (const journal_record& r : read.records) {
      if (const auto a = decoded_answer(r.text)) require(decoded_answer(encoded(*a)).has_value());
    }
    try {
      const resumed_run run = resume(read.records, 50, 10);
      for (const resumed_subtask& s : run.subtasks) require(s.answers.size() + s.open.size() <= 10);
    } catch (const journal_error&) {
    }
  } catch (const journal_error& refusal) {
    require(std::string_view(refusal.what()).find('\n') == std::string_view::npos);
  }
  std::string disk = bytes;
  try {
    const std::uint64_t digest = 7;
    basic_journal_writer<memory_disk> writer(memory_disk(&disk), digest, "run");
    writer.append({.kind = journal_kind::finished, .subtask = 1}, {});
    const journal read = parse_journal(disk);
    require(read.flaw == journal_flaw::none && read.records.size() == writer.appended());
    require(read.records.back().kind == journal_kind::finished);
  } catch (const journal_error&) {
    require(disk == bytes);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check(std::string(bytes));
  check(framed(bytes));
  return 0;
}
