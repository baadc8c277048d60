// SPDX-License-Identifier: BSL-1.0
/// @file Colours and type of the drawings that the command writes, light and dark.
#pragma once

#include <string_view>

namespace shoal::tools {

inline constexpr std::string_view chart_style = R"css(
:root { --sheet: #ffffff; --ink: #16202c; --soft: #5b6775; --faint: #dfe4ea; --main: #1f6feb; --other: #8aa4c8;
  --knee: #b35900; --chosen: #1a7f37; }
@media (prefers-color-scheme: dark) { :root { --sheet: #151b23; --ink: #e8edf3; --soft: #9aa6b4; --faint: #2a323d;
  --main: #6f9bff; --other: #62789a; --knee: #ffb545; --chosen: #4ac26b; } }
.figure { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; font-size: 12px; }
.figure text { fill: var(--ink); } .figure text.tick { fill: var(--soft); }
.figure text.knee { fill: var(--knee); } .figure text.chosen { fill: var(--chosen); }
.sheet { fill: var(--sheet); } .grid { stroke: var(--faint); } .axis { fill: none; stroke: var(--soft); }
.dot { fill: var(--main); } .other { fill: var(--other); }
.hull { fill: none; stroke: var(--main); stroke-opacity: 0.4; }
.curve { fill: none; stroke: var(--main); stroke-width: 2; }
circle.knee { fill: none; stroke: var(--knee); stroke-width: 2; }
circle.chosen { fill: none; stroke: var(--chosen); stroke-width: 2; }
)css";

}  // namespace shoal::tools
