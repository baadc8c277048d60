// SPDX-License-Identifier: BSL-1.0
/// @file Colours and type of the page of a run, light and dark.
#pragma once

#include <string_view>

namespace shoal::run::detail {

/// CSS of the page, its timeline included.
inline constexpr std::string_view report_style = R"css(
:root { color-scheme: light dark;
  --page: #f3f5f8; --sheet: #ffffff; --ink: #16202c; --soft: #5b6775; --faint: #e4e8ed; --lane: #f6f8fa;
  --good: #2d62d4; --bad: #cf3527; --gone: #a9b2bd; --done: #0a8f72; --retry: #e08600; --hedge: #0a8f72;
  --moved: #8a4fd0; --queue: #c9d3e0; --breaker: #f08a0026; --dead: #cf352726; --share: #2d62d422; }
@media (prefers-color-scheme: dark) { :root {
  --page: #0d1218; --sheet: #151b23; --ink: #e8edf3; --soft: #9aa6b4; --faint: #2a323d; --lane: #1a212a;
  --good: #6f9bff; --bad: #ff7361; --gone: #5b6673; --done: #35c9a3; --retry: #ffb545; --hedge: #35c9a3;
  --moved: #bd93f9; --queue: #36424f; --breaker: #ffb54526; --dead: #ff736126; --share: #7ea6ff2e; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 44px 20px 56px; }
h1 { font-size: 32px; line-height: 1.2; letter-spacing: -0.015em; margin: 0 0 8px; overflow-wrap: anywhere; }
h2 { font-size: 20px; letter-spacing: -0.01em; margin: 0 0 4px; }
.verdict { font-size: 18px; margin: 0 0 6px; font-weight: 600; }
.verdict.complete { color: var(--done); } .verdict.partial { color: var(--retry); } .verdict.none { color: var(--bad); }
.facts { color: var(--soft); margin: 0 0 26px; font-size: 14.5px; overflow-wrap: anywhere; }
.facts span { display: inline-block; margin-right: 18px; } .facts b { font-weight: 600; color: var(--ink); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(225px, 1fr)); gap: 12px; margin-bottom: 22px; }
.tile, section { background: var(--sheet); border: 1px solid var(--faint); border-radius: 12px; }
.tile { padding: 14px 16px; }
.tile b { display: block; font-size: 27px; font-weight: 650; letter-spacing: -0.02em; line-height: 1.2;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.tile span { color: var(--soft); font-size: 13.5px; line-height: 1.4; display: block; margin-top: 3px; }
.tile.bad b { color: var(--bad); } .tile.good b { color: var(--done); } .tile.partial b { color: var(--retry); }
section { padding: 20px 22px; margin-bottom: 16px; }
section > p { margin: 4px 0 12px; color: var(--soft); max-width: 56em; font-size: 14.5px; }
.scroll { overflow-x: auto; } .scroll table { min-width: 620px; }
table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; }
th { text-align: right; font-weight: 600; color: var(--soft); font-size: 12.5px; vertical-align: bottom; }
td { text-align: right; white-space: nowrap; }
th, td { padding: 6px 8px; border-bottom: 1px solid var(--faint); }
th:first-child, td:first-child { padding-left: 0; }
th.words, td.words { text-align: left; }
td.words { white-space: normal; min-width: 112px; overflow-wrap: anywhere; unicode-bidi: isolate; }
td.long { min-width: 260px; }
tr:last-child td { border-bottom: 0; }
tr.sum td { font-weight: 600; }
td.zero { color: var(--gone); } td.bad { color: var(--bad); }
td.share { min-width: 86px; background: linear-gradient(var(--share), var(--share)) no-repeat left center / var(--w) 64%; }
.key { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 10px 0 0; padding: 0; list-style: none;
  color: var(--soft); font-size: 13px; }
.key svg { width: 22px; height: 14px; vertical-align: -2px; margin-right: 6px; }
footer { color: var(--soft); font-size: 13px; padding: 6px 4px; } footer p { margin: 5px 0; }
svg.figure { display: block; width: 100%; min-width: 760px; height: auto; }
.figure text, .key text { font-size: 12px; fill: var(--ink);
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif; }
.figure text.tick { fill: var(--soft); font-size: 11.5px; } .figure text.name { font-weight: 600; }
.figure text.note { fill: var(--soft); font-size: 11px; }
.sheet { fill: var(--sheet); } .lane { fill: var(--lane); } .grid { stroke: var(--faint); stroke-width: 1; }
.breaker { fill: var(--breaker); } .dead { fill: var(--dead); }
.edge-breaker { stroke: var(--retry); stroke-width: 1.5; } .edge-dead { stroke: var(--bad); stroke-width: 1.5; }
.answered { fill: var(--good); } .failed { fill: var(--bad); } .cancelled { fill: var(--gone); }
.running { fill: none; stroke: var(--good); stroke-width: 1; }
.retry { fill: var(--retry); } .hedge { fill: var(--hedge); } .reassigned { fill: var(--moved); }
.queue { fill: var(--queue); } .late { stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 3 2; fill: none; }
.late-end { fill: var(--sheet); stroke: var(--bad); stroke-width: 1.5; }
.curve { fill: none; stroke: var(--done); stroke-width: 2.5; stroke-linejoin: round; }
.area { fill: var(--good); fill-opacity: 0.22; } .bin { fill: transparent; } .bin:hover { fill: var(--share); }
@media (max-width: 560px) { main { padding: 26px 12px 40px; } h1 { font-size: 25px; } section { padding: 16px 14px; }
  .tiles { grid-template-columns: repeat(2, 1fr); gap: 9px; } .tile { padding: 11px 12px; } .tile b { font-size: 22px; } }
@media print { body { background: none; } section, .tile { break-inside: avoid; } }
)css";

}  // namespace shoal::run::detail
