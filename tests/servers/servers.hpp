// SPDX-License-Identifier: BSL-1.0
/// @file llama-server for the tests, on one of two models: random weights that never end, and a translator of
/// ours.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "llama_server.hpp"
#include "random_model.hpp"
#include "tiny/runner.hpp"

namespace shoal::test {

/// Path of llama-server; null where there is none. `scripts/test.sh` gets one and names it.
inline const char* llama_server_path() {
  const char* path = std::getenv("SHOAL_LLAMA_SERVER");
  return path == nullptr || *path == '\0' ? nullptr : path;
}

/// Ends a test that needs a real server where there is none; ctest looks for the line and counts the test as
/// skipped.
#define SHOAL_NEED_LLAMA_SERVER()                                             \
  if (shoal::test::llama_server_path() == nullptr) {                          \
    std::puts("skipped: no llama-server (scripts/llama_server.sh gets one)"); \
    return;                                                                   \
  }                                                                           \
  static_cast<void>(0)

/// The same for the translator, which the build converts by python3.
#define SHOAL_NEED_TRANSLATOR()                                 \
  SHOAL_NEED_LLAMA_SERVER();                                    \
  if (!std::filesystem::exists(SHOAL_TRANSLATOR_GGUF)) {        \
    std::puts("skipped: no python3, which converts the model"); \
    return;                                                     \
  }                                                             \
  static_cast<void>(0)

/// The model of random weights, made once for all tests of a process.
inline const std::string& random_model() {
  struct made {
    std::string path;
    made() {
      std::string folder = (std::filesystem::temp_directory_path() / "shoal-model-XXXXXX").string();
      if (mkdtemp(folder.data()) == nullptr) throw std::runtime_error("no temporary folder");
      path = folder + "/babble.gguf";
      write_random_model(path);
    }
    ~made() { std::filesystem::remove_all(std::filesystem::path(path).parent_path()); }
  };
  static const made model;
  return model.path;
}

/// A server of random weights, with two slots of 8192 tokens: for whoever needs an answer without an end.
class babbling_server : public runners::llama_server {
 public:
  explicit babbling_server(std::vector<std::string> more = {})
      : runners::llama_server({llama_server_path(), random_model(), 16384, 2, std::move(more)}) {}
};

/// A server of the translator `translate-lm`, with two slots of 256 tokens.
class translating_server : public runners::llama_server {
 public:
  translating_server() : runners::llama_server({llama_server_path(), SHOAL_TRANSLATOR_GGUF}) {}
};

/// The first sentences of the translators' held-out data, with their translations.
inline std::vector<std::pair<std::string, std::string>> sentences(std::size_t most) {
  std::ifstream file(SHOAL_SOURCE_DIR "/examples/data/models/translate.test.tsv");
  std::vector<std::pair<std::string, std::string>> out;
  for (std::string line; out.size() < most && std::getline(file, line);) {
    const std::size_t tab = line.find('\t');
    out.emplace_back(line.substr(0, tab), line.substr(tab + 1));
  }
  return out;
}

/// The same weights in this process.
inline std::shared_ptr<const tiny::model> translator() {
  static const auto model =
      tiny::load_model(SHOAL_SOURCE_DIR "/examples/data/models/translate-lm.safetensors");
  return model;
}

}  // namespace shoal::test
