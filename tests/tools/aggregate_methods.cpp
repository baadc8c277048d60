// SPDX-License-Identifier: BSL-1.0
/// @file `shoal aggregate` with the methods that learn, and those for texts, rankings and numbers.
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "command.hpp"

using dom = nlohmann::json;
using shoal::test::outcome;
using shoal::test::scratch;

namespace {

std::string csv(const std::vector<std::string>& arguments, int status = 0) {
  const outcome ended = shoal::test::shoal(arguments, "/dev/null");
  INFO(ended.err);
  CHECK(ended.status == status);
  return ended.out;
}

// Twenty items; three workers are right, two err on every third item.
std::string votes() {
  std::string out = "item,worker,label\n";
  for (int i = 0; i < 20; ++i) {
    const std::string item = "q" + std::to_string(i);
    const std::string right = i % 2 == 0 ? "yes" : "no";
    const std::string wrong = i % 2 == 0 ? "no" : "yes";
    for (const char* good : {"ann", "bob", "cid"}) out += item + "," + good + "," + right + "\n";
    for (const char* poor : {"dan", "eve"})
      out += item + "," + poor + "," + (i % 3 == 0 ? wrong : right) + "\n";
  }
  return out + "silent,ann,\n";
}

}  // namespace

TEST_CASE("every method for labels answers an easy crowd, and says so in JSON", "[tools]") {
  const scratch folder;
  const std::string file = folder.write("votes.csv", votes());
  const std::string gold = folder.write("gold.csv", "item,truth\nq0,yes\nq1,no\nq2,yes\nq3,no\n");
  for (const std::string method :
       {"plurality", "wawa", "zbs", "one-coin", "dawid-skene", "ibcc", "glad", "auto", "stack"}) {
    INFO(method);
    const std::string found = csv({"aggregate", method, file, "--gold", gold});
    CHECK(found.find("item,label,confidence,tie\nq0,yes,") == 0);
    CHECK(found.find("\nq1,no,") != std::string::npos);
    CHECK(found.find("\nq19,no,") != std::string::npos);
    CHECK(found.find("\nsilent,,0,false\n") != std::string::npos);
    const dom json = dom::parse(csv({"aggregate", method, file, "--gold", gold, "--json"}));
    CHECK(json["method"] == method);
    CHECK(json["items"][0]["label"] == "yes");
    CHECK(json["items"][20]["because"] == "no answers");
    CHECK(json["workers"][0]["reliability"] > json["workers"][3]["reliability"]);
    if (method != "stack") CHECK(json["gold"]["reliability"] == 1.0);
  }
}

TEST_CASE("the order of the rows and the names' order do not change what is learnt", "[tools]") {
  const scratch folder;
  std::string turned = "worker,label,item\n";
  const std::string rows = votes();
  std::vector<std::string> lines;
  for (std::size_t at = rows.find('\n') + 1; at < rows.size();) {
    const std::size_t end = rows.find('\n', at);
    lines.push_back(rows.substr(at, end - at));
    at = end + 1;
  }
  // Workers in the opposite order within each item.
  for (std::size_t i = 0; i + 5 <= lines.size(); i += 5)
    for (std::size_t w = 5; w-- > 0;) {
      const std::string& line = lines[i + w];
      const std::size_t first = line.find(',');
      turned += line.substr(first + 1) + "," + line.substr(0, first) + "\n";
    }
  turned += "ann,,silent\n";
  for (const std::string method : {"dawid-skene", "auto", "glad"})
    CHECK(csv({"aggregate", method, folder.write("a.csv", rows)}) ==
          csv({"aggregate", method, folder.write("b.csv", turned)}));
}

TEST_CASE("robust means and inverse variances of numbers", "[tools]") {
  const scratch folder;
  std::string numbers = "item,worker,label\n";
  for (int i = 0; i < 12; ++i)
    for (int w = 0; w < 4; ++w)
      numbers += "q" + std::to_string(i) + ",w" + std::to_string(w) + "," +
                 std::to_string(10 * i + (w == 3 ? 900 + 31 * (i % 5) : (i * (w + 1)) % 3)) + "\n";
  const std::string file = folder.write("numbers.csv", numbers);
  for (const std::string method :
       {"trimmed-mean", "median", "huber", "median-of-means", "inverse-variance"}) {
    INFO(method);
    const dom json = dom::parse(csv({"aggregate", method, file, "--json"}));
    CHECK(json["items"][3]["value"] >= 29);
    CHECK(json["items"][3]["value"] < (method == "median-of-means" || method == "trimmed-mean" ? 600 : 40));
  }
  const dom learnt = dom::parse(csv({"aggregate", "inverse-variance", file, "--json"}));
  CHECK(learnt["workers"][3]["deviation"] > 100);
  CHECK(csv({"aggregate", "median", file}).find("item,value,low,high\nq0,0") == 0);
}

TEST_CASE("texts, in a column of that name or of labels", "[tools]") {
  const scratch folder;
  const std::string rows = "q,a,the cat sat on a mat\nq,b,the cat sat on the mat\nq,c,a bat sat on the mat\n";
  for (const char* head : {"item,worker,text\n", "item,worker,label\n"}) {
    const std::string file = folder.write("texts.csv", head + rows);
    for (const std::string method : {"medoid-chrf", "medoid-bleu", "rover"})
      CHECK(csv({"aggregate", method, file}).find("\nq,the cat sat on the mat,") != std::string::npos);
  }
}

TEST_CASE("rankings and duels", "[tools]") {
  const scratch folder;
  const std::string file =
      folder.write("ballots.csv", "item,worker,label\nq,a,x>y>z\nq,b,x > z>y\nq,c,y>x=z\n");
  for (const std::string method : {"borda", "copeland", "schulze", "ranked-pairs", "rrf", "bradley-terry"})
    CHECK(csv({"aggregate", method, file}).find("\nq,x>y>z,") != std::string::npos);
  const outcome wrong = shoal::test::shoal(
      {"aggregate", "borda", folder.write("wrong.csv", "item,worker,label\nq,a,x>>y\n")}, "/dev/null");
  CHECK(wrong.status == 2);
  CHECK(wrong.err.find("line 2: ranking \"x>>y\": a name is empty") != std::string::npos);
}

TEST_CASE("stack needs gold, and what learns takes no weights", "[tools]") {
  const scratch folder;
  const std::string file = folder.write("votes.csv", votes());
  const outcome bare = shoal::test::shoal({"aggregate", "stack", file}, "/dev/null");
  CHECK(bare.status == 2);
  CHECK(bare.err.find("stack needs --gold") != std::string::npos);
  const outcome other = shoal::test::shoal(
      {"aggregate", "stack", file, "--gold", folder.write("g.csv", "item,truth\nelse,yes\n")}, "/dev/null");
  CHECK(other.status == 2);
  CHECK(other.err.find("no item has a known truth") != std::string::npos);
  const outcome weighed = shoal::test::shoal({"aggregate", "auto", file, "--weights", "x.csv"}, "/dev/null");
  CHECK(weighed.err.find("takes no --weights: it learns them") != std::string::npos);
}
