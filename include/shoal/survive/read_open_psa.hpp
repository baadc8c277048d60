// SPDX-License-Identifier: BSL-1.0
/// @file Fault trees from Open-PSA model exchange format.
#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/core/xml.hpp"
#include "shoal/survive/common_cause.hpp"
#include "shoal/survive/fault_tree.hpp"

namespace shoal::survive {

namespace detail {

template <class>
class open_psa_builder;

}  // namespace detail

/// What a document does not say.
struct open_psa_options {
  std::string top{};  ///< the gate that is asked for; empty: the only one that is no input of another
  double mission_time_h = 8760;  ///< value of `<system-mission-time/>`, hours, >= 0
};

/// A model in one or more Open-PSA documents: what one leaves open another may define, in any order.
///
/// Read are fault trees (gates with and, or, not, atleast, nand, nor, xor and constants, nested at will),
/// house events, basic events, parameters and groups of common causes (beta-factor, MGL, alpha-factor,
/// phi-factor); what a private component or tree defines is found from inside by its name and from outside as
/// `component.name`. The chance of an event may be a number, a parameter, a sum, difference, product or
/// quotient, an exponential, a GLM, a Weibull, or a periodic test with four arguments; where it is a random
/// deviate its mean is taken. Event trees, substitutions and alignments are refused by name. Labels and
/// attributes are passed over.
/// @source Open-PSA Model Exchange Format, version 2.0d.
class open_psa_model {
 public:
  /// Takes the definitions of a document.
  /// @param source  its name, which then begins each message about it; may be empty.
  /// @throws invalid_xml  `plant.xml: line 12: there is no element <fork> here`.
  template <class = when_used>
  void add(std::string_view document, std::string source = "");

  /// The tree of the model. A top gate that is a house event or a constant makes a tree all the same.
  /// @throws invalid_xml  when a name is defined twice or not at all, gates lie on a cycle, a figure is out
  /// of
  ///                      range, or the top gate is not clear.
  /// @complexity O(n log n) in the size of the documents.
  template <class = when_used>
  fault_tree tree(const open_psa_options& options = {}) const;

 private:
  template <class>
  friend class detail::open_psa_builder;

  enum class kind { gate, event, house, parameter, common_cause };
  struct definition {
    kind what = kind::gate;
    std::string name{};   // with the scope before it
    std::string scope{};  // of what is private: `component.`, inner ones behind outer ones
    xml_element element{};
    std::string source{};
  };

  template <class... Parts>
  [[noreturn]] static void refuse(const std::string& source, std::size_t line, const Parts&... parts) {
    throw invalid_xml(message(source, source.empty() ? "" : ": ", "line ", line, ": ", parts...));
  }

  template <class = when_used>
  void take(xml_element& from, const std::string& source, const std::string& scope);

  std::vector<definition> definitions_{};
};

/// The tree of a single document; as `open_psa_model`.
template <class = when_used>
fault_tree read_open_psa(std::string_view document, const open_psa_options& options = {}) {
  open_psa_model model;
  model.add(document);
  return model.tree(options);
}

template <class>
void open_psa_model::add(std::string_view document, std::string source) {
  xml_element root;
  try {
    root = parse_xml(document);
  } catch (const invalid_xml& e) {
    if (source.empty()) throw;
    throw invalid_xml(source + ": " + e.what());
  }
  if (root.name != "opsa-mef") refuse(source, root.line, "<", root.name, "> is not <opsa-mef>");
  take(root, source, "");
}

// The definitions in an element, and in those that only gather them; what is private gets a scope.
template <class>
void open_psa_model::take(xml_element& from, const std::string& source, const std::string& scope) {
  for (xml_element& child : from.children) {
    kind what = kind::gate;
    if (child.name == "label" || child.name == "attributes") continue;
    const std::string* const name = child.find("name");
    if (child.name == "model-data") {
      take(child, source, scope);
      continue;
    }
    if (name == nullptr || name->empty()) refuse(source, child.line, "<", child.name, "> has no name");
    const std::string* const role = child.find("role");
    if (child.name == "define-fault-tree" || child.name == "define-component") {
      take(child, source, role != nullptr && *role == "private" ? scope + *name + '.' : scope);
      continue;
    }
    if (child.name == "define-gate") {
      what = kind::gate;
    } else if (child.name == "define-basic-event") {
      what = kind::event;
    } else if (child.name == "define-house-event") {
      what = kind::house;
    } else if (child.name == "define-parameter") {
      what = kind::parameter;
    } else if (child.name == "define-CCF-group") {
      what = kind::common_cause;
    } else {
      refuse(source, child.line, "<", child.name, "> in <", from.name, "> is not read");
    }
    definitions_.push_back({what, scope + *name, scope, std::move(child), source});
  }
}

namespace detail {

// Makes the tree of a model's definitions: leaves first, then gates as they are asked for.
template <class>
class open_psa_builder {
 public:
  open_psa_builder(const open_psa_model& model, const open_psa_options& options)
      : definitions_(model.definitions_), options_(options) {
    if (!(options.mission_time_h >= 0 && std::isfinite(options.mission_time_h)))
      throw invalid_argument(message("mission_time_h ", options.mission_time_h, " is not >= 0"));
    index_names();
    made_.assign(definitions_.size(), unmade);
    state_.assign(definitions_.size(), 0);
    parameters_.assign(definitions_.size(), std::numeric_limits<double>::quiet_NaN());
    take_common_causes();
    for (std::size_t d = 0; d < definitions_.size(); ++d) make_leaf(d);
    const std::size_t top = find_top();
    tree_.top = make_gate(top);
  }

  fault_tree result() && { return std::move(tree_); }

 private:
  using kind = open_psa_model::kind;
  using definition = open_psa_model::definition;
  static constexpr std::uint32_t unmade = static_cast<std::uint32_t>(-1);
  static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

  template <class... Parts>
  [[noreturn]] static void refuse(const definition& d, const xml_element& at, const Parts&... parts) {
    open_psa_model::refuse(d.source, at.line, parts...);
  }

  // Gates, events and house events share one set of names, so that <event> may mean any of them; parameters
  // and groups have a set each.
  static int space_of(kind k) { return k == kind::parameter ? 1 : k == kind::common_cause ? 2 : 0; }

  void index_names() {
    for (std::size_t d = 0; d < definitions_.size(); ++d) sorted_.push_back(d);
    const auto before = [&](std::size_t a, std::size_t b) {
      const int x = space_of(definitions_[a].what);
      const int y = space_of(definitions_[b].what);
      if (x != y) return x < y;
      const int order = definitions_[a].name.compare(definitions_[b].name);
      return order != 0 ? order < 0 : a < b;
    };
    std::sort(sorted_.begin(), sorted_.end(), before);
    for (std::size_t i = 1; i < sorted_.size(); ++i) {
      const definition& a = definitions_[sorted_[i - 1]];
      const definition& b = definitions_[sorted_[i]];
      if (space_of(a.what) == space_of(b.what) && a.name == b.name)
        refuse(b, b.element, quoted(b.name), " is defined a second time");
    }
  }

  std::size_t find(int space, std::string_view name) const {
    const auto at =
        std::lower_bound(sorted_.begin(), sorted_.end(), name, [&](std::size_t d, std::string_view n) {
          const int x = space_of(definitions_[d].what);
          return x != space ? x < space : std::string_view(definitions_[d].name) < n;
        });
    if (at == sorted_.end()) return nowhere;
    const definition& d = definitions_[*at];
    return space_of(d.what) == space && d.name == name ? *at : nowhere;
  }

  // A name as a definition means it: its own scope's first, then those around it.
  std::size_t find(const definition& d, int space, std::string_view name) const {
    for (std::string scope = d.scope; !scope.empty();) {
      const std::size_t at = find(space, scope + std::string(name));
      if (at != nowhere) return at;
      const std::size_t outer = scope.size() < 2 ? std::string::npos : scope.rfind('.', scope.size() - 2);
      scope.resize(outer == std::string::npos ? 0 : outer + 1);
    }
    return find(space, name);
  }

  static const std::string& attribute(const definition& d, const xml_element& e, std::string_view name) {
    const std::string* const value = e.find(name);
    if (value == nullptr) refuse(d, e, "<", e.name, "> has no ", quoted(name));
    return *value;
  }

  static bool is_note(const xml_element& e) { return e.name == "label" || e.name == "attributes"; }

  // The children that say something.
  static std::vector<const xml_element*> said(const xml_element& e) {
    std::vector<const xml_element*> out;
    for (const xml_element& c : e.children) {
      if (!is_note(c)) out.push_back(&c);
    }
    return out;
  }

  static double number(const definition& d, const xml_element& e, std::string_view name) {
    const std::string& text = attribute(d, e, name);
    const char* first = text.data();
    const char* const last = first + text.size();
    if (first != last && *first == '+') ++first;
    double value = 0;
    const auto [end, problem] = std::from_chars(first, last, value);
    if (problem != std::errc{} || end != last || !std::isfinite(value))
      refuse(d, e, name, " ", quoted(text), " is not a number");
    return value;
  }

  static bool truth(const definition& d, const xml_element& e) {
    const std::string& text = attribute(d, e, "value");
    if (text != "true" && text != "false") refuse(d, e, quoted(text), " is neither true nor false");
    return text == "true";
  }

  // An expression's value; `depth` bounds parameters that refer to each other.
  double value(const definition& d, const xml_element& e, std::size_t depth) {
    if (depth > 1000) refuse(d, e, "parameters refer to each other in a circle, or too deeply");
    if (e.name == "float" || e.name == "int") return number(d, e, "value");
    if (e.name == "bool") return truth(d, e) ? 1 : 0;
    if (e.name == "system-mission-time") return options_.mission_time_h;
    if (e.name == "parameter") {
      const std::size_t at = find(d, 1, attribute(d, e, "name"));
      if (at == nowhere) refuse(d, e, "there is no parameter ", quoted(attribute(d, e, "name")));
      if (std::isnan(parameters_[at]))
        parameters_[at] = only_value(definitions_[at], definitions_[at].element, depth + 1);
      return parameters_[at];
    }
    std::vector<double> x;
    for (const xml_element* const c : said(e)) {
      // A histogram's bins, and anything else that is no expression, ends here.
      x.push_back(value(d, *c, depth + 1));
    }
    const auto want = [&](std::size_t least, std::size_t most) {
      if (x.size() < least || x.size() > most) refuse(d, e, "<", e.name, "> has ", x.size(), " arguments");
    };
    const double result = combine(d, e, x, want);
    if (!std::isfinite(result)) refuse(d, e, "<", e.name, "> is not a finite number");
    return result;
  }

  template <class Want>
  double combine(const definition& d, const xml_element& e, const std::vector<double>& x,
                 const Want& want) const {
    constexpr std::size_t any = static_cast<std::size_t>(-1);
    const auto failed = [](double rate, double time) { return -std::expm1(-rate * time); };
    if (e.name == "exponential") {
      want(2, 2);
      return failed(x[0], x[1]);
    }
    if (e.name == "GLM") {  // on demand, failure rate, repair rate, time
      want(4, 4);
      const double sum = x[1] + x[2];
      return (x[1] - (x[1] - x[0] * sum) * std::exp(-sum * x[3])) / sum;
    }
    if (e.name == "Weibull") {  // scale, shape, shift, time
      want(4, 4);
      return x[3] <= x[2] ? 0 : -std::expm1(-std::pow((x[3] - x[2]) / x[0], x[1]));
    }
    if (e.name == "periodic-test") {  // rate, between tests, first test, time; repaired at once
      want(4, 4);
      if (x[3] <= x[2]) return failed(x[0], x[3]);
      const double since = std::fmod(x[3] - x[2], x[1]);
      return failed(x[0], since > 0 ? since : x[1]);
    }
    if (e.name == "lognormal-deviate" || e.name == "normal-deviate") {
      want(2, 3);
      return x[0];
    }
    if (e.name == "uniform-deviate") {
      want(2, 2);
      return (x[0] + x[1]) / 2;
    }
    if (e.name == "neg") {
      want(1, 1);
      return -x[0];
    }
    if (e.name == "add" || e.name == "sub" || e.name == "mul" || e.name == "div") {
      want(2, any);
      double result = x[0];
      for (std::size_t i = 1; i < x.size(); ++i) {
        result = e.name == "add"   ? result + x[i]
                 : e.name == "sub" ? result - x[i]
                 : e.name == "mul" ? result * x[i]
                                   : result / x[i];
      }
      return result;
    }
    refuse(d, e, "there is no expression <", e.name, "> here");
  }

  double only_value(const definition& d, const xml_element& e, std::size_t depth) {
    const auto inside = said(e);
    if (inside.size() != 1) refuse(d, e, "<", e.name, "> holds ", inside.size(), " expressions, not one");
    return value(d, *inside.front(), depth);
  }

  double probability(const definition& d, const xml_element& e) {
    const double p = only_value(d, e, 0);
    if (!(p >= 0 && p <= 1)) refuse(d, e, "probability ", p, " of ", quoted(d.name), " is not in [0, 1]");
    return p;
  }

  void take_common_causes() {
    for (const definition& d : definitions_) {
      if (d.what == kind::common_cause) take_common_cause(d);
    }
  }

  void take_common_cause(const definition& d) {
    const std::string& model = attribute(d, d.element, "model");
    common_cause cause{d.name};
    bool known = false;
    for (const sharing s : {sharing::beta, sharing::multiple_greek_letter, sharing::alpha, sharing::phi}) {
      if (name_of(s) != model) continue;
      cause.sharing = s;
      known = true;
    }
    if (!known) refuse(d, d.element, "there is no common-cause model ", quoted(model));
    std::vector<std::string> names;
    std::vector<const xml_element*> factors;
    std::vector<std::size_t> members;
    for (const xml_element* const part : said(d.element)) {
      if (part->name == "members") {
        for (const xml_element* const m : said(*part)) {
          const std::string& name = attribute(d, *m, "name");
          if (m->name != "basic-event") refuse(d, *m, "<", m->name, "> is not a member");
          if (std::find(names.begin(), names.end(), name) != names.end())
            refuse(d, *m, quoted(name), " is a member twice");
          names.push_back(name);
        }
      } else if (part->name == "distribution") {
        cause.probability = probability(d, *part);
      } else if (part->name == "factor") {
        factors.push_back(part);
      } else if (part->name == "factors") {
        for (const xml_element* const f : said(*part)) factors.push_back(f);
      } else {
        refuse(d, *part, "<", part->name, "> in <define-CCF-group> is not read");
      }
    }
    if (names.size() < 2 || names.size() > 20)
      refuse(d, d.element, "group ", quoted(d.name), " has ", names.size(), " members, not 2 to 20");
    cause.factors = levels(d, cause.sharing, names.size(), factors);
    std::vector<node> vertices;
    try {
      vertices = add_common_cause(tree_, cause, names);
    } catch (const invalid_argument& e) {
      refuse(d, d.element, e.what());
    }
    for (std::size_t m = 0; m < names.size(); ++m) {
      if (find_member(names[m]) != nowhere) refuse(d, d.element, quoted(names[m]), " is in two groups");
      const std::size_t at = find(d, 0, names[m]);
      if (at != nowhere) {
        const definition& other = definitions_[at];
        if (other.what != kind::event || !said(other.element).empty())
          refuse(other, other.element, quoted(names[m]), " has a meaning besides its group ", quoted(d.name));
      }
      member_names_.push_back(names[m]);
      member_nodes_.push_back(vertices[m]);
    }
  }

  // Factors stand by level, or follow each other from the first level.
  std::vector<double> levels(const definition& d, sharing s, std::size_t members,
                             const std::vector<const xml_element*>& factors) {
    const std::size_t first = s == sharing::beta ? members : s == sharing::multiple_greek_letter ? 2 : 1;
    std::vector<double> out;
    std::vector<char> given;
    std::size_t next = first;
    for (const xml_element* const f : factors) {
      if (f->name != "factor") refuse(d, *f, "<", f->name, "> is not a factor");
      std::size_t level = next;
      if (f->find("level") != nullptr) {
        const double asked = number(d, *f, "level");
        if (!(asked >= static_cast<double>(first) && asked <= static_cast<double>(members)) ||
            asked != std::floor(asked))
          refuse(d, *f, "level ", asked, " is not ", first, " to ", members);
        level = static_cast<std::size_t>(asked);
      }
      if (level > members) refuse(d, *f, "there are more factors than levels");
      next = level + 1;
      if (out.size() <= level - first) {
        out.resize(level - first + 1, 0.0);
        given.resize(level - first + 1, 0);
      }
      if (given[level - first] != 0) refuse(d, *f, "level ", level, " has a factor already");
      given[level - first] = 1;
      out[level - first] = only_value(d, *f, 0);
    }
    for (std::size_t i = 0; i < given.size(); ++i) {
      if (given[i] == 0)
        refuse(d, d.element, "group ", quoted(d.name), " has no factor for level ", first + i);
    }
    return out;
  }

  std::size_t find_member(std::string_view name) const {
    for (std::size_t m = 0; m < member_names_.size(); ++m) {
      if (member_names_[m] == name) return m;
    }
    return nowhere;
  }

  void make_leaf(std::size_t at) {
    const definition& d = definitions_[at];
    if (d.what == kind::house) {
      const auto inside = said(d.element);
      if (inside.size() != 1 || inside.front()->name != "constant")
        refuse(d, d.element, "house event ", quoted(d.name), " is not a constant");
      made_[at] = constant(truth(d, *inside.front())).index;
    } else if (d.what == kind::event) {
      const std::size_t member = find_member(d.name);
      made_[at] = member != nowhere ? member_nodes_[member].index
                                    : tree_.event(d.name, probability(d, d.element)).index;
    }
  }

  node constant(bool value) { return value ? tree_.all({}) : tree_.any({}); }

  // Calls visit(reference element) for each gate or event that a formula names.
  template <class Visit>
  static void references(const xml_element& e, const Visit& visit) {
    for (const xml_element& c : e.children) {
      if (is_note(c)) continue;
      if (is_reference(c)) {
        visit(c);
      } else {
        references(c, visit);
      }
    }
  }

  static bool is_reference(const xml_element& e) {
    return e.name == "gate" || e.name == "basic-event" || e.name == "house-event" || e.name == "event";
  }

  std::size_t find_top() const {
    if (!options_.top.empty()) {
      const std::size_t at = find(0, options_.top);
      if (at == nowhere || definitions_[at].what != kind::gate)
        throw invalid_xml(message("there is no gate ", quoted(options_.top)));
      return at;
    }
    std::vector<char> input(definitions_.size(), 0);
    std::size_t gates = 0;
    for (const definition& d : definitions_) {
      if (d.what != kind::gate) continue;
      ++gates;
      references(d.element, [&](const xml_element& e) {
        const std::string* const name = e.find("name");
        const std::size_t at = name == nullptr ? nowhere : find(d, 0, *name);
        if (at != nowhere) input[at] = 1;
      });
    }
    if (gates == 0) throw invalid_xml("there is no gate");
    std::size_t top = nowhere;
    for (std::size_t d = 0; d < definitions_.size(); ++d) {
      if (definitions_[d].what != kind::gate || input[d] != 0) continue;
      if (top != nowhere) {
        refuse(definitions_[d], definitions_[d].element, "gates ", quoted(definitions_[top].name), " and ",
               quoted(definitions_[d].name), " both are no input of another; say which one is asked for");
      }
      top = d;
    }
    if (top == nowhere) throw invalid_xml("every gate is an input of another: they lie on a cycle");
    return top;
  }

  // Depth first, without recursion: gates may be stacked as high as the document is long.
  node make_gate(std::size_t top) {
    std::vector<std::size_t> path{top};
    while (!path.empty()) {
      const std::size_t at = path.back();
      const definition& d = definitions_[at];
      if (made_[at] != unmade) {
        path.pop_back();
        continue;
      }
      state_[at] = 1;
      bool ready = true;
      references(d.element, [&](const xml_element& e) {
        const std::size_t to = find(d, 0, attribute(d, e, "name"));
        if (to == nowhere || made_[to] != unmade) return;
        if (state_[to] != 0)
          refuse(d, e, "gates ", quoted(d.name), " and ", quoted(definitions_[to].name), " lie on a cycle");
        ready = false;
        path.push_back(to);
      });
      if (!ready) continue;
      const auto inside = said(d.element);
      if (inside.size() != 1)
        refuse(d, d.element, "gate ", quoted(d.name), " holds ", inside.size(), " formulas, not one");
      made_[at] = formula_node(d, *inside.front()).index;
      path.pop_back();
    }
    return node{made_[top]};
  }

  node formula_node(const definition& d, const xml_element& e) {
    if (is_reference(e)) return reference(d, e);
    if (e.name == "constant") return constant(truth(d, e));
    std::vector<node> inputs;
    for (const xml_element* const c : said(e)) inputs.push_back(formula_node(d, *c));
    const auto want = [&](std::size_t least, std::size_t most) {
      if (inputs.size() < least || inputs.size() > most)
        refuse(d, e, "<", e.name, "> has ", inputs.size(), " inputs");
    };
    constexpr std::size_t any = static_cast<std::size_t>(-1);
    if (e.name == "not") {
      want(1, 1);
      return tree_.negation(inputs.front());
    }
    if (e.name == "xor") {
      want(2, 2);
      const node one = tree_.all({inputs[0], tree_.negation(inputs[1])});
      const node other = tree_.all({inputs[1], tree_.negation(inputs[0])});
      return tree_.any({one, other});
    }
    if (e.name == "atleast") {
      want(1, any);
      const double least = number(d, e, "min");
      if (!(least >= 0 && least <= static_cast<double>(inputs.size())) || least != std::floor(least))
        refuse(d, e, "min ", least, " is not 0 to ", inputs.size());
      return tree_.at_least(static_cast<std::size_t>(least), std::move(inputs));
    }
    const bool conjunction = e.name == "and" || e.name == "nand";
    if (!conjunction && e.name != "or" && e.name != "nor")
      refuse(d, e, "there is no formula <", e.name, "> here");
    want(1, any);
    const node joined = conjunction ? tree_.all(std::move(inputs)) : tree_.any(std::move(inputs));
    return e.name == "nand" || e.name == "nor" ? tree_.negation(joined) : joined;
  }

  node reference(const definition& d, const xml_element& e) {
    const std::string& name = attribute(d, e, "name");
    const std::size_t at = find(d, 0, name);
    if (at == nowhere) {
      // Members of a group need no definition of their own.
      const std::size_t member = e.name == "gate" ? nowhere : find_member(name);
      if (member != nowhere) return member_nodes_[member];
      refuse(d, e, "<", e.name, "> ", quoted(name), " is not defined");
    }
    const kind k = definitions_[at].what;
    const bool fits = e.name == "event" || (e.name == "gate" && k == kind::gate) ||
                      (e.name == "basic-event" && k == kind::event) ||
                      (e.name == "house-event" && k == kind::house);
    if (!fits) refuse(d, e, quoted(name), " is not a ", e.name);
    return node{made_[at]};
  }

  const std::vector<definition>& definitions_;
  const open_psa_options& options_;
  fault_tree tree_;
  std::vector<std::size_t> sorted_;
  std::vector<std::uint32_t> made_;  // vertex of each definition
  std::vector<char> state_;          // of gates: being made
  std::vector<double> parameters_;   // value of each parameter; not a number: not known yet
  std::vector<std::string> member_names_;
  std::vector<node> member_nodes_;
};

}  // namespace detail

template <class Used>
fault_tree open_psa_model::tree(const open_psa_options& options) const {
  return detail::open_psa_builder<Used>(*this, options).result();
}

}  // namespace shoal::survive
