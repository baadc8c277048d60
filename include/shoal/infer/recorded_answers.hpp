// SPDX-License-Identifier: BSL-1.0
/// @file Recorded answers: a CSV text read into table backends.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "shoal/core/csv.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/infer/table_backend.hpp"
#include "shoal/task/answer.hpp"

namespace shoal::infer {

/// Recorded answers by model; under the empty name where the text does not say whose they are.
using recorded_answers = std::unordered_map<std::string, table_backend<>>;

/// Reads recorded answers, one in each row: column `value`, and `subtask` or `input` or both; where both are
/// there a row may leave one of them empty, and its subtask goes before its input. Columns that may be there:
/// `model` (whose answer it is), `confidence` in [0, 1], `time_s` and `energy_j` >= 0 (empty: not recorded).
/// @throws csv_error when it is no such text, or a model has two answers for one subtask or input.
/// @complexity O(csv.size()) time.
template <class = when_used>
recorded_answers read_recorded_answers(std::string_view csv) {
  csv_table rows(csv, {"value"}, {"subtask", "input", "model", "confidence", "time_s", "energy_j"});
  enum column : std::size_t { value, subtask, input, model, confidence, time, energy };
  if (!rows.has(subtask) && !rows.has(input)) {
    throw csv_error(1, "the header has neither a column \"subtask\" nor a column \"input\"");
  }
  const auto amount = [&](column c, const char* name) {
    if (!rows.has(c) || rows[c].empty()) return 0.0;
    const double number = rows.number(c);
    if (!(number >= 0)) {
      throw csv_error(rows.line(), message(name, " ", to_text(number), " is not >= 0"));
    }
    return number;
  };
  recorded_answers out;
  while (rows.next()) {
    answer<> a;
    a.value = rows[value];
    if (rows.has(confidence) && !rows[confidence].empty()) {
      a.confidence = rows.number(confidence);
      if (!(a.confidence >= 0 && a.confidence <= 1)) {
        throw csv_error(rows.line(), message("confidence ", to_text(a.confidence), " is not in [0, 1]"));
      }
    }
    a.used.time_s = amount(time, "time_s");
    a.used.energy_j = amount(energy, "energy_j");

    table_backend<>& of_model = out[rows.has(model) ? std::string(rows.text(model)) : std::string()];
    const bool by_subtask = rows.has(subtask) && !rows[subtask].empty();
    if (!by_subtask && rows.has(subtask) && (!rows.has(input) || rows[input].empty())) {
      throw csv_error(rows.line(), "subtask is empty");
    }
    const std::string_view key = by_subtask ? rows[subtask] : rows.text(input);
    auto& answers = by_subtask ? of_model.by_subtask : of_model.by_input;
    if (!answers.try_emplace(std::string(key), std::move(a)).second) {
      throw csv_error(rows.line(), message(by_subtask ? "subtask " : "input ", quoted(key), " is there twice",
                                           rows.has(model) ? " for this model" : ""));
    }
  }
  return out;
}

}  // namespace shoal::infer
