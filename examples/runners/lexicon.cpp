// SPDX-License-Identifier: BSL-1.0
/// @file A runner of one's own: a program that is a model to shoal. It reads one request as JSON on standard
/// input and writes one answer as JSON on standard output, as docs/task-file.md says.
///
/// What it does is real, if small: it judges whether a text is positive or negative by the words of a
/// lexicon. In its place an inference engine would load its weights here and generate; the rest would stay as
/// it is.
///
///     echo '{"input": "Not bad at all."}' | ./lexicon lexicon.txt
#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <ctime>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "shoal/json/cursor.hpp"
#include "shoal/json/parse.hpp"

namespace {

using lexicon = std::unordered_map<std::string, double>;

lexicon read_lexicon(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read the lexicon " + path);
  lexicon out;
  for (std::string word; file >> word;) {
    if (word[0] == '#') {
      std::getline(file, word);
    } else if (!(file >> out[word])) {
      throw std::runtime_error("the lexicon has no number behind " + word);
    }
  }
  return out;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> out;
  bool inside = false;
  for (const char c : text) {
    const auto letter = static_cast<unsigned char>(c);
    const bool of_word = std::isalpha(letter) != 0 || c == '\'';
    if (of_word && !inside) out.emplace_back();
    if (of_word) out.back() += static_cast<char>(std::tolower(letter));
    inside = of_word;
  }
  return out;
}

struct opinion {
  double good = 0;
  double bad = 0;
};

opinion judge(const std::vector<std::string>& words, const lexicon& known) {
  opinion out;
  std::size_t turned = 0;  // so many words more are turned around
  double factor = 1;
  for (const std::string& word : words) {
    if (word == "not" || word == "never" || word == "no" || word.ends_with("n't")) {
      turned = 3;
      continue;
    }
    if (word == "very" || word == "really" || word == "so") {
      factor = 2;
      continue;
    }
    if (const auto at = known.find(word); at != known.end()) {
      const double score = factor * (turned > 0 ? -at->second : at->second);
      (score > 0 ? out.good : out.bad) += std::abs(score);
    }
    factor = 1;
    if (turned > 0) --turned;
  }
  return out;
}

nlohmann::json answer_to(std::string_view asked, const std::string& path) {
  const nlohmann::json request = shoal::json::parse(asked);
  const std::string& text = shoal::json::cursor(request).at("input").text();
  const auto words = words_of(text);
  const opinion found = judge(words, read_lexicon(path));
  nlohmann::json answer{
      {"usage",
       {{"input_tokens", words.size()}, {"time_s", static_cast<double>(std::clock()) / CLOCKS_PER_SEC}}}};
  if (found.good == found.bad) {
    answer["abstains"] = true;
  } else {
    answer["value"] = found.good > found.bad ? "positive" : "negative";
    answer["confidence"] = std::max(found.good, found.bad) / (found.good + found.bad);
  }
  return answer;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: lexicon LEXICON < request.json\n");
    return 2;
  }
  try {
    const std::string asked(std::istreambuf_iterator<char>(std::cin), {});
    std::cout << answer_to(asked, argv[1]) << '\n';
  } catch (const std::exception& e) {
    // What a runner knows of its own failure it reports; its subtask then goes to another model. Any exit
    // status but 0 would do as well, with the last line of standard error as the reason.
    std::cout << nlohmann::json{{"failure", {{"kind", "refused"}, {"text", e.what()}}}} << '\n';
  }
  return 0;
}
