// SPDX-License-Identifier: BSL-1.0
/// @file Equivalent answers as one: case, spaces, punctuation, numbers, LaTeX boxes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/aggregate/aggregator.hpp"
#include "shoal/aggregate/tally.hpp"
#include "shoal/aggregate/vote.hpp"
#include "shoal/core/unicode.hpp"
#include "shoal/core/when_used.hpp"

namespace shoal::aggregate {

namespace detail {

/// `text` without the white space around it.
constexpr std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n\f\v";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// Where the group that opens at `text[open]`, a brace, closes; npos where it does not.
constexpr std::size_t closing_brace(std::string_view text, std::size_t open) {
  std::size_t depth = 0;
  for (std::size_t i = open; i < text.size(); ++i) {
    if (text[i] == '{') ++depth;
    if (text[i] == '}' && --depth == 0) return i;
  }
  return std::string_view::npos;
}

/// Replaces every `command{inside}` by its inside; `\frac{a}{b}` by a/b.
template <class = when_used>
std::string without_commands(std::string text) {
  struct command {
    std::string_view name;
    bool fraction;
  };
  constexpr command known[] = {{"\\boxed", false},  {"\\fbox", false},   {"\\text", false},
                               {"\\mathrm", false}, {"\\textbf", false}, {"\\mathbf", false},
                               {"\\dfrac", true},   {"\\tfrac", true},   {"\\frac", true}};
  for (const auto& c : known) {
    for (std::size_t at = text.find(c.name); at != std::string::npos; at = text.find(c.name, at)) {
      const std::size_t open = at + c.name.size();
      const std::size_t close =
          open < text.size() && text[open] == '{' ? closing_brace(text, open) : std::string::npos;
      if (close == std::string::npos) {
        at = open;
        continue;
      }
      std::string inside = text.substr(open + 1, close - open - 1);
      std::size_t end = close;
      if (c.fraction) {
        const std::size_t second = close + 1 < text.size() && text[close + 1] == '{'
                                       ? closing_brace(text, close + 1)
                                       : std::string::npos;
        if (second == std::string::npos) {
          at = open;
          continue;
        }
        inside += '/' + text.substr(close + 2, second - close - 2);
        end = second;
      }
      text.replace(at, end - at + 1, inside);
    }
  }
  return text;
}

/// A whole number of at most 15 digits, grouped by commas or not, and how many digits it has; the rest of
/// `text` is left there.
struct digits {
  std::int64_t value = 0;
  int count = 0;
};

constexpr digits take_digits(std::string_view& text, bool grouped) {
  digits out;
  while (!text.empty() && out.count < 16) {
    if (grouped && text[0] == ',' && out.count > 0 && text.size() >= 4 &&
        text.find_first_not_of("0123456789", 1) >= 4 &&
        (text.size() == 4 || text[4] < '0' || text[4] > '9')) {
      text.remove_prefix(1);
      continue;
    }
    if (text[0] < '0' || text[0] > '9') break;
    out.value = 10 * out.value + (text[0] - '0');
    ++out.count;
    text.remove_prefix(1);
  }
  return out;
}

/// The number that `text` spells, as a fraction in lowest terms: `1/2` for 0.5, .50, 1/2, 2/4 and 50%; empty
/// where it spells none, or one of more digits than are kept exactly.
template <class = when_used>
std::string as_fraction(std::string_view text) {
  const auto number = [](std::string_view& rest, std::int64_t& above, std::int64_t& below) {
    bool minus = false;
    if (!rest.empty() && (rest[0] == '-' || rest[0] == '+')) {
      minus = rest[0] == '-';
      rest.remove_prefix(1);
    }
    const digits whole = take_digits(rest, true);
    digits part;
    if (!rest.empty() && rest[0] == '.') {
      rest.remove_prefix(1);
      part = take_digits(rest, false);
      if (part.count == 0) return false;
    }
    if (whole.count + part.count == 0 || whole.count + part.count > 15) return false;
    above = whole.value;
    below = 1;
    for (int i = 0; i < part.count; ++i) {
      above *= 10;
      below *= 10;
    }
    above += part.value;
    if (minus) above = -above;
    return true;
  };
  const auto divide = [](std::int64_t& a, std::int64_t& b) {
    std::int64_t x = a < 0 ? -a : a;
    std::int64_t y = b;
    while (y != 0) {
      const std::int64_t rest = x % y;
      x = y;
      y = rest;
    }
    if (x > 0) {
      a /= x;
      b /= x;
    }
  };
  std::int64_t above = 0;
  std::int64_t below = 1;
  if (!number(text, above, below)) return {};
  divide(above, below);
  if (!text.empty() && text[0] == '/') {
    text.remove_prefix(1);
    std::int64_t a = 0;
    std::int64_t b = 1;
    if (!number(text, a, b) || a <= 0) return {};
    divide(a, b);
    if (above > 1'000'000'000 || above < -1'000'000'000 || below > 1'000'000'000 || a > 1'000'000'000 ||
        b > 1'000'000'000)
      return {};
    above *= b;
    below *= a;
    divide(above, below);
  }
  if (!text.empty() && (text == "%" || text == "\\%")) {
    if (below > 1'000'000'000'000'000) return {};
    below *= 100;
    divide(above, below);
    text = {};
  }
  if (!text.empty()) return {};
  std::string out = std::to_string(above);
  if (below != 1) out += '/' + std::to_string(below);
  return out;
}

}  // namespace detail

/// The form that equivalent short answers share. Texts that differ in meaning keep apart wherever that can be
/// seen.
struct answer_form {
  bool lower = true;        ///< without regard to case
  bool punctuation = true;  ///< without punctuation at the ends, quotes and dollar signs around
  bool numbers = true;      ///< 0.5, 1/2, `\frac{1}{2}` and 50% are one; so are 1,000 and 1000
  bool latex = true;        ///< what a box, `\text` or dollar signs hold, in place of them

  /// The form of `text`. A text that nothing is left of keeps its own, so that no vote is lost.
  template <class = when_used>
  std::string operator()(std::string_view text) const {
    std::string out(detail::trimmed(text));
    if (latex) out = detail::without_commands(out);
    if (punctuation) out = without_marks(out);
    if (numbers) {
      std::string close;
      for (const char c : out)
        if (c != ' ') close += c;
      const std::string fraction = detail::as_fraction(close);
      if (!fraction.empty()) return fraction;
    }
    std::string spaced;
    bool blank = false;
    for (const char32_t c : decode_utf8(out)) {
      if (is_space(c)) {
        blank = !spaced.empty();
        continue;
      }
      if (blank) spaced += ' ';
      blank = false;
      append_utf8(spaced, lower ? lower_case(c) : c);
    }
    return spaced.empty() ? std::string(text) : spaced;
  }

 private:
  template <class = when_used>
  static std::string without_marks(std::string_view text) {
    constexpr std::string_view front = " \t\r\n\"'`$*([";
    constexpr std::string_view back = " \t\r\n\"'`$*.,;:!?)]";
    const std::size_t first = text.find_first_not_of(front);
    if (first == std::string_view::npos) return std::string(text);
    const std::size_t last = text.find_last_not_of(back);
    if (last == std::string_view::npos || last < first) return std::string(text);
    return std::string(text.substr(first, last - first + 1));
  }
};

/// `inner` on the forms of the answers: equivalent answers are one. The value is the spelling that most gave
/// of those that won, the smallest where several did.
template <class Inner = plurality, class Form = answer_form>
struct normalized {
  Inner inner{};
  Form form{};

  template <class Value>
  requires std::same_as<Value, std::string> && aggregator<Inner, Value> result<Value>
  operator()(std::span<const answer<Value>> answers) const {
    std::vector<answer<Value>> formed(answers.begin(), answers.end());
    for (auto& a : formed) a.value = form(a.value);
    result<Value> out = inner(std::span<const answer<Value>>(formed));
    if (!out) return out;
    std::vector<answer<Value>> spelled;
    for (std::size_t i = 0; i < formed.size(); ++i)
      if (!formed[i].abstains && formed[i].value == *out.value) spelled.push_back(answers[i]);
    if (const auto spelling = plurality{}(std::span<const answer<Value>>(spelled)))
      out.value = spelling.value;
    return out;
  }
};
normalized()->normalized<plurality, answer_form>;
template <class Inner>
normalized(Inner) -> normalized<Inner, answer_form>;

static_assert(aggregator<normalized<>, std::string>);

}  // namespace shoal::aggregate
