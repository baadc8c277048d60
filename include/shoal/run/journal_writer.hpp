// SPDX-License-Identifier: BSL-1.0
/// @file Journal writer: appends the records of a run, on a file or on whatever else keeps bytes.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/core/wire.hpp"
#include "shoal/run/journal.hpp"
#include "shoal/run/moment.hpp"

namespace shoal::run {

/// Keeps the bytes of one journal, which nobody else writes meanwhile. Every function throws `journal_error`
/// when it cannot do its work.
template <class D>
concept journal_disk = std::movable<D> &&
    requires(D& d, const D& c, std::uint64_t at, std::string_view bytes) {
  { c.name() } -> std::convertible_to<std::string>;
  { d.read() } -> std::same_as<std::string>;            // all of it
  { d.write(at, bytes) } -> std::same_as<std::size_t>;  // some of the bytes, at least one: how many
  d.truncate(at);                                       // nothing is left from there on
  d.sync();                                             // what was written survives the machine's failure
};

/// When what was appended is made to survive the machine's failure (fsync). Whatever the policy, each record
/// is handed to the system at once, and survives the death of the process.
struct sync_policy {
  double within_s = 0;  ///< at latest so many seconds after it was appended; 0: at once

  static sync_policy every_record() { return {}; }
  static sync_policy every(double seconds) { return {seconds}; }
  /// Left to the system: some 30 s on Linux.
  static sync_policy never() { return {std::numeric_limits<double>::infinity()}; }
};

/// Appends to a new journal, or goes on with one of the same job where its sound records end. Not
/// synchronised.
///
/// A write that fails (a full disk) throws and leaves the journal as it was: it may be tried again. After a
/// failed `sync` nobody knows what the disk holds: then every further call throws.
template <journal_disk Disk>
class basic_journal_writer {
 public:
  /// @param digest  of the job; see `job_digest`.
  /// @param run_id  of this run; a journal that is continued keeps its own, see `past`.
  /// @throws journal_error  it is no journal, belongs to another job, was written by a newer version, is
  ///     damaged in its first record, or cannot be read or written.
  /// @throws invalid_argument  the policy is not >= 0 s.
  basic_journal_writer(Disk disk, std::uint64_t digest, std::string_view run_id, sync_policy sync = {})
      : disk_(std::move(disk)), within_s_(sync.within_s) {
    begin(digest, run_id);
  }

  /// The records that were there. The first is `begun`, also of a new journal.
  const std::vector<journal_record>& past() const { return past_.records; }
  /// What ended them, where it was not the journal's end; what came after is gone.
  journal_flaw flaw() const { return past_.flaw; }

  /// Appends a record and hands it to the system.
  /// @throws journal_error  as said above; invalid_argument for a `begun` record.
  void append(const journal_record& r, time_point now) { write(r, now); }

  /// Makes everything that was appended survive the machine's failure.
  /// @throws journal_error  as said above.
  void sync() { flush(); }

  /// Records that will survive the machine's failure, those that were there included.
  std::uint64_t synced() const { return synced_; }
  /// Records appended, those that were there included.
  std::uint64_t appended() const { return appended_; }

  /// When the policy wants the next `sync`, if nothing is appended before; the end of time when nothing
  /// waits for it.
  time_point sync_due() const { return synced_ == appended_ ? time_point::max() : later(oldest_, within_s_); }

 private:
  template <class = when_used>
  void begin(std::uint64_t digest, std::string_view run_id) {
    if (!(within_s_ >= 0))
      throw invalid_argument(message("journal: sync within ", within_s_, " s is not >= 0"));
    const std::string bytes = disk_.read();
    const auto refuse = [&](const auto&... why) {
      throw journal_error(message("journal ", quoted(disk_.name()), ": ", why...));
    };
    // A machine that fails can leave a file that is longer than what came to the disk.
    if (bytes.find_first_not_of('\0') == std::string::npos) return start(digest, run_id);
    try {
      past_ = parse_journal(bytes);
    } catch (const journal_error& e) {
      refuse(e.what());
    }
    if (past_.flaw == journal_flaw::unknown) {
      refuse("the record at byte ", past_.good_bytes, " was written by another version of shoal");
    }
    if (past_.records.empty()) {
      if (!torn_at_birth(bytes)) refuse("its first record is damaged");
      return start(digest, run_id);
    }
    if (past_.records[0].digest != digest) {
      refuse("it is of the job ", detail::hex(past_.records[0].digest), ", not of ", detail::hex(digest));
    }
    size_ = past_.good_bytes;
    checksum_ = past_.checksum;
    disk_.truncate(size_);
    appended_ = past_.records.size();
    disk_.sync();
    synced_ = appended_;
  }

  // Whether nothing but a part of the first record was ever there: nothing but zeros lies beyond it, by its
  // frame's length as by its text's. What holds more is not thrown away.
  template <class = when_used>
  static bool torn_at_birth(std::string_view bytes) {
    constexpr std::size_t head = journal_magic.size() + 8;
    constexpr std::size_t text_at = head + 1 + 8 + 8;
    const auto from = [&](std::size_t at) { return bytes.substr(std::min(bytes.size(), at)); };
    const auto blank = [](std::string_view rest) {
      return rest.find_first_not_of('\0') == std::string_view::npos;
    };
    wire_reader text(from(text_at));
    static_cast<void>(text.text());
    return blank(from(head + wire_reader(from(journal_magic.size())).u32())) &&
           (!text.ok() || blank(text.rest()));
  }

  template <class = when_used>
  void start(std::uint64_t digest, std::string_view run_id) {
    past_ = {};
    past_.records.push_back({.kind = journal_kind::begun, .digest = digest, .text = std::string(run_id)});
    frame_ = journal_magic;
    append_frame(frame_, past_.records[0], checksum_);
    disk_.truncate(0);
    put();
    appended_ = 1;
    disk_.sync();
    synced_ = 1;
  }

  template <class = when_used>
  void write(const journal_record& r, time_point now) {
    check();
    if (r.kind == journal_kind::begun) throw invalid_argument("journal: it begins once, by itself");
    frame_.clear();
    const std::uint32_t before = checksum_;
    try {
      append_frame(frame_, r, checksum_);
      put();
    } catch (...) {
      checksum_ = before;
      throw;
    }
    if (synced_ == appended_++) oldest_ = now;
    if (now >= sync_due()) flush();
  }

  template <class = when_used>
  void flush() {
    check();
    if (synced_ == appended_) return;
    lost_ = true;
    disk_.sync();
    lost_ = false;
    synced_ = appended_;
  }

  template <class = when_used>
  void check() const {
    if (lost_) throw journal_error(message("journal ", quoted(disk_.name()), ": a sync failed before"));
  }

  // Writes the frame at the end, all of it or nothing.
  template <class = when_used>
  void put() {
    std::uint64_t at = size_;
    try {
      for (std::string_view left = frame_; !left.empty();) {
        const std::size_t written = disk_.write(at, left);
        left.remove_prefix(written);
        at += written;
      }
    } catch (const journal_error&) {
      lost_ = true;  // unless its beginning can be taken back
      disk_.truncate(size_);
      lost_ = false;
      throw;
    }
    size_ = at;
  }

  Disk disk_;
  double within_s_;
  journal past_{};
  std::string frame_{};  // kept for its memory
  std::uint64_t size_ = 0;
  std::uint32_t checksum_ = 0;
  std::uint64_t appended_ = 0;
  std::uint64_t synced_ = 0;
  time_point oldest_{};  // when the first record that is not synced was appended
  bool lost_ = false;
};

}  // namespace shoal::run
