// SPDX-License-Identifier: BSL-1.0
#include "backend_kinds.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "tiny/runner.hpp"

namespace shoal::tools {

namespace {

// Each file is read once, however many models of a document name it.
using shelf = std::map<std::string, std::shared_ptr<const tiny::model>>;

std::shared_ptr<const tiny::model> model_of(const json::cursor& name, const std::filesystem::path& folder,
                                            shelf& read) {
  auto& out = read[(folder / name.text()).string()];
  if (out) return out;
  const std::string bytes = json::read_named_file(name, folder);
  try {
    out = tiny::read_model(bytes);
  } catch (const tiny::bad_weights& e) {
    name.refuse(message(json::shown(name.value()), ": ", e.what()));
  }
  return out;
}

infer::any_backend<> read_tiny(const json::cursor& at, const std::filesystem::path& folder, shelf& read) {
  at.only({"kind", "model", "encoder", "tokens"});
  hybrid::decoding how{.tokens = 100};
  if (const auto tokens = at.find("tokens")) how.tokens = tokens->whole(1);
  const auto own = model_of(at.at("model"), folder, read);
  const auto encoder = at.find("encoder");
  try {
    return tiny::runner(own, encoder ? model_of(*encoder, folder, read) : nullptr, how);
  } catch (const tiny::bad_weights& e) {
    at.refuse(e.what());
  }
}

}  // namespace

json::backend_kinds backend_kinds() {
  json::backend_kinds out;
  out["tiny"] = [read = std::make_shared<shelf>()](const json::cursor& at,
                                                   const std::filesystem::path& folder) {
    return read_tiny(at, folder, *read);
  };
  out["openai"] = read_openai;
  return out;
}

}  // namespace shoal::tools
