// SPDX-License-Identifier: BSL-1.0
#include "shoal/decompose/sentences.hpp"

#include "support.hpp"

using namespace shoal;

namespace {

// The sentences of a text that is written with a "|" where each begins, the first one left out.
void check_split(const std::string& marked, const decompose::sentences& policy = {}) {
  std::vector<std::string> expected(1);
  std::string text;
  for (const char c : marked) {
    if (c == '|') {
      expected.emplace_back();
    } else {
      expected.back() += c;
      text += c;
    }
  }
  INFO(marked);
  CHECK(inputs(policy(task{.text = text})) == expected);
}

}  // namespace

TEST_CASE("a sentence ends with its mark and the white space behind", "[decompose]") {
  check_split("It rains. |It pours! |Does it?  \t|Yes\u2026 |Well ... |It does.\n|Good");
  check_split("What?! |No!!! |Never.");
  check_split("One.\r\n|Two.\r\n");
  check_split("A sentence that has no end");
}

TEST_CASE("quotes and brackets that close belong to the sentence before", "[decompose]") {
  check_split("She said \"Go.\" |He went.");
  check_split(
      "(He went.) |\u201CWhy?\u201D |\u2018Because.\u2019 |[Done.] |\u201EGut.\u201C |\u00BBJa.\u00AB");
  check_split("\u00AB\u00A0Oui\u202F!\u00A0\u00BB |\u00AB\u00A0Non.\u00A0\u00BB");
  check_split("She asked (twice!). |\"No.\"");
}

TEST_CASE("a sentence goes on where a small letter follows", "[decompose]") {
  check_split("\"Stop!\" he said. |Then silence.");
  check_split("Yahoo! is a name. |Bread, eggs, etc. are food. |Bread, eggs, etc. |Next week more.");
  check_split(
      "Well... \u00E4hnlich. |Ach! \u0438 \u0442\u0430\u043A. |\u03A9! \u03BA\u03B1\u03B9. |\u010C! \u010D.");
  check_split("\u201CReally?\u201D \u201Cyes.\u201D |\u00C4hnlich. |\u0418 \u0442\u0430\u043A.");
}

TEST_CASE("abbreviations, initials and letters with periods do not end a sentence", "[decompose]") {
  check_split("Mr. Smith met Dr. J. R. R. Tolkien, Prof. Lee et al. Yesterday. |Then St. Ives.");
  check_split("Use tools, e.g. Python, i.e. Code, in the U.S. Senate. |Z.B. Berlin. |D.h. Alles.");
  check_split(
      "(cf. Smith) ended. |MR. BIG left. |\u0410. \u0421. \u041F\u0443\u0448\u043A\u0438\u043D. "
      "|\u041D\u0435\u0442.");
  check_split("A Ph.D. Thesis. |Acme Inc. Reports. |Fig. A shows. |Nr. 5 lebt.");
}

TEST_CASE("decimals, versions, addresses, file names and numbers of lists do not end a sentence",
          "[decompose]") {
  check_split("Pi is 3.14. |Use v1.2.3 of example.com/a.html now. |Then .5 or 1.000,50.");
  check_split("See No. 5. |Born in 1990. |Gone in 2020.");
  check_split("1. Mix it.\n|2. Bake it.\n  |10. Eat it. |Done in 2020. |Really.");
  check_split("It was 1990. 5 years went.");
}

TEST_CASE("full-width marks need no white space behind", "[decompose]") {
  check_split(
      "\u4ECA\u65E5\u306F\u3002|\u96E8\u3067\u3059\uFF01|\u672C\u5F53\uFF1F\uFF01|\u306F\u3044\u3002");
  check_split("\u4F60\u597D\u3002 |\u518D\u89C1\uFF61|\u597D");
}

TEST_CASE("text right behind a closing quote belongs to the quoted sentence", "[decompose]") {
  check_split(
      "\u300C\u884C\u304F\uFF1F\u300D\u3068\u805E\u3044\u305F\u3002|\u300C\u3046\u3093\u3002\u300D|"
      "\u300C\u3058\u3083\u3002\u300D\n|\u5F7C\u306F");
  check_split("\u201C\u4F60\u597D\u3002\u201D\u4ED6\u8BF4\u3002|\u201C\u597D\u3002\u201D");
}

TEST_CASE("sentences of other scripts end with their own marks", "[decompose]") {
  check_split("\u0939\u093E\u0901\u0964 |\u0928\u0939\u0940\u0902\u0964");
  check_split("\u0647\u0644\u061F |\u0646\u0639\u0645. |\u0644\u0627\u06D4 |\u0646");
  check_split("\u1230\u120B\u121D\u1362 |\u12A5\u123A\u1362");
}

TEST_CASE("a blank line ends a sentence without any mark, a single line end does not", "[decompose]") {
  check_split("A title\n\n|The text of\ntwo lines. |More\n\n\n|End");
  check_split("see Mr.\n\n|Smith");
}

TEST_CASE("in doubt the text stays together", "[decompose]") {
  check_split("He lives in the U.S. She left.");
  check_split("We took plan B. It failed.");
  check_split("iPhones sell. iPads too.");
  check_split("No space.Here");
}

TEST_CASE("the list of abbreviations is the user's to change", "[decompose]") {
  check_split("Mr. |Smith, Abb. |Four", {.abbreviations = {}});
  check_split("Mr. |Smith, Abb. Four", {.abbreviations = {"abb"}});
}
