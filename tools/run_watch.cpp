// SPDX-License-Identifier: BSL-1.0
#include "run_watch.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "files.hpp"
#include "shoal/core/random.hpp"
#include "shoal/json/event_lines.hpp"
#include "shoal/run/report_page.hpp"

namespace shoal::tools {

namespace {

// The terminal's font has block characters where its character set is UTF-8.
run::progress_bar::look look_of_terminal() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* const value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    const std::string_view v = value;
    const bool utf8 = v.find("UTF-8") != v.npos || v.find("utf8") != v.npos || v.find("utf-8") != v.npos;
    return utf8 ? run::progress_bar::look::blocks : run::progress_bar::look::ascii;
  }
  return run::progress_bar::look::ascii;
}

[[noreturn]] void refuse(const std::string& path, int code) {
  throw refusal(path + ": " + std::generic_category().message(code != 0 ? code : EIO));
}

// Leaves nothing behind.
void check_writable(const std::string& path) {
  std::error_code none;
  const bool there = std::filesystem::exists(path, none);
  errno = 0;
  std::FILE* const file = std::fopen(path.c_str(), "ab");
  if (file == nullptr) refuse(path, errno);
  std::fclose(file);
  if (!there) std::filesystem::remove(path, none);
}

}  // namespace

run_watch::run_watch(watch_files files, std::string name)
    : files_(std::move(files)), name_(std::move(name)), bar_(0, look_of_terminal()) {
  if (!files_.report.empty()) check_writable(files_.report);
  if (!files_.metrics.empty()) {
    check_writable(files_.metrics);
    to_metrics_.emplace(metrics_.observe());
    using namespace std::chrono_literals;
    metrics_writer_.emplace(2s, 2s, [this] {
      try {
        write_metrics();
      } catch (const refusal&) {
        // The last writing says so.
      }
    });
  }
  if (!files_.otlp.empty()) {
    errno = 0;
    spans_file_.reset(std::fopen(files_.otlp.c_str(), "wb"));
    if (spans_file_ == nullptr) refuse(files_.otlp, errno);
  }
  if (!files_.events) shown_.emplace([this](std::size_t columns) { return line(columns); });
}

void run_watch::expect(std::size_t subtasks) {
  const std::lock_guard lock(mutex_);
  split_ = true;
  bar_.expect(subtasks);
}

void run_watch::operator()(const run::event& told) {
  run::event e = told;
  e.text = secrets_.hidden_in(std::move(e.text));
  if (files_.events) log_json(json::write_event(e));
  if (to_metrics_) (*to_metrics_)(e);
  if (!files_.report.empty()) recorder_(e);
  const std::lock_guard lock(mutex_);
  if (!began_) {
    const std::chrono::duration<double> since(std::max(e.at_s, 0.0));
    began_ = clock::now() - std::chrono::duration_cast<clock::duration>(since);
    if (spans_file_ != nullptr) {
      using namespace std::chrono;
      const auto now = duration_cast<nanoseconds>(system_clock::now().time_since_epoch() - since).count();
      const auto start = static_cast<std::uint64_t>(std::max<long long>(now, 0));
      spans_.emplace(json::trace_options{.seed = stream_seed(start, static_cast<std::uint64_t>(getpid())),
                                         .start_unix_ns = start,
                                         .run = name_},
                     [this](std::string_view text) {
                       const auto put = std::fwrite(text.data(), 1, text.size(), spans_file_.get());
                       spans_lost_ = spans_lost_ || put != text.size();
                     });
    }
  }
  if (spans_) (*spans_)(e);
  bar_(e);
}

std::string run_watch::line(std::size_t columns) {
  const std::lock_guard lock(mutex_);
  const auto since = [](clock::time_point t) {
    return std::chrono::duration<double>(clock::now() - t).count();
  };
  if (began_) return bar_.line(columns, since(*began_));
  if (split_) return {};  // the solver says that it works
  const std::string text = "the task is being split, " + run::detail::clock_text(since(made_));
  return text.size() <= columns ? text : std::string();
}

void run_watch::write_metrics() const { write_file_at_once(files_.metrics, metrics_.text()); }

void run_watch::finish(std::vector<std::pair<std::string, std::string>> facts) {
  shown_.reset();
  metrics_writer_.reset();
  to_metrics_.reset();
  if (spans_) spans_->finish();
  if (spans_file_ != nullptr) {
    errno = 0;
    if (std::fclose(spans_file_.release()) != 0 || spans_lost_) refuse(files_.otlp, errno);
  }
  if (!files_.metrics.empty()) write_metrics();
  if (!files_.report.empty()) {
    write_file_at_once(files_.report,
                       run::report_page(recorder_, {.title = name_, .facts = std::move(facts)}));
  }
}

}  // namespace shoal::tools
