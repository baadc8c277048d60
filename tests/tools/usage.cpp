// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "command.hpp"
#include "shoal/version.hpp"

using shoal::test::outcome;

namespace {

std::string refusal(const std::vector<std::string>& arguments, const std::string& input = "/dev/null") {
  const outcome ended = shoal::test::shoal(arguments, input);
  INFO(ended.err);
  CHECK(ended.status == 2);
  CHECK(ended.out.empty());
  CHECK(std::count(ended.err.begin(), ended.err.end(), '\n') == 1);
  return ended.err;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("the command says its version and helps, each verb with an example", "[tools]") {
  const outcome version = shoal::test::shoal({"--version"});
  CHECK(version.status == 0);
  CHECK(version.out.find("shoal " SHOAL_VERSION) == 0);
  CHECK(version.err.empty());
  const outcome help = shoal::test::shoal({"--help"});
  CHECK(help.status == 0);
  for (const std::string verb : {"assign", "pareto", "aggregate", "survive", "compare"}) {
    INFO(verb);
    CHECK(has(help.out, "\n  " + verb + " "));
    const outcome own = shoal::test::shoal({verb, "--help"});
    CHECK(own.status == 0);
    CHECK(own.err.empty());
    CHECK(has(own.out, "Example"));
    CHECK(has(own.out, "\n  shoal " + verb + " "));
  }
}

TEST_CASE("bad usage ends with status 2 and one line", "[tools]") {
  CHECK(has(refusal({}), "a verb is missing"));
  CHECK(has(refusal({"frobnicate", "x"}), "there is no verb \"frobnicate\""));
  CHECK(has(refusal({"--frobnicate"}), "--frobnicate"));
  CHECK(has(refusal({"assign"}), "SWARM is required"));
  CHECK(has(refusal({"assign", "swarm.json", "swarm.json"}), "not expected"));
  CHECK(has(refusal({"assign", "swarm.json", "--frobnicate"}), "--frobnicate"));
  CHECK(has(refusal({"assign", "swarm.json", "--solver", "magic"}), "--solver"));
  CHECK(has(refusal({"assign", "swarm.json", "--solver"}), "--solver"));
  CHECK(has(refusal({"aggregate", "plurality"}), "ANSWERS is required"));
  CHECK(has(refusal({"aggregate", "guess", "answers.csv"}), "\"guess\" is not one of plurality, "));
  CHECK(has(refusal({"aggregate", "weighted", "answers.csv"}), "needs --weights"));
  CHECK(has(refusal({"aggregate", "plurality", "answers.csv", "--weights", "x"}), "takes no --weights"));
  CHECK(has(refusal({"survive", "swarm.json", "--plan", "p.json", "--at-least", "1"}), "--at-least"));
  CHECK(has(refusal({"survive", "swarm.json", "--method", "guess"}), "--method"));
}

TEST_CASE("option values out of range are refused with the value", "[tools]") {
  const std::vector<std::pair<std::string, std::vector<std::string>>> cases = {
      {"--time-limit", {"0", "-1", "nan", "inf", "1e999", "0x10", "soon", ""}},
      {"--gap", {"-0.1", "nan", "inf", "x"}}};
  for (const auto& [option, values] : cases) {
    for (const std::string& value : values) {
      INFO(option << "=" << value);
      CHECK(has(refusal({"assign", "swarm.json", option + "=" + value}), option));
    }
  }
  for (const std::string value : {"-1", "1.5", "010", "99999999999999999999", "x"}) {
    INFO(value);
    CHECK(has(refusal({"survive", "swarm.json", "--at-least=" + value}),
              "\"" + value + "\" is not a whole number >= 0"));
    CHECK(has(refusal({"survive", "swarm.json", "--seed=" + value}),
              "\"" + value + "\" is not a whole number >= 0"));
  }
  CHECK(has(refusal({"survive", "swarm.json", "--samples", "0"}), "\"0\" is not a whole number >= 1"));
  CHECK(has(refusal({"aggregate", "quorum", "answers.csv", "--at-least", "0"}),
            "\"0\" is not a whole number >= 1"));
  CHECK(
      has(refusal({"aggregate", "majority", "answers.csv", "--more-than", "0.4"}), "0.4 is not in [0.5, 1)"));
}

TEST_CASE("a file that cannot be read is named", "[tools]") {
  CHECK(refusal({"assign", "no-such-file.json"}) == "no-such-file.json: No such file or directory\n");
  CHECK(refusal({"assign", "."}) == ".: Is a directory\n");
  CHECK(refusal({"assign", ""}).find(": ") == 0);
  CHECK(has(refusal({"aggregate", "plurality", "answers.csv", "--gold", "none.csv"}),
            "none.csv: No such file"));
  CHECK(has(refusal({"aggregate", "plurality", "no\nfile\x1b[2J"}), "no?file?[2J: No such file"));
}

TEST_CASE("standard input is read where a file is named -, once", "[tools]") {
  const std::string file = SHOAL_TEST_DATA "/tools/swarm.json";
  const outcome by_name = shoal::test::shoal({"survive", file, "--json"});
  const outcome by_input = shoal::test::shoal({"survive", "-", "--json"}, file);
  CHECK(by_input.status == 0);
  CHECK(by_input.out == by_name.out);
  CHECK(refusal({"survive", "-", "--plan", "-"}, file) == "standard input: it is asked for twice\n");
  CHECK(refusal({"survive", "-"}) ==
        "standard input: line 1, column 1: unexpected end of input; expected '[', '{', or a literal\n");
}
