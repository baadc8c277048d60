// SPDX-License-Identifier: BSL-1.0
/// @file `shoal aggregate`: CSV and JSON, against figures worked out by hand.
#include <cmath>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "command.hpp"

using dom = nlohmann::json;
using shoal::test::outcome;
using shoal::test::scratch;

namespace {

std::string csv(const std::vector<std::string>& arguments, int status = 0,
                const std::string& input = "/dev/null") {
  const outcome ended = shoal::test::shoal(arguments, input);
  INFO(ended.err);
  CHECK(ended.status == status);
  return ended.out;
}

dom answer(std::vector<std::string> arguments) {
  arguments.emplace_back("--json");
  return dom::parse(csv(arguments));
}

const char* const votes =
    "item,worker,label\n"
    "q2,ann,cat\nq2,bob,dog\nq2,cid,cat\n"
    "q1,ann,\"a, b\"\nq1,bob,\"a, b\"\nq1,cid,c\n"
    "q3,ann,x\nq3,bob,y\nq3,cid,\n";

}  // namespace

TEST_CASE("plurality prints each item's label in the order of first appearance", "[tools]") {
  const scratch folder;
  const std::string file = folder.write("votes.csv", votes);
  const std::string wanted =
      "item,label,confidence,tie\n"
      "q2,cat,0.6666666666666666,false\n"
      "q1,\"a, b\",0.6666666666666666,false\n"
      "q3,x,0.5,true\n";
  CHECK(csv({"aggregate", "plurality", file}) == wanted);
  CHECK(csv({"aggregate", "plurality", "-"}, 0, file) == wanted);
}

TEST_CASE("the columns may stand in any order, lines may end in CRLF, and the newest answer counts",
          "[tools]") {
  const scratch folder;
  const std::string file = folder.write("votes.csv",
                                        "\xEF\xBB\xBFtime,label,note,worker,item\r\n"
                                        "1,no,,ann,q\r\n3,yes,,ann,q\r\n2,yes,,bob,q\r\n");
  CHECK(csv({"aggregate", "unanimous", file}) == "item,label,confidence,tie\nq,yes,1,false\n");
}

TEST_CASE("aggregate prints items and workers as JSON", "[tools]") {
  const scratch folder;
  const dom found = answer({"aggregate", "plurality", folder.write("votes.csv", votes)});
  CHECK(found["method"] == "plurality");
  REQUIRE(found["items"].size() == 3);
  CHECK(found["items"][0] ==
        dom({{"item", "q2"}, {"label", "cat"}, {"confidence", 2.0 / 3}, {"tie", false}}));
  CHECK(found["items"][2]["tie"] == true);
  // Without gold a worker is measured by the result; who abstains is not measured.
  CHECK(found["workers"] == dom::array({{{"worker", "ann"}, {"answers", 3}, {"reliability", 1}},
                                        {{"worker", "bob"}, {"answers", 3}, {"reliability", 1.0 / 3}},
                                        {{"worker", "cid"}, {"answers", 2}, {"reliability", 0.5}}}));
}

TEST_CASE("known answers score the workers and the result", "[tools]") {
  const scratch folder;
  const std::string file = folder.write("votes.csv", votes);
  const std::string gold = folder.write("gold.csv", "truth,item\ndog,q2\n\"a, b\",q1\nz,unasked\n");
  const dom found = answer({"aggregate", "plurality", file, "--gold", gold});
  CHECK(found["gold"] == dom({{"items", 2}, {"reliability", 0.5}}));
  CHECK(found["workers"][0]["reliability"] == 0.5);
  CHECK(found["workers"][1]["reliability"] == 1);
  CHECK(found["workers"][2]["reliability"] == 0);
  const outcome table = shoal::test::shoal({"aggregate", "plurality", file, "--gold", gold});
  CHECK(table.out.find("item,label,confidence,tie\nq2,cat,") == 0);
  CHECK(table.err == "gold: 2 items, reliability 0.5\n");
}

TEST_CASE("weights decide a weighted vote", "[tools]") {
  const scratch folder;
  const std::string file = folder.write("votes.csv", votes);
  const std::string weights = folder.write("weights.csv", "weight,worker\n1,ann\n5,bob\n1,cid\n");
  CHECK(csv({"aggregate", "weighted", file, "--weights", weights}).find("q2,dog,0.714285714285714") !=
        std::string::npos);
  const std::string figures =
      folder.write("figures.csv", "worker,accuracy,relevance\nann,0.8,0.5\nbob,0.9,1\ncid,0.2,1\n");
  // 0.9 for dog against 0.8 x 0.5 + 0.2 for cat.
  CHECK(csv({"aggregate", "weighted", file, "--weights", figures}).find("q2,dog,0.6,") != std::string::npos);
  CHECK(csv({"aggregate", "max-weight", file, "--weights", figures}).find("q2,dog,0.6,") !=
        std::string::npos);
  const outcome stranger = shoal::test::shoal(
      {"aggregate", "weighted", file, "--weights", folder.write("few.csv", "worker,weight\nann,1\nbob,1\n")});
  CHECK(stranger.status == 2);
  CHECK(stranger.err.find(file + ": line 4: worker \"cid\" is not in ") == 0);
}

TEST_CASE("an item without an answer has no label, and the JSON says why", "[tools]") {
  const scratch folder;
  const std::string file = folder.write("votes.csv", votes);
  CHECK(csv({"aggregate", "majority", file}).find("\nq3,,0.5,true\n") != std::string::npos);
  CHECK(answer({"aggregate", "majority", file})["items"][2] == dom({{"item", "q3"},
                                                                    {"label", nullptr},
                                                                    {"confidence", 0.5},
                                                                    {"tie", true},
                                                                    {"because", "no majority"}}));
  CHECK(csv({"aggregate", "majority", file, "--more-than", "0.7"}, 1).find("\nq2,,0.6666") !=
        std::string::npos);
  CHECK(csv({"aggregate", "unanimous", file}, 1).find("\nq2,,") != std::string::npos);
  CHECK(csv({"aggregate", "quorum", file, "--at-least", "2"}).find("\nq3,,") != std::string::npos);
  CHECK(csv({"aggregate", "quorum", file, "--at-least", "3"}, 1).find("\nq2,,") != std::string::npos);
}

TEST_CASE("answers to nothing end with status 1", "[tools]") {
  const scratch folder;
  const std::string file = folder.write("votes.csv", "item,worker,label\n");
  CHECK(csv({"aggregate", "plurality", file}, 1) == "item,label,confidence,tie\n");
  CHECK(csv({"aggregate", "mean", file}, 1) == "item,value,low,high\n");
  const std::string silent = folder.write("silent.csv", "item,worker,label\nq,ann,\n");
  CHECK(csv({"aggregate", "plurality", silent}, 1) == "item,label,confidence,tie\nq,,0,false\n");
}

TEST_CASE("mean prints the value and its 95 % interval", "[tools]") {
  const scratch folder;
  const std::string file = folder.write("scores.csv",
                                        "item,worker,label\n"
                                        "q1,ann,1\nq1,bob,3\n"
                                        "q2,ann,0.1\nq2,bob,0.1\nq2,cid,\n"
                                        "q3,ann,7e2\n");
  const dom found = answer({"aggregate", "mean", file});
  // Two answers: 2 -+ t s / sqrt(2), t = 12.7062 at one degree of freedom, s = sqrt(2).
  CHECK(found["items"][0]["value"] == 2);
  CHECK(found["items"][0]["low"].get<double>() == Approx(2 - 12.70620474).epsilon(1e-8));
  CHECK(found["items"][0]["high"].get<double>() == Approx(2 + 12.70620474).epsilon(1e-8));
  CHECK(found["items"][1] == dom({{"item", "q2"}, {"value", 0.1}, {"low", 0.1}, {"high", 0.1}}));
  CHECK(found["items"][2]["low"] == nullptr);
  CHECK(csv({"aggregate", "mean", file}).find("\nq2,0.1,0.1,0.1\nq3,700,,\n") != std::string::npos);
  const std::string weights = folder.write("weights.csv", "worker,weight\nann,3\nbob,1\ncid,1\n");
  CHECK(answer({"aggregate", "mean", file, "--weights", weights})["items"][0]["value"] == 1.5);
  const std::string gold = folder.write("gold.csv", "item,truth\nq1,4\nq2,0.1\n");
  const dom scored = answer({"aggregate", "mean", file, "--gold", gold});
  CHECK(scored["gold"]["root_mean_square_error"].get<double>() == Approx(std::sqrt(4.0 / 2)));
  CHECK(scored["workers"][1]["root_mean_square_error"].get<double>() == Approx(std::sqrt(1.0 / 2)));
}
