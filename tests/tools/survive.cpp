// SPDX-License-Identifier: BSL-1.0
/// @file What `shoal survive` does with fault trees, cut sets and curves.
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "command.hpp"
#include "shoal/core/xml.hpp"

using dom = nlohmann::json;
using shoal::test::outcome;
using shoal::test::scratch;

namespace {

const std::string regions = SHOAL_SOURCE_DIR "/examples/data/swarms/regions.json";

const std::string theatre = R"(<opsa-mef>
  <define-fault-tree name="theatre">
    <define-gate name="dark"><and><event name="mains"/><gate name="generator"/></and></define-gate>
    <define-gate name="generator"><or><event name="motor"/><event name="relay"/></or></define-gate>
  </define-fault-tree>
</opsa-mef>)";

const std::string events = R"(<opsa-mef><model-data>
  <define-basic-event name="mains"><float value="0.03"/></define-basic-event>
  <define-basic-event name="motor"><float value="0.02"/></define-basic-event>
  <define-basic-event name="relay"><float value="0.05"/></define-basic-event>
</model-data></opsa-mef>)";

dom answer(const std::vector<std::string>& arguments) {
  const outcome ended = shoal::test::shoal(arguments);
  INFO(ended.err);
  REQUIRE(ended.status == 0);
  return dom::parse(ended.out);
}

}  // namespace

TEST_CASE("a fault tree in several files is answered with its cut sets", "[tools]") {
  const scratch folder;
  const std::vector<std::string> question{"survive", "--import", "open-psa", folder.write("t.xml", theatre),
                                          folder.write("e.xml", events)};
  std::vector<std::string> with_cuts = question;
  with_cuts.insert(with_cuts.end(), {"--cut-sets", "1", "--json"});
  const dom found = answer(with_cuts);
  CHECK(found["failure"].get<double>() == Approx(0.00207).epsilon(1e-12));
  CHECK(found["importance"].size() == 3);
  CHECK(found["importance"][0]["name"] == "mains");
  CHECK(found["importance"][0]["reduction_worth"].is_null());
  CHECK(found["cut_sets"]["by_order"] == dom({0, 0, 2}));
  CHECK(found["cut_sets"]["rare_event"].get<double>() == Approx(0.0021));
  REQUIRE(found["cut_sets"]["sets"].size() == 1);
  CHECK(found["cut_sets"]["sets"][0]["events"] == dom({"mains", "relay"}));
  std::vector<std::string> part = question;
  part.insert(part.end(), {"--top", "generator"});
  CHECK(shoal::test::shoal(part).out.find("the top event does not occur: 0.931 (occurs: 0.069; exact)") == 0);
}

TEST_CASE("the tree behind a question is written, and says the same when it is read", "[tools]") {
  const scratch folder;
  const std::string file = folder.file("tree.xml");
  const dom asked = answer({"survive", regions, "--at-least", "4", "--export", "open-psa", file, "--json"});
  const dom read = answer({"survive", "--import", "open-psa", file, "--json"});
  CHECK(read["failure"].get<double>() == Approx(asked["failure"].get<double>()).epsilon(1e-12));
}

TEST_CASE("curves fall with replicas and grow over time, and are drawn", "[tools]") {
  const scratch folder;
  const std::string drawing = folder.file("curve.svg");
  const dom found = answer({"survive", regions, "--curve", "--svg", drawing, "--json"});
  const dom& replicas = found["curve"]["replicas"];
  REQUIRE(replicas.size() == 6);
  for (std::size_t i = 1; i < replicas.size(); ++i)
    CHECK(replicas[i]["failure"].get<double>() < replicas[i - 1]["failure"].get<double>());
  CHECK(replicas[5]["failure"].get<double>() == Approx(found["failure"].get<double>()));
  const dom& time = found["curve"]["time"];
  for (std::size_t i = 1; i < time.size(); ++i)
    CHECK(time[i]["failure"].get<double>() > time[i - 1]["failure"].get<double>());
  bool now = false;
  for (const dom& point : time) {
    if (point["missions"] == 1)
      now = std::abs(point["failure"].get<double>() / found["failure"].get<double>() - 1) < 1e-9;
  }
  CHECK(now);
  CHECK(shoal::parse_xml(shoal::test::read(drawing)).name == "svg");
}

TEST_CASE("survive refuses what does not go together", "[tools]") {
  const auto refusal = [](const std::vector<std::string>& arguments) {
    const outcome ended = shoal::test::shoal(arguments);
    CHECK(ended.status == 2);
    CHECK(ended.out.empty());
    return ended.err;
  };
  CHECK(refusal({"survive"}) == "shoal: survive: a swarm file is missing, or --import\n");
  CHECK(refusal({"survive", regions, "--export", "dot", "x"}) ==
        "shoal: survive: there is no format \"dot\", only open-psa\n");
  CHECK(refusal({"survive", regions, "--svg", "/no/such/folder/x.svg"}).find("/no/such/folder/x.svg: ") == 0);
  CHECK(refusal({"survive", regions, "--top", "g"}).find("--import") != std::string::npos);
  CHECK(refusal({"survive", regions, "--order", "2"}).find("--cut-sets") != std::string::npos);
}
