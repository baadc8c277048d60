// SPDX-License-Identifier: BSL-1.0
/// @file Journals for tests: random records, and a disk in memory that fails when it is told to.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shoal/core/random.hpp"
#include "shoal/run/journal_writer.hpp"

namespace shoal::run {

inline journal_record random_record(random_engine& engine) {
  journal_record r;
  r.kind = static_cast<journal_kind>(2 + uniform_below(engine, 5));
  if (r.kind != journal_kind::ended) r.subtask = uniform_below(engine, 300);
  if (r.kind == journal_kind::asked || r.kind == journal_kind::answered) {
    r.model = uniform_below(engine, 10);
    r.attempt = 1 + uniform_below(engine, 3);
  }
  r.at_s = uniform_01(engine);
  for (std::size_t left = uniform_below(engine, 40); left > 0; --left) r.text += static_cast<char>(engine());
  return r;
}

/// The bytes of a journal of these records.
inline std::string bytes_of(const std::vector<journal_record>& records) {
  std::string out{journal_magic};
  std::uint32_t checksum = 0;
  for (const journal_record& r : records) append_frame(out, r, checksum);
  return out;
}

/// A sound journal: `begun` and `count` random records.
inline std::vector<journal_record> random_records(random_engine& engine, std::size_t count) {
  std::vector<journal_record> out{{.kind = journal_kind::begun, .digest = 7, .text = "run"}};
  for (std::size_t i = 0; i < count; ++i) out.push_back(random_record(engine));
  return out;
}

/// What a disk holds and how it fails; outlives the disk, as a file does.
struct platter {
  std::string bytes{};
  std::string synced{};  // what a failure of the machine leaves for sure
  int writes = 0;
  int syncs = 0;
  std::size_t most_at_once = ~std::size_t{0};  // longer writes are short ones
  std::size_t room = ~std::size_t{0};          // bytes until it is full
  bool truncate_fails = false;
  bool sync_fails = false;
};

/// A journal's disk in memory.
class memory_disk {
 public:
  explicit memory_disk(std::shared_ptr<platter> on) : on_(std::move(on)) {}
  std::string name() const { return "memory"; }
  std::string read() { return on_->bytes; }
  std::size_t write(std::uint64_t at, std::string_view bytes) {
    ++on_->writes;
    if (at >= on_->room) throw journal_error("the disk is full");
    bytes = bytes.substr(0, std::min(on_->most_at_once, on_->room - static_cast<std::size_t>(at)));
    on_->bytes.replace(static_cast<std::size_t>(at), bytes.size(), bytes);
    return bytes.size();
  }
  void truncate(std::uint64_t at) {
    if (on_->truncate_fails) throw journal_error("it cannot be shortened");
    on_->bytes.resize(static_cast<std::size_t>(at));
  }
  void sync() {
    ++on_->syncs;
    if (on_->sync_fails) throw journal_error("it cannot be synced");
    on_->synced = on_->bytes;
  }

 private:
  std::shared_ptr<platter> on_;
};

}  // namespace shoal::run
