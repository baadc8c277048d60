// SPDX-License-Identifier: BSL-1.0
#include "shoal/run/journal.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "journals.hpp"
#include "shoal/run/journal_answers.hpp"

using namespace shoal;
using namespace shoal::run;

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

bool is_prefix(const std::vector<journal_record>& shorter, const std::vector<journal_record>& longer) {
  return shorter.size() <= longer.size() && std::equal(shorter.begin(), shorter.end(), longer.begin());
}

}  // namespace

TEST_CASE("records come back as they were written", "[run]") {
  random_engine engine(1);
  for (int round = 0; round < 100; ++round) {
    const auto records = random_records(engine, uniform_below(engine, 30));
    const std::string bytes = bytes_of(records);
    const journal read = parse_journal(bytes);
    REQUIRE(read.records == records);
    REQUIRE(read.flaw == journal_flaw::none);
    REQUIRE(read.good_bytes == bytes.size());
    // It can be continued.
    std::string longer = bytes;
    std::uint32_t checksum = read.checksum;
    const journal_record next = random_record(engine);
    append_frame(longer, next, checksum);
    REQUIRE(parse_journal(longer).records.back() == next);
  }
}

TEST_CASE("the bytes of a journal are those that the format says", "[run]") {
  // Checked by hand: a change here is a change of the format.
  const std::string bytes = bytes_of(
      {{.kind = journal_kind::begun, .digest = 0x1122334455667788U, .text = "r"},
       {.kind = journal_kind::asked, .subtask = 2, .model = 127, .attempt = 1, .at_s = 1, .text = "key"}});
  const auto at = [&](std::size_t from, std::size_t length) { return bytes.substr(from, length); };
  CHECK(at(0, 8) == "shoalj1\n");
  CHECK(at(8, 4) == std::string("\x13\0\0\0", 4));
  CHECK(at(16, 9) == "\x01\x88\x77\x66\x55\x44\x33\x22\x11");
  CHECK(at(25, 8) == std::string(8, '\0'));
  CHECK(at(33, 2) == "\x01r");
  CHECK(at(35, 4) == std::string("\x11\0\0\0", 4));
  CHECK(at(43, 5) == "\x02\x03\x80\x01\x01");
  CHECK(at(48, 8) == std::string("\0\0\0\0\0\0\xF0\x3F", 8));
  CHECK(at(56, 4) == "\x03key");
  CHECK(bytes.size() == 60);
}

TEST_CASE("a journal cut at any byte gives the records before the cut, and says that it is torn", "[run]") {
  random_engine engine(2);
  for (int round = 0; round < 20; ++round) {
    const auto records = random_records(engine, 12);
    const std::string bytes = bytes_of(records);
    std::vector<std::size_t> ends;
    for (std::size_t n = 0; n <= records.size(); ++n) {
      ends.push_back(bytes_of({records.begin(), records.begin() + static_cast<std::ptrdiff_t>(n)}).size());
    }
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
      const journal read = parse_journal(std::string_view(bytes).substr(0, cut));
      std::size_t whole = 0;
      while (whole + 1 < ends.size() && ends[whole + 1] <= cut) ++whole;
      REQUIRE(read.records.size() == whole);
      REQUIRE(is_prefix(read.records, records));
      REQUIRE(read.good_bytes == (cut < journal_magic.size() ? 0 : ends[whole]));
      const bool sound = cut == 0 || cut == ends[whole];
      REQUIRE(read.flaw == (sound ? journal_flaw::none : journal_flaw::torn));
    }
  }
}

TEST_CASE("a journal with any bit flipped gives the records before it, and no other", "[run]") {
  random_engine engine(3);
  const auto records = random_records(engine, 12);
  const std::string bytes = bytes_of(records);
  const journal sound = parse_journal(bytes);
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    std::string other = bytes;
    other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << (bit % 8)));
    if (bit / 8 < journal_magic.size()) {
      REQUIRE_FALSE(refusal([&] { parse_journal(other); }).empty());
      continue;
    }
    const journal read = parse_journal(other);
    REQUIRE(read.good_bytes <= bit / 8);
    REQUIRE(is_prefix(read.records, records));
    REQUIRE(read.records.size() < records.size());
    REQUIRE(read.flaw != journal_flaw::none);
    // All records before the damaged one are there.
    const std::string kept = bytes_of(read.records);
    REQUIRE((read.records.empty() || kept.size() == read.good_bytes));
  }
}

TEST_CASE("a frame that is lost, repeated or out of order ends a journal", "[run]") {
  random_engine engine(4);
  const auto records = random_records(engine, 3);
  std::vector<std::string> frames;
  std::uint32_t checksum = 0;
  for (const journal_record& r : records) append_frame(frames.emplace_back(), r, checksum);
  const auto joined = [&](std::initializer_list<std::size_t> order) {
    std::string out{journal_magic};
    for (const std::size_t i : order) out += frames[i];
    return parse_journal(out);
  };
  CHECK(joined({0, 1, 2, 3}).records.size() == 4);
  CHECK(joined({0, 2, 3}).records.size() == 1);
  CHECK(joined({0, 1, 1, 2, 3}).records.size() == 2);
  CHECK(joined({0, 2, 1, 3}).records.size() == 1);
  CHECK(joined({1, 2, 3}).records.empty());
  CHECK(joined({0, 1, 2, 2}).flaw == journal_flaw::damaged);
}

TEST_CASE("zeros at the end, as a failing machine may leave, end a journal", "[run]") {
  random_engine engine(5);
  const auto records = random_records(engine, 5);
  for (const std::size_t zeros : {1U, 7U, 8U, 100U, 5000U}) {
    const journal read = parse_journal(bytes_of(records) + std::string(zeros, '\0'));
    CHECK(read.records == records);
    CHECK(read.flaw == (zeros < 8 ? journal_flaw::torn : journal_flaw::damaged));
  }
}

TEST_CASE("what is no journal is refused, and what a newer version wrote is told apart from damage",
          "[run]") {
  CHECK(refusal([] { parse_journal("PK\x03\x04 something else"); }) ==
        "it is no journal: it begins with \"PK?? som\"");
  CHECK(refusal([] { parse_journal("x"); }) == "it is no journal: it begins with \"x\"");
  CHECK(parse_journal("").flaw == journal_flaw::none);
  CHECK(parse_journal("shoal").flaw == journal_flaw::torn);

  const auto with_record = [](std::string_view record) {
    std::string out = bytes_of({{.kind = journal_kind::begun}});
    std::string length;
    put_u32(length, static_cast<std::uint32_t>(record.size()));
    const std::uint32_t checksum = parse_journal(out).checksum;
    out += length;
    put_u32(out, crc32c(record, crc32c(length, checksum)));
    return parse_journal(out + std::string(record)).flaw;
  };
  CHECK(with_record("\x07 a kind of tomorrow") == journal_flaw::unknown);
  CHECK(with_record("") == journal_flaw::unknown);
  CHECK(with_record("\x04") == journal_flaw::unknown);
  CHECK(with_record(std::string("\x01") + std::string(17, '\0')) == journal_flaw::unknown);  // begun again
}

TEST_CASE("a record longer than the limit is neither written nor believed", "[run]") {
  journal_record big{.kind = journal_kind::answered, .subtask = 0, .model = 0};
  big.text.resize(longest_record);
  std::string out = "before";
  std::uint32_t checksum = 5;
  CHECK(refusal([&] { append_frame(out, big, checksum); }).find("is longer than 67108864") !=
        std::string::npos);
  CHECK(out == "before");
  CHECK(checksum == 5);
  std::string claims{journal_magic};
  put_u32(claims, 0xFFFFFFFFU);
  CHECK(parse_journal(claims + std::string(100, 'x')).flaw == journal_flaw::damaged);
}

TEST_CASE("answers come back from their bytes, everything in them", "[run]") {
  random_engine engine(6);
  for (int round = 0; round < 300; ++round) {
    answer<> a;
    for (std::string* s : {&a.value, &a.source, &a.group}) {
      for (std::size_t left = uniform_below(engine, 30); left > 0; --left) *s += static_cast<char>(engine());
    }
    for (double* d : {&a.confidence, &a.accuracy, &a.relevance, &a.at_s, &a.used.time_s, &a.used.energy_j}) {
      *d = uniform_01(engine);
    }
    a.used.input_tokens = engine() >> 40U;
    a.used.output_tokens = engine() >> 50U;
    a.abstains = round % 3 == 0;
    const std::string bytes = encoded(a);
    const auto back = decoded_answer(bytes);
    REQUIRE(back);
    REQUIRE(back->value == a.value);
    REQUIRE(back->source == a.source);
    REQUIRE(back->group == a.group);
    REQUIRE(back->confidence == a.confidence);
    REQUIRE(back->accuracy == a.accuracy);
    REQUIRE(back->relevance == a.relevance);
    REQUIRE(back->at_s == a.at_s);
    REQUIRE(back->abstains == a.abstains);
    REQUIRE(back->used == a.used);
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) REQUIRE_FALSE(decoded_answer(bytes.substr(0, cut)));
    REQUIRE_FALSE(decoded_answer(bytes + "x"));
  }
}

namespace {

struct number_codec {
  std::string encode(double v) const {
    std::string out;
    put_double(out, v);
    return out;
  }
  std::optional<double> decode(std::string_view bytes) const {
    wire_reader in(bytes);
    const double v = in.number();
    return in.finished() ? std::optional(v) : std::nullopt;
  }
};

}  // namespace

TEST_CASE("values of other types take a codec of their own", "[run]") {
  static_assert(value_codec<number_codec, double>);
  answer<double> a;
  a.value = 0.1;
  CHECK(decoded_answer<double>(encoded(a, number_codec{}), number_codec{})->value == 0.1);
  CHECK_FALSE(decoded_answer<double>(encoded(answer<>{.value = "seven"}), number_codec{}));
}
