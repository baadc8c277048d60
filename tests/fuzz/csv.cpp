// SPDX-License-Identifier: BSL-1.0
/// @file Any bytes as CSV: records that read back the same when they are written, or one line with its place.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/core/csv.hpp"
#include "shoal/task/crowd.hpp"

namespace {

using records = std::vector<std::vector<std::string>>;

void require(bool holds) {
  if (!holds) std::abort();
}

records read_all(std::string_view text) {
  shoal::csv_reader reader(text);
  records out;
  std::vector<std::string_view> fields;
  std::size_t line = 0;
  while (reader.next(fields)) {
    require(!fields.empty() && reader.line() > line);
    line = reader.line();
    out.emplace_back(fields.begin(), fields.end());
    for (const std::string_view field : fields) require(shoal::utf8_error(field) == field.size());
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const records first = read_all(text);
    std::string written;
    for (const auto& record : first) {
      // A field that is empty and alone would be a blank line.
      if (record.size() == 1 && record[0].empty()) written += "\"\"";
      for (std::size_t i = 0; i < record.size(); ++i) {
        written += i == 0 ? "" : ",";
        written += shoal::csv_field(record[i]);
      }
      written += '\n';
    }
    require(read_all(written) == first);
  } catch (const shoal::csv_error& refusal) {
    require(std::string_view(refusal.what()).find('\n') == std::string_view::npos);
  }
  try {
    const shoal::crowd answers = shoal::read_crowd(text);
    for (const shoal::crowd_label& l : answers.given) {
      require(l.item < answers.items.size() && l.worker < answers.workers.size());
      require(l.label < answers.labels.size() && !answers.items[l.item].empty());
    }
    static_cast<void>(shoal::numbers_of(answers.labels));
  } catch (const shoal::csv_error& refusal) {
    require(refusal.line >= 1 && std::string_view(refusal.what()).find('\n') == std::string_view::npos);
  }
  return 0;
}
