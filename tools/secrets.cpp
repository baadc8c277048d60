// SPDX-License-Identifier: BSL-1.0
#include "secrets.hpp"

#include <algorithm>
#include <string_view>

#include <unistd.h>

namespace shoal::tools {

secrets::secrets() {
  constexpr std::size_t shortest = 8;  // shorter ones stand in too many words
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    const std::string_view v = *variable;
    const std::size_t end = v.find('=');
    if (end == v.npos || v.size() - end - 1 < shortest) continue;
    std::string name(v.substr(0, end));
    std::string upper = name;
    for (char& c : upper) {
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    for (const char* word : {"KEY", "TOKEN", "SECRET", "PASSWORD", "CREDENTIAL"}) {
      if (upper.find(word) == upper.npos) continue;
      known_.emplace_back(std::move(name), v.substr(end + 1));
      break;
    }
  }
  // A value may hold another one.
  std::stable_sort(known_.begin(), known_.end(),
                   [](const auto& a, const auto& b) { return a.second.size() > b.second.size(); });
}

std::string secrets::hidden_in(std::string text) const {
  for (const auto& [name, value] : known_) {
    for (std::size_t at = text.find(value); at != text.npos; at = text.find(value, at)) {
      text.replace(at, value.size(), '[' + name + ']');
      at += name.size() + 2;
    }
  }
  return text;
}

}  // namespace shoal::tools
