// SPDX-License-Identifier: BSL-1.0
#include <yaml-cpp/yaml.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/utf8.hpp"
#include "yaml.hpp"

namespace shoal::tools {

namespace {

// What an alias stands for counts each time: a few lines of them can stand for billions of values.
struct converter {
  std::size_t left = 100'000;

  nlohmann::json convert(const YAML::Node& node, std::size_t depth) {
    if (depth == 0) throw bad_input("YAML is nested deeper than 64");
    if (left-- == 0) throw bad_input("the YAML stands for more than 100000 values");
    switch (node.Type()) {
      case YAML::NodeType::Sequence: {
        nlohmann::json out = nlohmann::json::array();
        for (const auto& element : node) out.push_back(convert(element, depth - 1));
        return out;
      }
      case YAML::NodeType::Map: {
        nlohmann::json out = nlohmann::json::object();
        for (const auto& member : node) {
          if (!member.first.IsScalar())
            throw bad_input(message("line ", member.first.Mark().line + 1, ": a key is no text"));
          const std::string& key = member.first.Scalar();
          if (out.contains(key)) {
            throw bad_input(
                message("line ", member.first.Mark().line + 1, ": the key ", quoted(key), " is there twice"));
          }
          out[key] = convert(member.second, depth - 1);
        }
        return out;
      }
      case YAML::NodeType::Scalar:
        return scalar(node);
      default:
        return nullptr;
    }
  }

  // Only what stands without quotes may be a number, a truth value or nothing.
  static nlohmann::json scalar(const YAML::Node& node) {
    const std::string& text = node.Scalar();
    if (node.Tag() != "?") return text;
    if (text == "true" || text == "True" || text == "TRUE") return true;
    if (text == "false" || text == "False" || text == "FALSE") return false;
    if (text == "~" || text == "null" || text == "Null" || text == "NULL") return nullptr;
    if (std::int64_t whole = 0; YAML::convert<std::int64_t>::decode(node, whole)) return whole;
    if (double number = 0; YAML::convert<double>::decode(node, number) && std::isfinite(number))
      return number;
    return text;
  }
};

}  // namespace

nlohmann::json read_yaml(const std::string& text) {
  if (const std::size_t bad = utf8_error(text); bad < text.size())
    throw bad_input(message("byte ", bad, " is not UTF-8"));
  try {
    return converter{}.convert(YAML::Load(text), 64);
  } catch (const YAML::Exception& e) {
    throw bad_input(message("line ", e.mark.line + 1, ", column ", e.mark.column + 1, ": ", e.msg));
  }
}

}  // namespace shoal::tools
