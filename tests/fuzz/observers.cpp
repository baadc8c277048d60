// SPDX-License-Identifier: BSL-1.0
/// @file Any bytes as events of a run: its page is well-formed and free of scripts, its metrics, spans and
/// log are lines as they should be, and the progress bar keeps to its width.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "shoal/core/utf8.hpp"
#include "shoal/core/xml.hpp"
#include "shoal/json/event_lines.hpp"
#include "shoal/json/otlp.hpp"
#include "shoal/observers.hpp"

namespace {

using namespace shoal;

void require(bool holds) {
  if (!holds) std::abort();
}

// Takes bytes from the front; zeros when there are none left.
class bytes {
 public:
  bytes(const std::uint8_t* data, std::size_t size) : left_(reinterpret_cast<const char*>(data), size) {}

  bool empty() const { return left_.empty(); }
  unsigned one() {
    const std::string_view b = text(1);
    return b.empty() ? 0 : static_cast<unsigned char>(b[0]);
  }
  std::string_view text(std::size_t most) {
    const std::string_view out = left_.substr(0, most);
    left_.remove_prefix(out.size());
    return out;
  }
  double number() {  // any bits, or something that may well be a time
    if (one() % 4 != 0) return 0.01 * one();
    double out = 0;
    const std::string_view b = text(sizeof out);
    std::memcpy(&out, b.data(), b.size());
    return out;
  }

 private:
  std::string_view left_;
};

void check_scripts(const xml_element& e) {
  require(e.name != "script");
  for (const auto& a : e.attributes)
    require(a.name.rfind("on", 0) != 0 && a.name != "href" && a.name != "src");
  for (const xml_element& child : e.children) check_scripts(child);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  bytes in(data, size);
  run::recorder story({.calls = 40, .subtasks = 40, .models = 6, .outages = 3, .text = 20});
  run::metrics metrics({.most_models = 3});
  auto to_metrics = metrics.observe();
  run::progress_bar bar(in.one() % 8);
  const auto check_line = [](std::string_view line) {
    require(line.find('\n') == line.size() - 1);
    require(nlohmann::json::accept(line));
  };
  json::otlp_spans spans({.text = 20}, check_line);
  json::event_lines log(check_line);
  const std::size_t one_by_one = in.one() % 2 == 0 ? 100 : 2;
  while (!in.empty()) {
    run::event e;
    e.kind = static_cast<run::event_kind>(in.one() % 16);
    e.subtask = in.one() % 5;
    e.model = in.one() % 5;
    if (e.subtask == 4) e.subtask = run::no_subtask;
    if (e.model == 4) e.model = run::no_model;
    e.attempt = in.one() % 3;
    e.at_s = in.number();
    e.wait_s = in.number();
    if (in.one() % 2 == 0) e.failure = static_cast<infer::failure_kind>(in.one() % 5);
    e.used = {in.one(), in.one(), in.number(), in.number()};
    e.subtask_name = in.text(in.one() % 40);
    e.model_name = in.text(in.one() % 40);
    e.text = in.text(in.one() % 40);
    story(e);
    to_metrics(e);
    bar(e);
    spans(e);
    log(e);
    const std::size_t width = in.one();
    require(bar.line(width, e.at_s).size() <= width);
  }
  spans.finish();
  const std::string page =
      run::report_page(story, {.title = std::string(in.text(9)), .one_by_one = one_by_one, .rows = 3});
  require(utf8_error(page) == page.size());
  check_scripts(parse_xml(std::string_view(page).substr(page.find('\n') + 1)));
  const std::string text = metrics.text();
  require(utf8_error(text) == text.size());
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
    require(text.compare(at, 6, "shoal_") == 0 || text.compare(at, 2, "# ") == 0);
  }
  return 0;
}
