// SPDX-License-Identifier: BSL-1.0
/// @file Labels as they come: who is to be believed is learnt on the way, and forgotten again.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/aggregate/label_matrix.hpp"
#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"

namespace shoal::aggregate {

/// One vote of a stream.
struct stream_vote {
  std::uint64_t item = 0;
  std::uint32_t epoch = 0;  ///< when the item was asked, counted from 0: a minute, a thousand items
  std::uint32_t worker = 0;
  std::uint32_t label = 0;

  friend bool operator==(const stream_vote&, const stream_vote&) = default;
};

/// Dawid and Skene's model on a stream. Votes are put in as they come, in any order; closing an epoch learns
/// from its items what each worker's labels mean, by the tables that earlier epochs left, and lets older
/// epochs fade. Votes of an epoch that is closed already are too late to learn from, and counted.
///
/// The state is whole numbers, and votes are sorted before they are learnt from: for equal sets of votes it
/// is the same to the last bit, whatever the order or the number of threads that brought them (each fills a
/// vector of its own, and hands it over). It allocates nothing once its buffers have grown.
/// @complexity O(1) for a vote put in, O(log votes of the epoch + classes) for one learnt from, O(classes)
/// for one asked about.
/// @source Cappe & Moulines 2009, "On-line expectation-maximization algorithm for latent data models", J. R.
/// Stat. Soc. B 71 (the scheme); Dawid & Skene 1979 (the model).
template <class Count = std::int64_t>
class running_labels {
 public:
  /// @param half_life  epochs after which a vote counts half; infinity: never fades.
  /// @throws invalid_argument  where there are fewer than two classes, more than 64, or `half_life` is not >
  /// 0.
  running_labels(std::size_t workers, std::size_t classes, double half_life)
      : workers_(workers), classes_(classes), half_life_(half_life) {
    if (classes < 2 || classes > most_classes)
      throw invalid_argument(message("running_labels: ", classes, " classes are not 2 to ", most_classes));
    if (!(half_life > 0))
      throw invalid_argument(message("running_labels: half_life ", half_life, " is not > 0"));
    keep_ = static_cast<Count>(std::llround(static_cast<double>(Count{1} << 20) * std::exp2(-1 / half_life)));
    counts_.assign(workers * classes * classes, 0);
    log_chance_.assign(counts_.size(), 0.0);
    truths_.assign(classes, 0);
    log_prior_.assign(classes, 0.0);
    learn_tables();
  }

  std::size_t workers() const { return workers_; }
  std::size_t classes() const { return classes_; }
  std::uint32_t epoch() const { return epoch_; }  ///< the first that is not closed
  std::size_t late() const { return late_; }      ///< votes that came after their epoch was closed

  /// Puts a vote in.
  /// @throws invalid_argument  where its worker or label is out of range.
  void add(const stream_vote& vote) {
    check(vote.worker, vote.label);
    if (vote.epoch < epoch_) {
      ++late_;
    } else {
      inbox_.push_back(vote);
    }
  }
  /// Puts in what one thread gathered.
  template <class Votes>
  void add_all(const Votes& votes) {
    for (const stream_vote& v : votes) add(v);
  }

  /// Closes the first open epoch: learns from its votes. A worker that voted twice on an item counts with its
  /// smallest label.
  void close() {
    // The epoch's votes to the front, in one order whatever their arrival.
    const auto end =
        std::partition(inbox_.begin(), inbox_.end(), [&](const auto& v) { return v.epoch == epoch_; });
    std::sort(inbox_.begin(), end, [](const stream_vote& a, const stream_vote& b) {
      if (a.item != b.item) return a.item < b.item;
      return a.worker != b.worker ? a.worker < b.worker : a.label < b.label;
    });
    fade();
    std::array<double, most_classes> p{};
    for (auto first = inbox_.begin(); first != end;) {
      auto last = first;
      while (last != end && last->item == first->item) ++last;
      begin_item(p);
      for (auto v = first; v != last; ++v)
        if (v == first || v->worker != (v - 1)->worker) weigh_label(p, v->worker, v->label);
      normalise(p);
      for (std::size_t k = 0; k < classes_; ++k) truths_[k] += fixed(p[k]);
      for (auto v = first; v != last; ++v) {
        if (v != first && v->worker == (v - 1)->worker) continue;
        Count* const row = counts_.data() + (v->worker * classes_ + v->label) * classes_;
        for (std::size_t k = 0; k < classes_; ++k) row[k] += fixed(p[k]);
      }
      first = last;
    }
    inbox_.erase(inbox_.begin(), end);
    ++epoch_;
    learn_tables();
  }

  /// Probability of each class for an item, from its votes so far; `out` has room for all classes. Votes of
  /// one item, any order; each worker once.
  /// @throws invalid_argument  where a worker or label is out of range.
  /// @complexity O(votes x classes).
  template <class Votes>
  void probabilities(const Votes& votes, std::span<double> out) const {
    std::array<double, most_classes> p{};
    begin_item(p);
    for (const auto& v : votes) {
      check(v.worker, v.label);
      weigh_label(p, v.worker, v.label);
    }
    normalise(p);
    for (std::size_t k = 0; k < classes_; ++k) out[k] = p[k];
  }

  /// Chance that a worker's label is right, as learnt.
  double reliability(std::size_t worker) const {
    double out = 0;
    for (std::size_t k = 0; k < classes_; ++k)
      out += std::exp(log_prior_[k] + log_chance_[(worker * classes_ + k) * classes_ + k]);
    return out;
  }

  /// Adds what another learnt of the same workers and classes, up to the same epoch, from other items. Votes
  /// that wait are taken over, too.
  /// @throws invalid_argument  where sizes, half-lives or epochs differ.
  void merge(const running_labels& other) {
    if (other.workers_ != workers_ || other.classes_ != classes_ || other.keep_ != keep_ ||
        other.epoch_ != epoch_)
      throw invalid_argument(
          "running_labels: only states of the same sizes, half-life and epoch can be merged");
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
    for (std::size_t k = 0; k < classes_; ++k) truths_[k] += other.truths_[k];
    inbox_.insert(inbox_.end(), other.inbox_.begin(), other.inbox_.end());
    late_ += other.late_;
    learn_tables();
  }

  /// The state as text, which `load` reads back; equal states are equal texts. Votes that wait are part of
  /// it.
  std::string save() const {
    auto waiting = inbox_;
    std::sort(waiting.begin(), waiting.end(), [](const stream_vote& a, const stream_vote& b) {
      if (a.epoch != b.epoch) return a.epoch < b.epoch;
      if (a.item != b.item) return a.item < b.item;
      return a.worker != b.worker ? a.worker < b.worker : a.label < b.label;
    });
    std::string out = message("shoal running_labels 1\n", workers_, ' ', classes_, ' ', half_life_, ' ',
                              epoch_, ' ', late_, ' ', waiting.size(), '\n');
    for (const Count c : truths_) out += message(c, ' ');
    for (const Count c : counts_) out += message(c, ' ');
    out += '\n';
    for (const auto& v : waiting) out += message(v.item, ' ', v.epoch, ' ', v.worker, ' ', v.label, '\n');
    return out;
  }

  /// The state that `save` made.
  /// @throws invalid_argument  where the text is no such state.
  static running_labels load(std::string_view text) {
    constexpr std::string_view head = "shoal running_labels 1\n";
    if (!text.starts_with(head)) throw invalid_argument("running_labels: not a state that save made");
    text.remove_prefix(head.size());
    const auto workers = take<std::uint64_t>(text);
    const auto classes = take<std::uint64_t>(text);
    const auto half_life = take<double>(text);
    if (classes < 2 || classes > most_classes || workers > text.size())
      throw invalid_argument("running_labels: a state of impossible size");
    running_labels out(workers, classes, half_life);
    out.epoch_ = take<std::uint32_t>(text);
    out.late_ = take<std::uint64_t>(text);
    const auto waiting = take<std::uint64_t>(text);
    for (auto& c : out.truths_) c = take<Count>(text);
    for (auto& c : out.counts_) c = take<Count>(text);
    for (std::uint64_t i = 0; i < waiting; ++i) {
      stream_vote v;
      v.item = take<std::uint64_t>(text);
      v.epoch = take<std::uint32_t>(text);
      v.worker = take<std::uint32_t>(text);
      v.label = take<std::uint32_t>(text);
      out.check(v.worker, v.label);
      out.inbox_.push_back(v);
    }
    out.learn_tables();
    return out;
  }

 private:
  static constexpr std::size_t most_classes = 64;
  static constexpr double one = 1U << 30U;  // a vote, in the units of the counts

  static Count fixed(double p) { return static_cast<Count>(p * one + 0.5); }

  void check(std::size_t worker, std::size_t label) const {
    if (worker >= workers_)
      throw invalid_argument(message("running_labels: worker ", worker, " is not below ", workers_));
    if (label >= classes_)
      throw invalid_argument(message("running_labels: label ", label, " is not below ", classes_));
  }

  void begin_item(std::array<double, most_classes>& p) const {
    for (std::size_t k = 0; k < classes_; ++k) p[k] = log_prior_[k];
  }
  void weigh_label(std::array<double, most_classes>& p, std::size_t worker, std::size_t label) const {
    const double* const row = log_chance_.data() + (worker * classes_ + label) * classes_;
    for (std::size_t k = 0; k < classes_; ++k) p[k] += row[k];
  }
  void normalise(std::array<double, most_classes>& p) const {
    double top = p[0];
    for (std::size_t k = 1; k < classes_; ++k) top = p[k] > top ? p[k] : top;
    double sum = 0;
    for (std::size_t k = 0; k < classes_; ++k) sum += p[k] = std::exp(p[k] - top);
    for (std::size_t k = 0; k < classes_; ++k) p[k] /= sum;
  }

  void fade() {
    const auto less = [&](Count& c) {
      c = (c >> 20) * keep_ + (((c & ((Count{1} << 20) - 1)) * keep_) >> 20);
    };
    for (auto& c : counts_) less(c);
    for (auto& c : truths_) less(c);
  }

  // Four right labels and one of each wrong one stand for a worker of whom little is known.
  void learn_tables() {
    double items = 0;
    for (const Count c : truths_) items += static_cast<double>(c) / one + 1;
    for (std::size_t k = 0; k < classes_; ++k)
      log_prior_[k] = std::log((static_cast<double>(truths_[k]) / one + 1) / items);
    for (std::size_t w = 0; w < workers_; ++w)
      for (std::size_t k = 0; k < classes_; ++k) {
        const std::size_t at = w * classes_ * classes_ + k;
        double total = 0;
        for (std::size_t l = 0; l < classes_; ++l)
          total += static_cast<double>(counts_[at + l * classes_]) / one + (l == k ? 4 : 1);
        for (std::size_t l = 0; l < classes_; ++l)
          log_chance_[at + l * classes_] =
              std::log((static_cast<double>(counts_[at + l * classes_]) / one + (l == k ? 4 : 1)) / total);
      }
  }

  template <class Number>
  static Number take(std::string_view& text) {
    while (!text.empty() && (text[0] == ' ' || text[0] == '\n')) text.remove_prefix(1);
    Number out{};
    const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
    if (read.ec != std::errc{}) throw invalid_argument("running_labels: the state breaks off");
    text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
    return out;
  }

  std::size_t workers_;
  std::size_t classes_;
  double half_life_;
  Count keep_ = 0;  // what fading leaves of 2^20
  std::uint32_t epoch_ = 0;
  std::size_t late_ = 0;
  std::vector<Count> counts_{};       // expected votes of each worker: label, then truth
  std::vector<Count> truths_{};       // expected items of each truth
  std::vector<double> log_chance_{};  // made of them
  std::vector<double> log_prior_{};
  std::vector<stream_vote> inbox_{};
};
running_labels(std::size_t, std::size_t, double)->running_labels<std::int64_t>;

}  // namespace shoal::aggregate
