// SPDX-License-Identifier: BSL-1.0
#include "survive_tree.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "files.hpp"
#include "progress.hpp"
#include "shoal/core/message.hpp"
#include "shoal/survive/read_open_psa.hpp"
#include "shoal/survive/tree_report.hpp"
#include "shoal/survive/write_open_psa.hpp"
#include "table.hpp"

namespace shoal::tools {

namespace {

constexpr std::size_t longest_document = std::size_t{1} << 28U;

std::string name_of_set(const survive::fault_tree& t, const survive::cut_set& c) {
  std::string out;
  for (const std::size_t e : c.events) out += (out.empty() ? "" : ", ") + t.events[e].name;
  return out.empty() ? "(nothing: it fails for certain)" : out;
}

// Infinite worth has no number in JSON.
json::ordered worth(double value) {
  return std::isfinite(value) ? json::ordered(value) : json::ordered(nullptr);
}

}  // namespace

survive::fault_tree read_tree(const tree_question& q) {
  survive::open_psa_model model;
  for (const std::string& file : q.files) model.add(read_file(file, longest_document), name_of_file(file));
  try {
    return model.tree({.top = q.top, .mission_time_h = q.mission_time_h});
  } catch (const bad_input& e) {
    // What concerns the model as a whole has no line, nor a file.
    const std::string what = e.what();
    for (const std::string& file : q.files) {
      if (what.rfind(name_of_file(file) + ": ", 0) == 0) throw;
    }
    throw refusal(name_of_file(q.files.front()) + ": " + what);
  }
}

survive::cut_set_report cut_sets_of(const survive::fault_tree& t, const tree_question& q) {
  survive::cut_set_limits limits;
  limits.listed = q.cut_sets.value_or(0);
  limits.cells = q.cells;
  if (q.order) limits.order = *q.order;
  return survive::find_cut_sets(t, limits);
}

std::string cut_sets_in_words(const survive::fault_tree& t, const survive::cut_set_report& found) {
  double count = 0;
  for (const double n : found.by_order) count += n;
  std::string out =
      message("minimal cut sets: ", brief(count, 15), " (rare-event bound ", brief(found.rare_event),
              ", min-cut bound ", brief(found.min_cut_bound), ", exact ", brief(found.exact.failure), ")\n");
  if (found.certainly_lost > 0)
    out += message("beyond the order limit, for certain: ", brief(found.certainly_lost),
                   " of the exact figure\n");
  table orders({"order", "sets", "probability"});
  for (std::size_t j = 0; j < found.by_order.size(); ++j) {
    if (found.by_order[j] > 0)
      orders.add({std::to_string(j), brief(found.by_order[j], 15), brief(found.rare_event_by_order[j])});
  }
  table sets({"probability", "cut set"});
  for (const survive::cut_set& c : found.sets) sets.add({brief(c.probability), name_of_set(t, c)});
  out += '\n' + orders.text();
  return found.sets.empty() ? out : out + '\n' + sets.text();
}

json::ordered cut_sets_as_json(const survive::fault_tree& t, const survive::cut_set_report& found) {
  json::ordered sets = json::ordered::array();
  for (const survive::cut_set& c : found.sets) {
    json::ordered events = json::ordered::array();
    for (const std::size_t e : c.events) events.push_back(t.events[e].name);
    sets.push_back({{"events", std::move(events)}, {"probability", c.probability}});
  }
  return {{"by_order", found.by_order},
          {"rare_event", found.rare_event},
          {"min_cut_bound", found.min_cut_bound},
          {"certainly_lost", found.certainly_lost},
          {"sets", std::move(sets)}};
}

std::string answer_tree(const tree_question& q, bool as_json, const std::string& export_to) {
  const survive::fault_tree t = read_tree(q);
  if (!export_to.empty()) write_file(export_to, survive::write_open_psa(t));
  const progress shown("survive");
  survive::tree_report found = survive::analyse(t, {.cells = q.cells});
  std::optional<survive::cut_set_report> cuts;
  if (q.cut_sets) cuts = cut_sets_of(t, q);
  if (as_json) {
    json::ordered out{
        {"survival", found.whole.survival}, {"failure", found.whole.failure}, {"method", "exact"}};
    out["importance"] = json::ordered::array();
    for (const survive::event_importance& e : found.events) {
      out["importance"].push_back({{"name", e.name},
                                   {"kind", "event"},
                                   {"probability", e.probability},
                                   {"birnbaum", e.birnbaum},
                                   {"criticality", e.criticality},
                                   {"fussell_vesely", e.fussell_vesely},
                                   {"achievement_worth", e.achievement_worth},
                                   {"reduction_worth", worth(e.reduction_worth)}});
    }
    if (cuts) out["cut_sets"] = cut_sets_as_json(t, *cuts);
    return out.dump(-1, ' ', false, json::ordered::error_handler_t::replace) + '\n';
  }
  std::string out = message("the top event does not occur: ", brief(found.whole.survival),
                            " (occurs: ", brief(found.whole.failure), "; exact)\n");
  std::stable_sort(found.events.begin(), found.events.end(),
                   [](const auto& a, const auto& b) { return a.birnbaum > b.birnbaum; });
  table importance({"event", "probability", "Birnbaum", "criticality", "Fussell-Vesely", "RAW", "RRW"});
  for (const survive::event_importance& e : found.events) {
    importance.add({e.name, brief(e.probability), brief(e.birnbaum), brief(e.criticality),
                    brief(e.fussell_vesely), brief(e.achievement_worth), brief(e.reduction_worth)});
  }
  out += '\n' + importance.text();
  if (cuts) out += '\n' + cut_sets_in_words(t, *cuts);
  return out;
}

}  // namespace shoal::tools
