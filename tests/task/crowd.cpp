// SPDX-License-Identifier: BSL-1.0
#include "shoal/task/crowd.hpp"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"

using namespace shoal;

namespace {

std::string refusal(const std::string& text) {
  try {
    const crowd read = read_crowd(text);
    static_cast<void>(numbers_of(read.labels));
  } catch (const csv_error& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("items, workers and labels are numbered as they appear", "[task]") {
  crowd read = read_crowd(
      "worker,time,label,item\n"
      "ann,1.5,A,q1\nbob,2,B,q1\nann,3,,q2\n");
  const crowd moved = std::move(read);
  REQUIRE(moved.items.size() == 2);
  CHECK(moved.items[0] == "q1");
  CHECK(moved.workers[1] == "bob");
  CHECK(moved.workers.find("ann") == 0U);
  CHECK_FALSE(moved.workers.find("eve"));
  CHECK(moved.labels.size() == 3);
  CHECK(moved.labels[2].empty());
  CHECK(moved.items.line(1) == 4);
  REQUIRE(moved.given.size() == 3);
  CHECK(moved.given[2].item == 1);
  CHECK(moved.given[2].worker == 0);
  CHECK(moved.given[2].label == 2);
  CHECK(moved.given[2].at_s == 3);
  CHECK(moved.given[0].at_s == 1.5);
}

TEST_CASE("numeric labels are numbers, and the empty one is none", "[task]") {
  const crowd read = read_crowd("item,worker,label\nq,a,1e3\nq,b,\nq,c,-0.5\n");
  const std::vector<double> values = numbers_of(read.labels);
  REQUIRE(values.size() == 3);
  CHECK(values[0] == 1000);
  CHECK(std::isnan(values[1]));
  CHECK(values[2] == -0.5);
}

TEST_CASE("a crowd file that makes no sense is refused with its line", "[task]") {
  CHECK(refusal("item,label\nq,A\n") == "line 1: the header has no column \"worker\"");
  CHECK(refusal("item,worker,label\nq,a,1\n,b,1\n") == "line 3: item is empty");
  CHECK(refusal("item,worker,label\nq,a,1\nq,,1\n") == "line 3: worker is empty");
  CHECK(refusal("item,worker,label,time\nq,a,1,now\n") == "line 2: time \"now\" is not a finite number");
  CHECK(refusal("item,worker,label\nq,a,1\nq,b,red\n") == "line 3: label \"red\" is not a finite number");
}
