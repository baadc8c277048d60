// SPDX-License-Identifier: BSL-1.0
/// @file Fault trees in exchange format: there and back, broken ones, and beside SCRAM where it is installed.
#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <string>
#include <vector>

#include "brute_force.hpp"
#include "catch.hpp"
#include "scratch.hpp"
#include "shoal/core/random.hpp"
#include "shoal/survive/assess.hpp"
#include "shoal/survive/cut_sets.hpp"
#include "shoal/survive/plan_tree.hpp"
#include "shoal/survive/read_open_psa.hpp"
#include "shoal/survive/tree_report.hpp"
#include "shoal/survive/write_open_psa.hpp"

using namespace shoal;
using survive::fault_tree;
using survive::node;

namespace {

std::string refusal(const std::string& document, const survive::open_psa_options& options = {}) {
  try {
    survive::read_open_psa(document, options);
  } catch (const invalid_xml& e) {
    return e.what();
  }
  return "accepted";
}

std::string mef(const std::string& body) { return "<opsa-mef>\n" + body + "\n</opsa-mef>"; }

double chance_of(const std::string& document) {
  return survive::analyse(survive::read_open_psa(document)).whole.failure;
}

// The small three-train system of SCRAM's tests of common causes: two groups of like parts, each with
// `members` of chance 0.1 and the same factors.
double trains(survive::sharing s, std::vector<double> factors) {
  fault_tree t;
  const auto pumps = survive::add_common_cause(t, {"pumps", s, 0.1, factors}, {"p1", "p2", "p3"});
  const auto valves = survive::add_common_cause(t, {"valves", s, 0.1, factors}, {"v1", "v2", "v3"});
  std::vector<node> lost;
  for (std::size_t i = 0; i < 3; ++i) lost.push_back(t.any({pumps[i], valves[i]}));
  t.top = t.all(lost);
  return survive::analyse(t).whole.failure;
}

const std::filesystem::path scram_input = "/usr/share/scram/input";

std::string random_plan_document(random_engine& engine, double& failure) {
  const auto s = brute_force::random_swarm(engine, 8, 3);
  std::vector<survive::redundant_subtask> plan;
  const std::size_t subtasks = 1 + uniform_below(engine, 4);
  for (std::size_t k = 0; k < subtasks; ++k) {
    survive::redundant_subtask part;
    for (std::size_t i = 0; i < s.models(); ++i) {
      if (uniform_below(engine, 2) == 0) part.models.push_back(i);
    }
    part.needed = 1 + uniform_below(engine, 2);
    plan.push_back(part);
  }
  const auto tree = survive::make_fault_tree(s, plan);
  failure = survive::assess(s, plan, {.method = survive::method::exact}).whole.failure;
  CHECK(survive::analyse(tree).whole.failure == Approx(failure).epsilon(1e-11).margin(1e-300));
  return survive::write_open_psa(tree);
}

}  // namespace

TEST_CASE("what is written is read back as the same function", "[survive]") {
  random_engine engine(11);
  for (int round = 0; round < 100; ++round) {
    double failure = 0;
    const std::string document = random_plan_document(engine, failure);
    CHECK(chance_of(document) == Approx(failure).epsilon(1e-11).margin(1e-300));
  }
  fault_tree t;
  const node a = t.event("a & b", 0.1);
  const node b = t.event("pump", 0.2);
  t.event("pump2", 0.25);
  t.event("e1", 0.25);
  t.top = t.at_least(2, {a, a, t.negation(b), b});
  const std::string document = survive::write_open_psa(t, "my tree");
  CHECK(document.find("<label>a &amp; b</label>") != std::string::npos);
  CHECK(document.find("<basic-event name=\"pump\"/>") != std::string::npos);
  CHECK(chance_of(document) == Approx(survive::analyse(t).whole.failure).epsilon(1e-14));
  t.top = t.all({});
  CHECK(chance_of(survive::write_open_psa(t)) == 1);
}

TEST_CASE("gates, house events, nested formulas and expressions are read", "[survive]") {
  const std::string events =
      "<model-data><define-basic-event name=\"a\"><float value=\"1e-1\"/></define-basic-event>"
      "<define-basic-event name=\"b\"><label>the b</label><mul><parameter name=\"half\"/><float "
      "value=\".4\"/></mul>"
      "</define-basic-event><define-parameter name=\"half\" unit=\"unitless\"><sub><float value=\"1\"/>"
      "<lognormal-deviate><float value=\"0.5\"/><float value=\"3\"/><float "
      "value=\".95\"/></lognormal-deviate></sub>"
      "</define-parameter><define-basic-event name=\"c\"><exponential><float value=\"1e-4\"/>"
      "<system-mission-time/></exponential></define-basic-event>"
      "<define-house-event name=\"on\"><constant value=\"true\"/></define-house-event></model-data>";
  const auto of = [&](const std::string& formula) {
    return chance_of(mef("<define-fault-tree name=\"t\"><define-gate name=\"top\">" + formula +
                         "</define-gate></define-fault-tree>" + events));
  };
  const double c = 1 - std::exp(-0.876);
  CHECK(of("<or><event name=\"a\"/><basic-event name=\"b\"/></or>") == Approx(0.28));
  CHECK(of("<and><event name=\"a\"/><not><event name=\"b\"/></not></and>") == Approx(0.08));
  CHECK(of("<xor><event name=\"a\"/><event name=\"b\"/></xor>") == Approx(0.26));
  CHECK(of("<nand><event name=\"a\"/><event name=\"b\"/></nand>") == Approx(0.98));
  CHECK(of("<nor><event name=\"a\"/><event name=\"b\"/></nor>") == Approx(0.72));
  CHECK(of("<atleast min=\"2\"><event name=\"a\"/><event name=\"b\"/><house-event name=\"on\"/></atleast>") ==
        Approx(0.28));
  CHECK(of("<basic-event name=\"c\"/>") == Approx(c).epsilon(1e-14));
  CHECK(of("<constant value=\"false\"/>") == 0);
}

TEST_CASE("documents complete each other, and private components have names of their own", "[survive]") {
  survive::open_psa_model model;
  model.add(mef("<define-fault-tree name=\"t\"><define-gate name=\"top\"><and><gate name=\"c.g\"/>"
                "<gate name=\"g\"/></and></define-gate><define-gate name=\"g\"><or><event name=\"x\"/>"
                "<event name=\"y\"/></or></define-gate><define-component name=\"c\" role=\"private\">"
                "<define-gate name=\"g\"><or><gate name=\"h\"/><event name=\"y\"/></or></define-gate>"
                "<define-gate name=\"h\"><event name=\"z\"/></define-gate></define-component>"
                "</define-fault-tree>"),
            "gates.xml");
  model.add(
      "<?xml version=\"1.0\"?>\n<!-- events -->\n" +
          mef("<model-data><define-basic-event name=\"x\"><float value=\"0.1\"/></define-basic-event>"
              "<define-basic-event name=\"y\"><float value=\"0.2\"/></define-basic-event>"
              "<define-basic-event name=\"z\"><float value=\"0.3\"/></define-basic-event></model-data>"),
      "events.xml");
  CHECK(survive::analyse(model.tree()).whole.failure == Approx(0.2 + 0.8 * 0.1 * 0.3).epsilon(1e-14));
  CHECK(survive::analyse(model.tree({.top = "g"})).whole.failure == Approx(0.28).epsilon(1e-14));
  try {
    model.add("<opsa-mef>\n<define-event-tree name=\"e\"/></opsa-mef>", "more.xml");
    CHECK(false);
  } catch (const invalid_xml& e) {
    CHECK(std::string(e.what()) == "more.xml: line 2: <define-event-tree> in <opsa-mef> is not read");
  }
}

TEST_CASE("groups of common causes have SCRAM's chances", "[survive]") {
  using survive::sharing;
  CHECK(trains(sharing::beta, {0.2}) == Approx(0.0430804).epsilon(5e-6));
  CHECK(trains(sharing::multiple_greek_letter, {0.2, 0.1}) == Approx(0.0162948).epsilon(5e-6));
  CHECK(trains(sharing::alpha, {0.7, 0.2, 0.1}) == Approx(0.0529814).epsilon(5e-6));
  CHECK(trains(sharing::phi, {0.7, 0.2, 0.1}) == Approx(0.0410393).epsilon(5e-6));
  // p = beta = .1, three replicas: a failure of all, or three of one.
  fault_tree t;
  t.top = t.all(survive::add_common_cause(t, {"m", sharing::beta, 0.1, {0.1}}, {"a", "b", "c"}));
  CHECK(survive::analyse(t).whole.failure == Approx(0.01072171).epsilon(1e-12));
  // With all sets of members counted, a member's own chance stays what it was but for coincidences.
  const auto chances = survive::shared_probabilities({"m", sharing::alpha, 1e-3, {0.9, 0.07, 0.03}}, 3);
  CHECK(chances[0] + 2 * chances[1] + chances[2] == Approx(1e-3).epsilon(1e-12));
  CHECK_THROWS_AS(survive::shared_probabilities({"m", sharing::phi, 0.1, {0.5, 0.2}}, 3), invalid_argument);
  CHECK_THROWS_AS(survive::shared_probabilities({"m", sharing::beta, 0.1, {0.5, 0.2}}, 3), invalid_argument);
  CHECK_THROWS_AS(survive::shared_probabilities({"m", sharing::beta, 0.1, {1.2}}, 3), invalid_argument);
  CHECK_THROWS_AS(survive::shared_probabilities({"m", sharing::beta, 0.1, {0.2}}, 1), invalid_argument);
}

TEST_CASE("a plan's tree knows hosts in regions and models that fail alike", "[survive]") {
  survive::swarm s{.failure = {0.1, 0.1, 0.2}, .group = {0, 1, survive::no_group}};
  s.groups = {{"host1", 0.02}, {"host2", 0.03}, {"region", 0.01}};
  const std::vector<survive::redundant_subtask> plan{{"", {0, 1}}};
  const survive::dependence nested{.parent = {2, 2, survive::no_group}};
  const double one = 1 - 0.9 * 0.98;
  const double two = 1 - 0.9 * 0.97;
  CHECK(survive::analyse(survive::make_fault_tree(s, plan, nested)).whole.failure ==
        Approx(0.01 + 0.99 * one * two).epsilon(1e-13));
  survive::dependence alike = nested;
  alike.causes.push_back({"weights", survive::sharing::beta, {0.1}, {0, 1}});
  const double o = 1 - 0.91 * 0.98;
  const double w = 1 - 0.91 * 0.97;
  CHECK(survive::analyse(survive::make_fault_tree(s, plan, alike)).whole.failure ==
        Approx(0.01 + 0.99 * (0.01 + 0.99 * o * w)).epsilon(1e-13));
  CHECK(survive::analyse(survive::make_fault_tree(3, s, nested)).whole.survival ==
        Approx(0.9 * 0.9 * 0.8 * 0.98 * 0.97 * 0.99).epsilon(1e-13));
  CHECK(survive::analyse(survive::make_fault_tree(4, s)).whole.survival == 0);
  CHECK(survive::analyse(survive::make_fault_tree(0, s)).whole.failure == 0);
  CHECK_THROWS_AS(survive::make_fault_tree(s, plan, {.parent = {1, 0, survive::no_group}}), invalid_argument);
  CHECK_THROWS_AS(survive::make_fault_tree(s, plan, {.parent = {2}}), invalid_argument);
  alike.causes.front().members = {0, 2};
  CHECK_THROWS_AS(survive::make_fault_tree(s, plan, alike), invalid_argument);
}

TEST_CASE("three regions of three models fail together far more often than independence has it",
          "[survive]") {
  const auto s = brute_force::three_regions();
  CHECK(survive::analyse(survive::make_fault_tree(5, s)).whole.failure ==
        Approx(1.29388434262e-3).epsilon(1e-11));
  CHECK(survive::analyse(survive::make_fault_tree(1, s)).whole.failure == Approx(1.037586e-6).epsilon(1e-6));
}

TEST_CASE("broken documents are refused with the line", "[survive]") {
  const std::string event = "<define-basic-event name=\"a\"><float value=\"0.1\"/></define-basic-event>\n";
  const auto gate = [](const std::string& name, const std::string& formula) {
    return "<define-gate name=\"" + name + "\">" + formula + "</define-gate>\n";
  };
  const std::string a = "<event name=\"a\"/>";
  CHECK(refusal("") == "line 1: there is no element");
  CHECK(refusal("<opsa-mef>") == "line 1: <opsa-mef> of line 1 is not closed");
  CHECK(refusal("<opsa-mef>\n</opsa>") == "line 2: <opsa-mef> of line 1 is closed by </opsa>");
  CHECK(refusal("<a/>") == "line 1: <a> is not <opsa-mef>");
  CHECK(refusal("<!DOCTYPE a><a/>") == "line 1: not an element or a comment");
  CHECK(refusal("<opsa-mef>\n<![CDATA[x]]></opsa-mef>") ==
        "line 2: only elements, text and comments are read");
  CHECK(refusal(mef("")) == "there is no gate");
  CHECK(refusal(mef(gate("g", a))) == "line 2: <event> \"a\" is not defined");
  CHECK(refusal(mef(event + event + gate("g", a))) == "line 3: \"a\" is defined a second time");
  CHECK(refusal(mef(event + gate("g", a) + gate("h", a))) ==
        "line 4: gates \"g\" and \"h\" both are no input of another; say which one is asked for");
  CHECK(refusal(mef(event + gate("g", a)), {.top = "k"}) == "there is no gate \"k\"");
  CHECK(refusal(mef(gate("g", "<or><gate name=\"h\"/></or>") + gate("h", "<or><gate name=\"g\"/></or>"))) ==
        "every gate is an input of another: they lie on a cycle");
  CHECK(refusal(mef(gate("t", "<gate name=\"g\"/>") + gate("g", "<or><gate name=\"h\"/></or>") +
                    gate("h", "<or><gate name=\"g\"/></or>"))) ==
        "line 4: gates \"h\" and \"g\" lie on a cycle");
  CHECK(refusal(mef(event + gate("g", "<gate name=\"a\"/>"))) == "line 3: \"a\" is not a gate");
  CHECK(refusal(mef(event + gate("g", "<atleast min=\"2\">" + a + "</atleast>"))) ==
        "line 3: min 2 is not 0 to 1");
  CHECK(refusal(mef(event + gate("g", "<atleast>" + a + "</atleast>"))) ==
        "line 3: <atleast> has no \"min\"");
  CHECK(refusal(mef(event + gate("g", "<not>" + a + a + "</not>"))) == "line 3: <not> has 2 inputs");
  CHECK(refusal(mef(event + gate("g", "<perhaps>" + a + "</perhaps>"))) ==
        "line 3: there is no formula <perhaps> here");
  CHECK(refusal(mef(event + gate("g", ""))) == "line 3: gate \"g\" holds 0 formulas, not one");
  const auto with = [&](const std::string& expression) {
    return refusal(
        mef("<define-basic-event name=\"a\">" + expression + "</define-basic-event>" + gate("g", a)));
  };
  CHECK(with("<float value=\"1.5\"/>") == "line 2: probability 1.5 of \"a\" is not in [0, 1]");
  CHECK(with("<float value=\"x\"/>") == "line 2: value \"x\" is not a number");
  CHECK(with("<float/>") == "line 2: <float> has no \"value\"");
  CHECK(with("") == "line 2: <define-basic-event> holds 0 expressions, not one");
  CHECK(with("<parameter name=\"p\"/>") == "line 2: there is no parameter \"p\"");
  CHECK(with("<histogram/>") == "line 2: there is no expression <histogram> here");
  CHECK(with("<exponential><float value=\"1\"/></exponential>") == "line 2: <exponential> has 1 arguments");
  CHECK(with("<div><float value=\"1\"/><float value=\"0\"/></div>") ==
        "line 2: <div> is not a finite number");
  CHECK(refusal(mef("<define-parameter name=\"p\"><parameter name=\"p\"/></define-parameter>"
                    "<define-basic-event name=\"a\"><parameter name=\"p\"/></define-basic-event>" +
                    gate("g", a))) == "line 2: parameters refer to each other in a circle, or too deeply");
  CHECK(refusal(mef("<define-CCF-group name=\"c\" model=\"gamma\"/>" + gate("g", a))) ==
        "line 2: there is no common-cause model \"gamma\"");
  std::string deep;
  for (int i = 0; i < 300; ++i) deep += "<not>";
  CHECK(refusal(mef(gate("g", deep))) == "line 2: elements are nested more than 200 deep");
}

TEST_CASE("SCRAM's own fault trees have the chances that it gives", "[survive]") {
  if (!std::filesystem::exists(scram_input)) return;
  struct example {
    std::vector<std::string> files;
    double chance;
  };
  const std::vector<example> examples{
      {{"Chinese/chinese.xml", "Chinese/chinese-basic-events.xml"}, 0.00456932},
      {{"Baobab/baobab1.xml", "Baobab/baobab1-basic-events.xml"}, 1.2823e-6},
      {{"Baobab/baobab2.xml", "Baobab/baobab2-basic-events.xml"}, 0.0208686},
      {{"ThreeMotor/three_motor.xml"}, 0.0211538},
      {{"HIPPS/HIPPS.xml"}, 0.00162091},
      {{"TwoTrain/two_train.xml"}, 0.7225},
      {{"BSCU/BSCU.xml"}, 0.112409},
      {{"Theatre/theatre.xml"}, 0.00207},
      {{"Lift/lift.xml"}, 1.19999e-5},
      {{"ne574/ne574.xml"}, 0.662208}};
  for (const example& e : examples) {
    INFO(e.files.front());
    survive::open_psa_model model;
    for (const std::string& file : e.files) model.add(test::read(scram_input / file), file);
    CHECK(survive::analyse(model.tree()).whole.failure == Approx(e.chance).epsilon(5e-6));
  }
}

TEST_CASE("all importance measures of an event are SCRAM's", "[survive]") {
  if (!std::filesystem::exists(scram_input)) return;
  survive::open_psa_model chinese;
  for (const char* const file : {"Chinese/chinese.xml", "Chinese/chinese-basic-events.xml"})
    chinese.add(test::read(scram_input / file));
  for (const survive::event_importance& e : survive::analyse(chinese.tree()).events) {
    if (e.name != "e1") continue;
    CHECK(e.birnbaum == Approx(0.0745557).epsilon(5e-6));
    CHECK(e.criticality == Approx(0.326332).epsilon(5e-6));
    CHECK(e.fussell_vesely == Approx(0.339805).epsilon(5e-6));
    CHECK(e.achievement_worth == Approx(16.9902).epsilon(5e-6));
    CHECK(e.reduction_worth == Approx(1.48441).epsilon(5e-6));
  }
}

TEST_CASE("the cut sets of SCRAM's own fault trees are as many as it finds", "[survive]") {
  if (!std::filesystem::exists(scram_input)) return;
  survive::open_psa_model chinese;
  for (const char* const file : {"Chinese/chinese.xml", "Chinese/chinese-basic-events.xml"})
    chinese.add(test::read(scram_input / file));
  const auto found = survive::find_cut_sets(chinese.tree());
  CHECK(found.by_order == std::vector<double>{0, 0, 12, 0, 24, 188, 168});
  CHECK(found.rare_event == Approx(0.00480445).epsilon(5e-6));
  CHECK(found.min_cut_bound == Approx(0.00479389).epsilon(5e-6));
  survive::open_psa_model baobab;
  for (const char* const file : {"Baobab/baobab2.xml", "Baobab/baobab2-basic-events.xml"})
    baobab.add(test::read(scram_input / file));
  double total = 0;
  for (const double n : survive::find_cut_sets(baobab.tree(), {.listed = 0}).by_order) total += n;
  CHECK(total == 4805);
}

TEST_CASE("SCRAM agrees on two hundred random plans to six digits", "[survive]") {
  if (std::system("scram --version >/dev/null 2>&1") != 0) return;
  // All plans in one document, so that one run of SCRAM will do.
  random_engine engine(23);
  std::string document = "<opsa-mef>\n";
  std::vector<double> failure;
  while (failure.size() < 200) {
    double truth = 0;
    std::string one = random_plan_document(engine, truth);
    if (one.find("<constant") != std::string::npos) continue;  // SCRAM has no word for a plan without risk
    one = one.substr(one.find("<opsa-mef>") + 10);
    one = one.substr(0, one.find("</opsa-mef>"));
    const std::string prefix = "name=\"";
    for (std::size_t at = one.find(prefix); at != std::string::npos; at = one.find(prefix, at + 1))
      one.insert(at + prefix.size(), "p" + std::to_string(failure.size()) + "_");
    document += one;
    failure.push_back(truth);
  }
  document += "</opsa-mef>\n";
  const test::scratch folder;
  const std::string file = folder.write("swarm.xml", document);
  std::FILE* const pipe = ::popen(("scram --probability true '" + file + "' 2>&1").c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string report;
  std::array<char, 4096> buffer{};
  while (const std::size_t n = std::fread(buffer.data(), 1, buffer.size(), pipe))
    report.append(buffer.data(), n);
  ::pclose(pipe);
  for (std::size_t i = 0; i < failure.size(); ++i) {
    const std::size_t at = report.find("<sum-of-products name=\"p" + std::to_string(i) + "_top\"");
    INFO("plan " << i);
    REQUIRE(at != std::string::npos);
    const std::string word = "probability=\"";
    const std::size_t value = report.find(word, at) + word.size();
    CHECK(std::strtod(report.c_str() + value, nullptr) == Approx(failure[i]).epsilon(5.1e-6));
  }
}
