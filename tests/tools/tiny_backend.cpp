// SPDX-License-Identifier: BSL-1.0
/// @file `shoal run` with models of its own process.
#include <nlohmann/json.hpp>
#include <string>

#include "catch.hpp"
#include "command.hpp"

using dom = nlohmann::json;
using shoal::test::outcome;
using shoal::test::scratch;

namespace {

const std::string models = SHOAL_SOURCE_DIR "/examples/data/models/";

outcome run(const dom& backend, const std::string& text) {
  const scratch folder;
  const dom task{{"models", {{{"name", "m"}, {"backend", backend}}}}, {"task", {{"text", text}}}};
  return shoal::test::shoal({"run", folder.write("task.json", task.dump()), "--json"});
}

bool says(const std::string& text, const std::string& part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a translator, a classifier and a scorer answer in the command's own process", "[tools]") {
  const outcome said =
      run({{"kind", "tiny"}, {"model", models + "translate-large.safetensors"}}, "the dog sleeps.\n");
  CHECK(said.status == 0);
  CHECK(dom::parse(said.out)["result"] == "der Hund schläft.");
  const outcome label =
      run({{"kind", "tiny"}, {"model", models + "sentiment-all.safetensors"}}, "the plot was awful.");
  CHECK(dom::parse(label.out)["result"] == "negative");
  const outcome score = run({{"kind", "tiny"}, {"model", models + "anomaly-all.safetensors"}},
                            "disk: sda at 64 degrees, 0 errors");
  CHECK(std::stod(dom::parse(score.out)["result"].get<std::string>()) > 0.5);
}

TEST_CASE("a joined translator needs the encoder that it was trained on", "[tools]") {
  const dom joined{{"kind", "tiny"}, {"model", models + "translate-hybrid-8k.safetensors"}};
  const outcome alone = run(joined, "the dog sleeps.");
  CHECK(alone.status == 2);
  CHECK(says(alone.err, "needs the encoder that it was trained on"));
  dom both = joined;
  both["encoder"] = models + "translate-large.safetensors";
  CHECK(dom::parse(run(both, "the dog sleeps.").out)["result"] == "der Hund schläft.");
  both["encoder"] = models + "sentiment-all.safetensors";
  CHECK(says(run(both, "the dog sleeps.").err, "an encoder of width 128"));
}

TEST_CASE("what is wrong with a model's file is said at its place in the task", "[tools]") {
  const outcome gone = run({{"kind", "tiny"}, {"model", "gone.safetensors"}}, "a dog.");
  CHECK(gone.status == 2);
  CHECK(says(gone.err, "/models/0/backend/model"));
  const outcome no_model = run({{"kind", "tiny"}, {"model", models + "README.md"}}, "a dog.");
  CHECK(no_model.status == 2);
  CHECK(says(no_model.err, "does not fit in a file"));
  const outcome misspelt = run({{"kind", "tiny"}, {"modle", "x"}}, "a dog.");
  CHECK(misspelt.status == 2);
}
