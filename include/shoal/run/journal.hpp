// SPDX-License-Identifier: BSL-1.0
/// @file Journal: the records of a run, as bytes that tell where they are torn or damaged.
///
/// Format: 8 bytes `shoalj1\n`, then frames. A frame is the length of its record (4 bytes), a checksum (4
/// bytes) and the record; numbers have their lowest byte first. The checksum is the CRC-32C of the length and
/// the record, continued from the frame before: so a frame that is lost, repeated or out of order is found
/// like one that is damaged.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shoal/core/crc32c.hpp"
#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/core/wire.hpp"
#include "shoal/run/event.hpp"

namespace shoal::run {

/// A journal that cannot be read, written or continued; the text names the file and why.
struct journal_error : error {
  using error::error;
};

/// What a record says.
enum class journal_kind : std::uint8_t {
  begun = 1,     ///< the first of every journal: which job, which run
  asked = 2,     ///< a model is about to be asked; `text` is the idempotency key
  answered = 3,  ///< it answered; `text` is the answer
  finished = 4,  ///< a subtask has its answer: it is not run again
  gave_up = 5,   ///< a subtask ended without one; `text` says why
  ended = 6,     ///< the run is over; `text` says how
};

/// One record of a journal.
struct journal_record {
  journal_kind kind = journal_kind::begun;
  std::uint64_t digest = 0;  ///< of the job; `begun` alone
  std::size_t subtask = no_subtask;
  std::size_t model = no_model;
  std::size_t attempt = 0;
  double at_s = 0;     ///< seconds since the run began
  std::string text{};  ///< `begun`: the run's id; else as its kind says

  friend bool operator==(const journal_record&, const journal_record&) = default;
};

/// What ends a journal before its end.
enum class journal_flaw {
  none,
  torn,     ///< its last record is not all there: a writer was stopped in the middle
  damaged,  ///< a record is not what was written
  unknown,  ///< a record is whole, but this version cannot read it
};

/// What could be read of a journal: all records before the first flaw.
struct journal {
  std::vector<journal_record> records{};
  std::uint64_t good_bytes = 0;  ///< where the flaw begins, or the length of the journal
  std::uint32_t checksum = 0;    ///< of the last frame; the next one continues it
  journal_flaw flaw = journal_flaw::none;
};

/// The first bytes of every journal.
inline constexpr std::string_view journal_magic = "shoalj1\n";

/// Longest record that is written or believed, bytes.
inline constexpr std::size_t longest_record = std::size_t{64} << 20U;

/// Appends the frame of a record.
/// @param checksum  of the frame before, 0 for the first; becomes that of this one.
/// @throws journal_error  when it is longer than `longest_record`; then nothing is appended.
template <class = when_used>
void append_frame(std::string& to, const journal_record& r, std::uint32_t& checksum) {
  std::string record(1, static_cast<char>(r.kind));
  if (r.kind == journal_kind::begun) {
    put_u64(record, r.digest);
  } else {
    put_varint(record, static_cast<std::uint64_t>(r.subtask) + 1);  // none is 0
    put_varint(record, static_cast<std::uint64_t>(r.model) + 1);
    put_varint(record, r.attempt);
  }
  put_double(record, r.at_s);
  put_text(record, r.text);
  if (record.size() > longest_record) {
    throw journal_error(
        message("a journal's record of ", record.size(), " bytes is longer than ", longest_record));
  }
  std::string length;
  put_u32(length, static_cast<std::uint32_t>(record.size()));
  checksum = crc32c(record, crc32c(length, checksum));
  to += length;
  put_u32(to, checksum);
  to += record;
}

namespace detail {

/// 16 hexadecimal digits.
template <class = when_used>
std::string hex(std::uint64_t value) {
  std::string out;
  for (unsigned shift = 64; shift > 0; shift -= 4) out += "0123456789abcdef"[(value >> (shift - 4)) & 0xFU];
  return out;
}

/// The record that the bytes of a frame say; empty when they say none.
template <class = when_used>
std::optional<journal_record> decoded(std::string_view bytes) {
  if (bytes.empty() || bytes[0] < 1 || bytes[0] > static_cast<char>(journal_kind::ended)) return std::nullopt;
  wire_reader in(bytes.substr(1));
  journal_record r;
  r.kind = static_cast<journal_kind>(bytes[0]);
  if (r.kind == journal_kind::begun) {
    r.digest = in.u64();
  } else {
    r.subtask = static_cast<std::size_t>(in.varint() - 1);
    r.model = static_cast<std::size_t>(in.varint() - 1);
    r.attempt = static_cast<std::size_t>(in.varint());
  }
  r.at_s = in.number();
  r.text = in.text();
  if (!in.finished()) return std::nullopt;
  return r;
}

}  // namespace detail

/// Reads as many records as are sound. The first one of a sound journal is `begun`, and no other is.
/// @throws journal_error  when it does not begin as a journal does.
/// @complexity O(bytes.size()) time and memory.
template <class = when_used>
journal parse_journal(std::string_view bytes) {
  const std::string_view head = bytes.substr(0, journal_magic.size());
  if (head != journal_magic.substr(0, head.size())) {
    throw journal_error(message("it is no journal: it begins with ", quoted(head)));
  }
  journal out;
  if (bytes.size() < journal_magic.size()) {
    out.flaw = bytes.empty() ? journal_flaw::none : journal_flaw::torn;
    return out;
  }
  constexpr std::size_t frame_head = 8;
  out.good_bytes = journal_magic.size();
  for (;;) {
    const std::string_view rest = bytes.substr(static_cast<std::size_t>(out.good_bytes));
    if (rest.empty()) return out;
    wire_reader head_of(rest.substr(0, frame_head));
    const std::size_t length = head_of.u32();
    const std::uint32_t wanted = head_of.u32();
    if (!head_of.ok()) {
      out.flaw = journal_flaw::torn;
      return out;
    }
    if (length > longest_record) {
      out.flaw = journal_flaw::damaged;
      return out;
    }
    if (length > rest.size() - frame_head) {
      out.flaw = journal_flaw::torn;
      return out;
    }
    const std::string_view record = rest.substr(frame_head, length);
    const std::uint32_t found = crc32c(record, crc32c(rest.substr(0, 4), out.checksum));
    if (found != wanted) {
      out.flaw = journal_flaw::damaged;
      return out;
    }
    std::optional<journal_record> r = detail::decoded(record);
    if (!r || (r->kind == journal_kind::begun) != out.records.empty()) {
      out.flaw = journal_flaw::unknown;
      return out;
    }
    out.records.push_back(std::move(*r));
    out.checksum = found;
    out.good_bytes += frame_head + length;
  }
}

}  // namespace shoal::run
