// SPDX-License-Identifier: BSL-1.0
/// @file The shipped models, each read once.
#pragma once

#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "tiny/model.hpp"

namespace tiny_test {

inline const std::string folder = SHOAL_SOURCE_DIR "/examples/data/models/";

inline std::shared_ptr<const tiny::model> shipped(const std::string& name) {
  static std::map<std::string, std::shared_ptr<const tiny::model>> read;
  auto& out = read[name];
  if (!out) out = tiny::load_model(folder + name + ".safetensors");
  return out;
}

inline std::string bytes_of(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream out;
  out << stream.rdbuf();
  return out.str();
}

/// The lines of a file, cut at tabs.
inline std::vector<std::vector<std::string>> rows(const std::string& path) {
  std::vector<std::vector<std::string>> out;
  std::ifstream stream(path);
  for (std::string line; std::getline(stream, line);) {
    std::vector<std::string> fields;
    std::stringstream cut(line);
    for (std::string field; std::getline(cut, field, '\t');) fields.push_back(field);
    out.push_back(fields);
  }
  return out;
}

}  // namespace tiny_test
