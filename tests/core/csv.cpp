// SPDX-License-Identifier: BSL-1.0
#include "shoal/core/csv.hpp"

#include <string>
#include <type_traits>
#include <vector>

#include "catch.hpp"
#include "shoal/core/random.hpp"

using namespace shoal;

namespace {

using record = std::vector<std::string>;

std::vector<record> read_all(const std::string& text) {
  csv_reader reader(text);
  std::vector<record> out;
  std::vector<std::string_view> fields;
  while (reader.next(fields)) out.emplace_back(fields.begin(), fields.end());
  return out;
}

std::string refusal(const std::string& text) {
  try {
    read_all(text);
  } catch (const csv_error& e) {
    return e.what();
  }
  return "";
}

std::string table_refusal(const std::string& text) {
  try {
    csv_table table(text, {"item", "worker"}, {"time"});
    while (table.next()) {
      table.text(0);
      if (table.has(2)) table.number(2);
    }
  } catch (const csv_error& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("CSV records end in LF, CRLF or the end of the text", "[core]") {
  const std::vector<record> wanted = {{"a", "b"}, {"", "c d"}, {"e", ""}};
  CHECK(read_all("a,b\n,c d\ne,\n") == wanted);
  CHECK(read_all("a,b\r\n,c d\r\ne,\r\n") == wanted);
  CHECK(read_all("a,b\n,c d\r\ne,") == wanted);
  CHECK(read_all("\xEF\xBB\xBF"
                 "a,b\n\n\r\n,c d\n\ne,\n\n") == wanted);
  CHECK(read_all("").empty());
  CHECK(read_all("\n\r\n\n").empty());
}

TEST_CASE("quoted CSV fields hold commas, line breaks and doubled quotes", "[core]") {
  CHECK(read_all("\"a,b\",\"c\r\nd\",\"say \"\"no\"\"\",\"\"\n") ==
        std::vector<record>{{"a,b", "c\r\nd", "say \"no\"", ""}});
  CHECK(read_all("\"\"\"\"") == std::vector<record>{{"\""}});
}

TEST_CASE("lines of CSV are counted through quoted line breaks", "[core]") {
  const std::string text = "a\n\n\"b\nb\",c\nd";
  csv_reader reader(text);
  std::vector<std::string_view> fields;
  std::vector<std::size_t> lines;
  while (reader.next(fields)) lines.push_back(reader.line());
  CHECK(lines == std::vector<std::size_t>{1, 3, 5});
}

TEST_CASE("malformed CSV is refused with its line", "[core]") {
  CHECK(refusal("a\nb\"c\n") == "line 2: a quote inside a field that does not begin with one");
  CHECK(refusal("a\n\"b\"c\n") == "line 2: text behind a closing quote");
  CHECK(refusal("a\n\"b\nc\nd") == "line 2: a quote is opened and never closed");
  CHECK(refusal("a\nb\rc\n") == "line 2: a carriage return without a line feed behind it");
  CHECK(refusal("a\nb\xFF\n") == "line 2: bytes that are not UTF-8");
  CHECK(refusal("a\n\"b\n\xC3\"\n") == "line 3: bytes that are not UTF-8");
}

TEST_CASE("fields that are written as CSV read back the same", "[core]") {
  random_engine engine(7);
  const std::string alphabet = "ab,\"\r\n \xC3\xA9";
  for (int round = 0; round < 500; ++round) {
    std::vector<record> wanted(1 + uniform_below(engine, 4));
    std::string text;
    for (record& r : wanted) {
      r.resize(2 + uniform_below(engine, 3));
      for (std::string& field : r) {
        for (std::uint64_t n = uniform_below(engine, 6); n > 0; --n) {
          const std::uint64_t at = uniform_below(engine, alphabet.size() - 1);
          field += at + 2 == alphabet.size() ? alphabet.substr(at) : alphabet.substr(at, 1);
        }
        text += csv_field(field) + (&field == &r.back() ? (round % 2 == 0 ? "\n" : "\r\n") : ",");
      }
    }
    REQUIRE(read_all(text) == wanted);
  }
}

TEST_CASE("a field that begins with a byte order mark keeps it", "[core]") {
  const std::string field = std::string(byte_order_mark) + "a";
  CHECK(read_all(csv_field(field) + ",b\n") == std::vector<record>{{field, "b"}});
}

TEST_CASE("columns of a CSV table are found by name in any order", "[core]") {
  const std::string text = "time,note,worker,item\n1e3,x,ann,q1\n-0.5,y,bob,q2\n";
  csv_table table(text, {"item", "worker"}, {"time", "weight"});
  CHECK(table.has(2));
  CHECK_FALSE(table.has(3));
  REQUIRE(table.next());
  CHECK(table[0] == "q1");
  CHECK(table.text(1) == "ann");
  CHECK(table.number(2) == 1000);
  REQUIRE(table.next());
  CHECK(table[1] == "bob");
  CHECK(table.number(2) == -0.5);
  CHECK(table.line() == 3);
  CHECK_FALSE(table.next());
}

TEST_CASE("a CSV table refuses a bad header, ragged rows and fields of the wrong kind", "[core]") {
  CHECK(table_refusal("") == "line 1: the header is missing");
  CHECK(table_refusal("item,label\n") == "line 1: the header has no column \"worker\"");
  CHECK(table_refusal("\nitem,worker,item\n") == "line 2: the header has \"item\" twice");
  CHECK(table_refusal("item,worker\nq,w,x\n") == "line 2: 3 fields, but the header has 2");
  CHECK(table_refusal("item,worker\n\nq\n") == "line 3: 1 field, but the header has 2");
  CHECK(table_refusal("item,worker\n,w\n") == "line 2: item is empty");
  CHECK(table_refusal("item,worker,time\nq,w,soon\n") == "line 2: time \"soon\" is not a finite number");
  for (const std::string bad : {"", "nan", "inf", "1e999", "1.5x", " 1", "0x10"}) {
    CHECK(table_refusal("item,worker,time\nq,w," + bad + "\n") ==
          "line 2: time \"" + bad + "\" is not a finite number");
  }
}

static_assert(!std::is_copy_constructible_v<csv_reader>);
