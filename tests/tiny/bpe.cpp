// SPDX-License-Identifier: BSL-1.0
#include "tiny/bpe.hpp"

#include <string>
#include <vector>

#include "catch.hpp"
#include "models.hpp"

using namespace tiny;

TEST_CASE("pairs are merged in the order in which they were learnt", "[tiny]") {
  // a = 4, b = 5, c = 6, space = 7; ab = 8, " ab" = 9, bc = 10
  const bpe words("61626320", "61+62 20+6162 62+63");
  REQUIRE(words.size() == 11);
  CHECK(words.encode("ab") == std::vector<token>{8});
  CHECK(words.encode("abc") == std::vector<token>{8, 6});
  CHECK(words.encode("bc bc") == std::vector<token>{10, 7, 10});
  CHECK(words.encode("c ab") == std::vector<token>{6, 9});
  CHECK(words.encode("x") == std::vector<token>{bpe::unknown});
  CHECK(words.encode("").empty());
  CHECK(words.decode(std::vector<token>{8, 9, 2, 10, -1, 99}) == "ab abbc");
}

TEST_CASE("a word that is too long is cut, and nothing is lost", "[tiny]") {
  const bpe words("61626320", "61+62 6162+6162");
  const std::string text(5001, 'a');
  CHECK(words.decode(words.encode(text)) == text);
}

TEST_CASE("tokens are those of the training script", "[tiny]") {
  // The cases' first line is what Python made of the test set's first sentence.
  const auto m = tiny_test::shipped("translate-large");
  const auto sentences = tiny_test::rows(tiny_test::folder + "translate.test.tsv");
  std::ifstream stream(SHOAL_TEST_DATA "/tiny/translate-large.txt");
  for (std::size_t k = 0; k < 3; ++k) {
    std::string line;
    std::getline(stream, line);
    std::istringstream in(line);
    std::vector<token> expected;
    for (token t; in >> t;) expected.push_back(t);
    CHECK(codec{m}.encode(sentences[k][0]) == expected);
    CHECK(m->words.decode(expected) == sentences[k][0]);
    for (int skipped = 0; skipped < 4; ++skipped) std::getline(stream, line);
  }
}

TEST_CASE("a tokenizer that is not of its form is refused", "[tiny]") {
  CHECK_THROWS_AS(bpe("6", ""), bad_weights);
  CHECK_THROWS_AS(bpe("6x", ""), bad_weights);
  CHECK_THROWS_AS(bpe("61", "61"), bad_weights);
  CHECK_THROWS_AS(bpe("61", "61+62"), bad_weights);
  CHECK_THROWS_AS(bpe("61", "61+"), bad_weights);
}
