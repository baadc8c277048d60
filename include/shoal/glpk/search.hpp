// SPDX-License-Identifier: BSL-1.0
/// @file Branch and cut by GLPK, with every plan judged and every limit kept by our own callback.
///
/// GLPK takes a point for feasible within 1e-7 and for whole within 1e-5. What it finds is therefore not
/// believed: when a relaxation comes out whole, the rounded point goes to a judge; a good one becomes the
/// incumbent with its exact figures, and either way a row is added that cuts this one point off. So a plan
/// that misses a requirement by a hair is never returned, and no better one is lost to it.
#pragma once

#include <algorithm>
#include <climits>
#include <cmath>
#include <csetjmp>
#include <cstddef>
#include <exception>
#include <functional>
#include <vector>

#include "shoal/assign/budget.hpp"
#include "shoal/glpk/environment.hpp"
#include "shoal/glpk/program.hpp"

namespace shoal::glpk::detail {

/// How a search ended.
enum class ending {
  proven,  ///< the point is optimal within the gap or, without one, there is none
  cut,     ///< by a limit, or because GLPK gave up
};

/// A search for the least cost of a program. Used once, on the thread of its environment.
class search {
 public:
  /// Whether a whole point is a plan that is good enough; sets its continuous columns.
  using judge = std::function<bool(std::vector<double>& point)>;
  /// Rounds the point of a relaxation to one that the judge may like.
  using rounding = std::function<void(std::vector<double>& point)>;

  search(environment& env, const program& p, assign::budget& b, judge good, rounding round)
      : env_(env), program_(p), budget_(b), good_(std::move(good)), round_(std::move(round)) {}
  search(const search&) = delete;
  search& operator=(const search&) = delete;

  /// Offers a point to start from.
  void start_from(std::vector<double> point) {
    if (good_(point)) remember(point);
  }

  /// Runs; `gap` as in `assign::limits`.
  ending run(double gap) {
    if (program_.hopeless && best_.empty()) return ending::proven;
    gap_ = gap;
    // Nothing may be thrown through GLPK, so nothing is allocated while it is on the stack, save by the
    // judge.
    point_.resize(program_.columns() + 1);
    best_.reserve(point_.size());
    columns_.reserve(point_.size());
    coefficients_.reserve(point_.size());
    // A failure inside GLPK (it has met its own assertion, or lost its footing in the arithmetic) is answered
    // by one more attempt without its cut generators.
    for (const bool cuts : {true, false}) {
      cuts_ = cuts;
      messages_ = 0;
      failed_ = false;
      proven_ = false;
      offered_ = best_.empty();
      if (!guarded()) {
        env_.reopen();
        failed_ = true;
      }
      if (thrown_) std::rethrow_exception(thrown_);
      if (!failed_) break;
    }
    return proven_ ? ending::proven : ending::cut;
  }

  /// The best point found; empty when there is none.
  const std::vector<double>& best() const { return best_; }
  /// No point has a cost below it.
  double bound() const { return bound_; }

 private:
  /// False when GLPK found an error in itself, where it would abort the process, or when it reports trouble
  /// with its arithmetic over and over, where it may never come back: its hooks bring us back here instead.
  /// Between here and there live only C and functions whose locals have no destructor.
  bool guarded() {
    if (setjmp(back_) != 0) return false;
    glp_error_hook([](void* self) { std::longjmp(static_cast<search*>(self)->back_, 1); }, this);
    glp_term_hook([](void* self, const char*) { return static_cast<search*>(self)->overhear(); }, this);
    load();
    if (relax()) branch();
    glp_delete_prob(problem_);
    glp_term_hook(nullptr, nullptr);
    glp_error_hook(nullptr, nullptr);
    return true;
  }

  /// Called for each line that GLPK would print, which are few unless it is in trouble; true to keep it
  /// silent.
  int overhear() {
    constexpr std::size_t patience = 2000;
    if (++messages_ > patience) std::longjmp(back_, 1);
    return env_.verbose() ? 0 : 1;
  }

  int milliseconds_left() const {
    return static_cast<int>(std::clamp(1000 * budget_.seconds_left(), 1.0, static_cast<double>(INT_MAX / 2)));
  }
  int message_level() const { return env_.verbose() ? GLP_MSG_ON : GLP_MSG_ERR; }

  static int kind_of_bounds(double from, double to) {
    if (std::isinf(from)) return std::isinf(to) ? GLP_FR : GLP_UP;
    return std::isinf(to) ? GLP_LO : from == to ? GLP_FX : GLP_DB;
  }

  void load() {
    const auto rows = static_cast<int>(program_.rows());
    const auto columns = static_cast<int>(program_.columns());
    problem_ = glp_create_prob();
    if (rows > 0) glp_add_rows(problem_, rows);
    for (int r = 1; r <= rows; ++r) {
      const double from = program_.lower[static_cast<std::size_t>(r)];
      const double to = program_.upper[static_cast<std::size_t>(r)];
      glp_set_row_bnds(problem_, r, kind_of_bounds(from, to), from, to);
    }
    glp_add_cols(problem_, columns);
    for (int j = 1; j <= columns; ++j) {
      const auto c = static_cast<std::size_t>(j);
      if (program_.binary[c]) {
        glp_set_col_kind(problem_, j, GLP_BV);
      } else {
        glp_set_col_bnds(problem_, j, GLP_LO, 0, 0);
      }
      glp_set_obj_coef(problem_, j, program_.cost[c]);
    }
    glp_load_matrix(problem_, static_cast<int>(program_.value.size()) - 1, program_.row_of.data(),
                    program_.column_of.data(), program_.value.data());
  }

  /// Solves the root relaxation; true when it is optimal. By the dual simplex method, since our costs allow
  /// it to start at once: with the long step, which suits columns with two bounds, and, where that finds
  /// nothing feasible, once more without it and with GLPK's own scaling. Either alone has been seen to miss
  /// feasible points, as has GLPK's primal method, which perturbs the very bounds that it then finds broken.
  bool relax() {
    for (const int ratio_test : {GLP_RT_FLIP, GLP_RT_HAR}) {
      proven_ = false;
      glp_std_basis(problem_);
      if (ratio_test == GLP_RT_HAR) glp_scale_prob(problem_, GLP_SF_AUTO);
      const int code = simplex(ratio_test);
      if (code == GLP_ETMLIM) return false;
      const int status = glp_get_status(problem_);
      const double least = glp_get_obj_val(problem_);
      if (code == 0 && status == GLP_OPT && least <= best_cost_ + 1e-6 * std::abs(best_cost_)) {
        failed_ = false;
        bound_ = std::max(bound_, least);
        return true;
      }
      proven_ = code == 0 && status == GLP_NOFEAS && best_.empty();
      failed_ = !proven_;
    }
    return false;
  }

  /// Runs in slices between which the limits are looked at. They are counted in iterations, not in time:
  /// where they end must not depend on how busy the machine is.
  int simplex(int ratio_test) {
    glp_smcp how;
    glp_init_smcp(&how);
    how.msg_lev = message_level();
    how.meth = GLP_DUALP;
    how.r_test = ratio_test;
    how.it_lim = 200;
    const std::size_t most_slices = 100 + (program_.columns() + program_.rows()) / 2;
    int code = GLP_EITLIM;
    for (std::size_t slice = 0; code == GLP_EITLIM && slice < most_slices; ++slice) {
      if (budget_.out_of_time()) return GLP_ETMLIM;
      how.tm_lim = milliseconds_left();
      code = glp_simplex(problem_, &how);
    }
    return code;
  }

  void branch() {
    glp_iocp how;
    glp_init_iocp(&how);
    how.msg_lev = message_level();
    how.pp_tech = GLP_PP_ROOT;
    // Where many rows couple the columns, as capacities do, trying both sides of a branch first takes about
    // half the time; with one or two rows GLPK's default does. Each trial copies the program, so not for
    // large ones.
    constexpr std::size_t small = 10000;
    how.br_tech = program_.couplings > 2 && program_.columns() <= small ? GLP_BR_PCH : GLP_BR_DTH;
    how.tol_obj = 1e-9;
    how.mir_cuts = how.cov_cuts = how.gmi_cuts = cuts_ ? GLP_ON : GLP_OFF;
    how.sr_heur = GLP_OFF;  // on by default, and its points would pass by the judge
    // The callback keeps the time, and knows the bound; GLPK's own limit ends a relaxation that takes too
    // long.
    constexpr int later = 20;
    how.tm_lim = milliseconds_left() + later;
    how.cb_func = [](glp_tree* tree, void* self) { static_cast<search*>(self)->step(tree); };
    how.cb_info = this;
    const int code = glp_intopt(problem_, &how);
    if (code == 0) {
      proven_ = true;
      bound_ = best_.empty() ? program::infinity : best_cost_;
    }
    failed_ = code != 0 && code != GLP_ESTOP && code != GLP_ETMLIM;
  }

  void step(glp_tree* tree) noexcept {
    messages_ = 0;
    const int reason = glp_ios_reason(tree);
    if (reason == GLP_ISELECT ? budget_.spent() : budget_.out_of_time()) {
      look_at_bound(tree);
      return glp_ios_terminate(tree);
    }
    if (reason == GLP_ISELECT) {
      budget_.use_nodes(1);
      // The bound is the least of all open nodes, which takes a walk over them.
      if (gap_ > 0 || budget_.nodes() % 64 == 0) look_at_bound(tree);
      proven_ = gap_ > 0 && !best_.empty() && best_cost_ - bound_ <= gap_ * std::abs(best_cost_);
      if (proven_) glp_ios_terminate(tree);
    } else if (reason == GLP_IPREPRO && !offered_) {
      glp_ios_heur_sol(tree, best_.data());
      offered_ = true;
    } else if (reason == GLP_IROWGEN && read(tree)) {
      consider(tree);
      cut_off(tree);
    } else if (reason == GLP_IHEUR && worth_rounding() && round(tree)) {
      consider(tree);
    }
  }

  void look_at_bound(glp_tree* tree) {
    const int node = glp_ios_best_node(tree);
    if (node == 0) return;
    const double least = glp_ios_node_bound(tree, node);
    bound_ = std::max(bound_, best_.empty() ? least : std::min(least, best_cost_));
  }

  /// Reads the relaxation's point; true when it is whole, and then rounds it.
  bool read(glp_tree* tree) {
    glp_prob* current = glp_ios_get_prob(tree);
    const std::size_t columns = program_.columns();
    bool whole = true;
    for (std::size_t j = 1; j <= columns; ++j) {
      point_[j] = glp_get_col_prim(current, static_cast<int>(j));
      if (program_.binary[j] && std::min(point_[j], 1 - point_[j]) > whole_tolerance) whole = false;
    }
    if (!whole) return false;
    for (std::size_t j = 1; j <= columns; ++j)
      if (program_.binary[j]) point_[j] = point_[j] > 0.5 ? 1 : 0;
    return true;
  }

  /// Offers the point to the judge and, when it is good, to GLPK.
  void consider(glp_tree* tree) {
    if (!is_good(tree)) return;
    if (glp_ios_heur_sol(tree, point_.data()) == 0) remember(point_);
  }

  /// True when `act()` returns true; what it throws waits for GLPK to come back.
  template <class Act>
  bool caught(glp_tree* tree, Act act) {
    try {
      return act();
    } catch (...) {
      thrown_ = std::current_exception();
      glp_ios_terminate(tree);
      return false;
    }
  }
  bool is_good(glp_tree* tree) {
    return caught(tree, [this] { return good_(point_); });
  }
  bool round(glp_tree* tree) {
    return caught(tree, [this] {
      round_(point_);
      return true;
    });
  }

  void remember(const std::vector<double>& point) {
    best_ = point;
    best_cost_ = 0;
    for (std::size_t j = 1; j < best_.size(); ++j) best_cost_ += program_.cost[j] * best_[j];
  }

  /// Adds a row that this whole point does not meet, and every other one does.
  void cut_off(glp_tree* tree) {
    glp_prob* current = glp_ios_get_prob(tree);
    columns_.assign(1, 0);
    coefficients_.assign(1, 0);
    double chosen = 0;
    for (std::size_t j = 1; j < point_.size(); ++j) {
      if (!program_.binary[j] || (point_[j] < 0.5 && program_.tied[j])) continue;
      columns_.push_back(static_cast<int>(j));
      coefficients_.push_back(point_[j] > 0.5 ? 1 : -1);
      chosen += point_[j];
    }
    const int row = glp_add_rows(current, 1);
    glp_set_row_bnds(current, row, GLP_UP, 0, chosen - 1);
    glp_set_mat_row(current, row, static_cast<int>(columns_.size()) - 1, columns_.data(),
                    coefficients_.data());
  }

  bool worth_rounding() const { return round_ && (budget_.nodes() < 50 || budget_.nodes() % 16 == 0); }

  /// A little over GLPK's, so that whatever GLPK takes for whole has been judged and cut off before.
  static constexpr double whole_tolerance = 1.1e-5;

  environment& env_;
  const program& program_;
  assign::budget& budget_;
  judge good_;
  rounding round_;
  double gap_ = 0;
  std::size_t messages_ = 0;  ///< lines of GLPK since it last called us
  bool cuts_ = true;
  bool failed_ = false;
  bool proven_ = false;
  bool offered_ = true;  ///< whether GLPK knows the best point
  glp_prob* problem_ = nullptr;
  std::jmp_buf back_{};
  std::exception_ptr thrown_{};
  std::vector<double> point_{};
  std::vector<double> best_{};
  double best_cost_ = program::infinity;
  double bound_ = -program::infinity;
  std::vector<int> columns_{};
  std::vector<double> coefficients_{};
};

}  // namespace shoal::glpk::detail
