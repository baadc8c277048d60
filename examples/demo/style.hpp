// SPDX-License-Identifier: BSL-1.0
/// @file Colours and type of the demo's figures, light and dark.
#pragma once

#include <string_view>

namespace demo {

/// Stands in each SVG file and, once, in the page.
inline constexpr std::string_view figure_style = R"css(:root {
  --sheet: #ffffff; --ink: #16202c; --soft: #5b6775; --faint: #e4e8ed;
  --pick: #f08a00; --small: #0a8f72; --fleet: #2d62d4; --large: #cf4327; --other: #8a94a1;
  --h0: #eef4fa; --h1: #dbe8f4; --h2: #c3d9ed; --h3: #a4c5e3; --h4: #80add6;
  --h5: #5c93c6; --h6: #3f79b2; --h7: #2a5f99; --h8: #1a477c; --h9: #0e315d;
}
@media (prefers-color-scheme: dark) { :root {
  --sheet: #151b23; --ink: #e8edf3; --soft: #9aa6b4; --faint: #2a323d;
  --pick: #ffb545; --small: #35c9a3; --fleet: #7ea6ff; --large: #ff8866; --other: #7d8896;
  --h0: #1a2733; --h1: #1c3145; --h2: #1e3c58; --h3: #22496d; --h4: #285884;
  --h5: #326a9c; --h6: #4180b5; --h7: #5b99cb; --h8: #82b6de; --h9: #b3d4ee;
} }
.figure { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif; }
.figure text { font-size: 12px; fill: var(--ink); }
.figure .sheet { fill: var(--sheet); }
.figure .grid { stroke: var(--faint); stroke-width: 1; }
.figure .base { stroke: var(--soft); stroke-width: 1; }
.figure text.tick, .figure text.note { fill: var(--soft); }
.figure text.head { font-size: 14px; font-weight: 600; }
.figure text.strong { font-weight: 600; }
.figure text.in-small { fill: var(--small); font-weight: 600; }
.figure text.in-fleet { fill: var(--fleet); font-weight: 600; }
.figure text.in-large { fill: var(--large); font-weight: 600; }
.figure text.in-other { fill: var(--soft); font-weight: 600; }
.figure text.halo { paint-order: stroke; stroke: var(--sheet); stroke-width: 4px; stroke-linejoin: round; }
.figure .curve { fill: none; stroke-width: 3; stroke-linejoin: round; stroke-linecap: round; }
.figure .curve.small { stroke: var(--small); }
.figure .curve.fleet { stroke: var(--fleet); }
.figure .curve.large { stroke: var(--large); }
.figure .curve.other { stroke: var(--other); }
.figure .dashed { stroke-dasharray: 5 5; stroke-width: 1.5; fill: none; }
.figure .dashed.small { stroke: var(--small); }
.figure .dashed.large { stroke: var(--large); }
.figure .dashed.other { stroke: var(--other); }
.figure .thin { stroke-width: 2; fill: none; }
.figure .thin.small { stroke: var(--small); }
.figure .thin.fleet { stroke: var(--fleet); }
.figure .dot { stroke: var(--sheet); stroke-width: 1.5; }
.figure .dot.small { fill: var(--small); }
.figure .dot.fleet { fill: var(--fleet); }
.figure .dot.large { fill: var(--large); }
.figure .dot.other { fill: var(--other); }
.figure .ring { fill: var(--sheet); stroke-width: 2; }
.figure .ring.small { stroke: var(--small); }
.figure .ring.fleet { stroke: var(--fleet); }
.figure .ring.other { stroke: var(--other); }
.figure .call { fill: var(--fleet); fill-opacity: 0.75; } .figure .call.failed { fill: var(--large); }
.figure .chosen { fill: none; stroke: var(--pick); stroke-width: 3; }
.figure .h0 { fill: var(--h0); } .figure .h1 { fill: var(--h1); } .figure .h2 { fill: var(--h2); }
.figure .h3 { fill: var(--h3); } .figure .h4 { fill: var(--h4); } .figure .h5 { fill: var(--h5); }
.figure .h6 { fill: var(--h6); } .figure .h7 { fill: var(--h7); } .figure .h8 { fill: var(--h8); }
.figure .h9 { fill: var(--h9); }
.figure text.on-low { fill: #16202c; } .figure text.on-high { fill: #ffffff; }
@media (prefers-color-scheme: dark) {
  .figure text.on-low { fill: #dbe5ee; } .figure text.on-high { fill: #ffffff; }
  .figure text.on-top { fill: #10161d; }
}
@media (prefers-color-scheme: light) { .figure text.on-top { fill: #ffffff; } }
)css";

}  // namespace demo
