// SPDX-License-Identifier: BSL-1.0
/// @file A strict reader of plain XML: elements, attributes, text and comments, and nothing else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/utf8.hpp"
#include "shoal/core/when_used.hpp"

namespace shoal {

/// Text that is not the XML that is read here, or XML of another shape than its reader wants; the text begins
/// with the line, `line 12: ...`.
struct invalid_xml : bad_input {
  using bad_input::bad_input;
};

/// An element with what is in it.
struct xml_element {
  struct attribute {
    std::string name{};
    std::string value{};
  };

  std::string name{};
  std::vector<attribute> attributes{};
  std::vector<xml_element> children{};
  std::string text{};    ///< its own character data, without that of children
  std::size_t line = 0;  ///< where it begins, from 1

  /// The value of an attribute, or null.
  template <class = when_used>
  const std::string* find(std::string_view wanted) const {
    for (const attribute& a : attributes) {
      if (a.name == wanted) return &a.value;
    }
    return nullptr;
  }
};

/// Reads a document. Accepted: an XML declaration, comments, elements with attributes, character data, the
/// five named entities and character references; all else (document types, processing instructions, CDATA
/// sections, namespaces that matter) is refused, as are elements nested deeper than 200, so that no text can
/// exhaust the stack or expand beyond its own size.
/// @throws invalid_xml  `line 3: <gate> is closed by </and>`.
/// @complexity O(text.size()) time and memory.
template <class = when_used>
xml_element parse_xml(std::string_view text);

/// Text as it stands in an attribute or between tags: the five characters that XML reserves as entities,
/// control characters, which it cannot hold, as '?'.
template <class = when_used>
std::string xml_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&apos;";
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20U ? '?' : c;
    }
  }
  return out;
}

namespace detail {

template <class = when_used>
class xml_reader {
 public:
  explicit xml_reader(std::string_view text) : text_(text) {}

  xml_element document() {
    if (const std::size_t bad = utf8_error(text_); bad < text_.size()) {
      at_ = bad;
      refuse("a byte that is not UTF-8");
    }
    skip("\xEF\xBB\xBF");
    if (begins("<?xml ")) {
      const std::size_t end = text_.find("?>", at_);
      if (end == std::string_view::npos) refuse("the XML declaration does not end");
      at_ = end + 2;
    }
    between();
    if (at_ == text_.size()) refuse("there is no element");
    xml_element root = element(0);
    between();
    if (at_ < text_.size()) refuse("something follows the end of <", root.name, ">");
    return root;
  }

 private:
  static constexpr std::size_t deepest = 200;

  template <class... Parts>
  [[noreturn]] void refuse(const Parts&... parts) const {
    throw invalid_xml(message("line ", line_at(at_), ": ", parts...));
  }

  // Lines are counted onwards from the last place that was asked for.
  std::size_t line_at(std::size_t at) const {
    for (; counted_ < at && counted_ < text_.size(); ++counted_) {
      if (text_[counted_] == '\n') ++line_;
    }
    return line_;
  }

  bool begins(std::string_view with) const { return text_.substr(at_, with.size()) == with; }

  bool skip(std::string_view with) {
    if (!begins(with)) return false;
    at_ += with.size();
    return true;
  }

  static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

  void spaces() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }

  bool comment() {
    if (!begins("<!--")) return false;
    const std::size_t end = text_.find("-->", at_ + 4);
    if (end == std::string_view::npos) refuse("a comment does not end");
    at_ = end + 3;
    return true;
  }

  // What may stand around the root element.
  void between() {
    do {
      spaces();
    } while (comment());
    if (at_ < text_.size() && (text_[at_] != '<' || begins("<!") || begins("<?")))
      refuse("not an element or a comment");
  }

  static bool in_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.' || c == ':' || (static_cast<unsigned char>(c) & 0x80U) != 0;
  }

  std::string name() {
    const std::size_t start = at_;
    while (at_ < text_.size() && in_name(text_[at_])) ++at_;
    if (at_ == start) refuse("a name is missing");
    const char first = text_[start];
    if ((first >= '0' && first <= '9') || first == '-' || first == '.')
      refuse("a name begins with '", first, "'");
    return std::string(text_.substr(start, at_ - start));
  }

  void entity(std::string& out) {
    const std::size_t end = text_.find(';', at_);
    if (end == std::string_view::npos || end - at_ > 12) refuse("an entity does not end");
    const std::string_view body = text_.substr(at_ + 1, end - at_ - 1);
    if (body == "amp") {
      out += '&';
    } else if (body == "lt") {
      out += '<';
    } else if (body == "gt") {
      out += '>';
    } else if (body == "quot") {
      out += '"';
    } else if (body == "apos") {
      out += '\'';
    } else if (!body.empty() && body.front() == '#') {
      character(out, body.substr(1));
    } else {
      refuse("there is no entity ", quoted(body));
    }
    at_ = end + 1;
  }

  void character(std::string& out, std::string_view digits) {
    const bool hexadecimal = !digits.empty() && digits.front() == 'x';
    if (hexadecimal) digits.remove_prefix(1);
    std::uint32_t code = 0;
    bool fine = !digits.empty();
    for (const char c : digits) {
      std::uint32_t digit = 99;
      if (c >= '0' && c <= '9') digit = static_cast<std::uint32_t>(c - '0');
      if (hexadecimal && c >= 'a' && c <= 'f') digit = static_cast<std::uint32_t>(c - 'a' + 10);
      if (hexadecimal && c >= 'A' && c <= 'F') digit = static_cast<std::uint32_t>(c - 'A' + 10);
      fine = fine && digit < (hexadecimal ? 16U : 10U);
      if (fine) code = code * (hexadecimal ? 16U : 10U) + digit;
      fine = fine && code <= 0x10FFFFU;
    }
    fine = fine && (code >= 0x20U || code == 9 || code == 10 || code == 13) &&
           (code < 0xD800U || code > 0xDFFFU);
    if (!fine) refuse("there is no character ", hexadecimal ? "#x" : "#", quoted(digits));
    append_utf8(out, code);
  }

  void attributes(xml_element& e) {
    for (;;) {
      const std::size_t before = at_;
      spaces();
      if (at_ == text_.size()) refuse("<", e.name, "> does not end");
      if (text_[at_] == '>' || begins("/>")) return;
      if (at_ == before) refuse("a space is missing in <", e.name, ">");
      xml_element::attribute a{name(), {}};
      if (e.find(a.name) != nullptr) refuse("<", e.name, "> has ", quoted(a.name), " twice");
      spaces();
      if (!skip("=")) refuse("attribute ", quoted(a.name), " has no value");
      spaces();
      const char quote = at_ < text_.size() ? text_[at_] : ' ';
      if (quote != '"' && quote != '\'') refuse("the value of ", quoted(a.name), " is not in quotes");
      ++at_;
      while (at_ < text_.size() && text_[at_] != quote) {
        if (text_[at_] == '<') refuse("the value of ", quoted(a.name), " has a '<'");
        if (text_[at_] == '&') {
          entity(a.value);
        } else {
          a.value += is_space(text_[at_]) ? ' ' : text_[at_];
          ++at_;
        }
      }
      if (at_ == text_.size()) refuse("the value of ", quoted(a.name), " does not end");
      ++at_;
      e.attributes.push_back(std::move(a));
    }
  }

  xml_element element(std::size_t depth) {
    if (depth > deepest) refuse("elements are nested more than ", deepest, " deep");
    xml_element e;
    e.line = line_at(at_);
    ++at_;  // '<'
    e.name = name();
    attributes(e);
    if (skip("/>")) return e;
    ++at_;  // '>'
    for (;;) {
      if (at_ == text_.size()) refuse("<", e.name, "> of line ", e.line, " is not closed");
      if (text_[at_] == '&') {
        entity(e.text);
      } else if (text_[at_] != '<') {
        e.text += text_[at_++];
      } else if (skip("</")) {
        const std::string closed = name();
        if (closed != e.name) refuse("<", e.name, "> of line ", e.line, " is closed by </", closed, ">");
        spaces();
        if (!skip(">")) refuse("</", closed, " does not end");
        return e;
      } else if (comment()) {
        continue;
      } else if (begins("<!") || begins("<?")) {
        refuse("only elements, text and comments are read");
      } else {
        e.children.push_back(element(depth + 1));
      }
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  mutable std::size_t counted_ = 0;
  mutable std::size_t line_ = 1;
};

}  // namespace detail

template <class>
xml_element parse_xml(std::string_view text) {
  return detail::xml_reader<>(text).document();
}

}  // namespace shoal
