// SPDX-License-Identifier: BSL-1.0
/// @file The demo live over HTTP: three real servers, one of them is killed.
#pragma once

#include <string>
#include <vector>

#include "live.hpp"
#include "live_story.hpp"

namespace demo {

/// Starts three llama-servers on the translator "lm", translates the sentences by them, and kills one when it
/// has done a third of its part. Fills in `served`, `nodes` and `same`.
/// @param program, gguf  llama-server and its model.
/// @throws shoal::bad_input  where the demo was built without shoal::openai.
void translate_by_servers(live_story& told, const std::vector<sentence>& text, const std::string& program,
                          const std::string& gguf);

}  // namespace demo
