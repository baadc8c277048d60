// SPDX-License-Identifier: BSL-1.0
/// @file Journal keeper: a run that is written down in a journal, and goes on from there.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shoal/run/journal.hpp"
#include "shoal/run/journal_answers.hpp"
#include "shoal/run/keeper.hpp"
#include "shoal/run/moment.hpp"
#include "shoal/run/resumed.hpp"
#include "shoal/task/answer.hpp"

namespace shoal::run {

/// Keeps a journal.
/// @tparam Writer  a `basic_journal_writer`: `journal_keeper keep(journal_writer(journal_file(path), digest,
/// id),
///     subtasks, models)`.
template <class Writer, class Value = std::string, value_codec<Value> Codec = text_codec>
class journal_keeper {
 public:
  /// Where the journal has records, the run goes on from them; its id is then the journal's.
  /// @throws journal_error  when it is of another job, or an answer in it cannot be read.
  journal_keeper(Writer writer, std::size_t subtasks, std::size_t models, Codec codec = {})
      : writer_(std::move(writer)),
        codec_(std::move(codec)),
        past_(resume(writer_.past(), subtasks, models)) {
    for (const resumed_subtask& s : past_.subtasks) {
      for (const journalled_answer& a : s.answers) {
        if (!decoded_answer<Value>(a.bytes, codec_))
          throw journal_error("the journal holds an answer that is none");
      }
    }
  }

  /// Names the run, the same before and after it was resumed.
  const std::string& run_id() const { return past_.id; }
  /// Where the earlier run stood.
  const resumed_run& before() const { return past_; }
  Writer& writer() { return writer_; }

  std::vector<kept_answer<Value>> past(std::size_t k) const {
    std::vector<kept_answer<Value>> out;
    for (const journalled_answer& a : past_.subtasks[k].answers) {
      out.push_back({a.model, *decoded_answer<Value>(a.bytes, codec_)});
    }
    return out;
  }
  bool done(std::size_t k) const { return past_.subtasks[k].finished; }

  void asked(std::size_t k, std::size_t i, std::size_t attempt, std::string_view key, time_point now) {
    write(journal_kind::asked, k, i, attempt, std::string(key), now);
  }
  void answered(std::size_t k, std::size_t i, std::size_t attempt, const answer<Value>& a, time_point now) {
    write(journal_kind::answered, k, i, attempt, encoded(a, codec_), now);
  }
  void finished(std::size_t k, time_point now) { write(journal_kind::finished, k, no_model, 0, {}, now); }
  void gave_up(std::size_t k, std::string_view why, time_point now) {
    write(journal_kind::gave_up, k, no_model, 0, std::string(why), now);
  }
  void ended(std::string_view how, time_point now) {
    write(journal_kind::ended, no_subtask, no_model, 0, std::string(how), now);
    writer_.sync();
  }
  time_point sync_due() const { return writer_.sync_due(); }
  void sync() { writer_.sync(); }

 private:
  void write(journal_kind kind, std::size_t k, std::size_t i, std::size_t attempt, std::string text,
             time_point now) {
    if (first_ == time_point{}) first_ = now;
    writer_.append({.kind = kind,
                    .subtask = k,
                    .model = i,
                    .attempt = attempt,
                    .at_s = past_.at_s + seconds_between(first_, now),
                    .text = std::move(text)},
                   now);
  }

  Writer writer_;
  Codec codec_;
  resumed_run past_;
  time_point first_{};
};

template <class Writer>
journal_keeper(Writer, std::size_t, std::size_t) -> journal_keeper<Writer>;

}  // namespace shoal::run
