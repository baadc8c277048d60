// SPDX-License-Identifier: BSL-1.0
/// @file A user's own aggregator: a text is published only where no reviewer objects.
#include <cstdio>
#include <shoal/shoal.hpp>
#include <span>
#include <vector>

namespace aggregate = shoal::aggregate;

//! [plug]
// One "no" is a veto. A reviewer that abstains does not object.
struct no_veto {
  aggregate::result<bool> operator()(std::span<const shoal::answer<bool>> answers) const {
    const auto in = aggregate::take_in(answers);  // the newest answer of each source, in canonical order
    aggregate::result<bool> out;
    out.used = in.counted.size();
    out.abstained = in.abstained;
    out.discarded = in.discarded;
    if (in.counted.empty()) return out;  // nobody looked: that is no consent

    std::size_t agree = 0;
    for (const auto* a : in.counted) agree += a->value ? 1 : 0;
    out.value = agree == in.counted.size();
    out.why = aggregate::reason::decided;
    const double share = static_cast<double>(agree) / static_cast<double>(out.used);
    out.confidence = *out.value ? 1 : 1 - share;
    out.margin = *out.value ? 1 : 0;
    return out;
  }
};
static_assert(aggregate::aggregator<no_veto, bool>);
//! [plug]

int main() {
  std::vector<shoal::answer<bool>> reviews{{.value = true, .source = "facts-3b"},
                                           {.value = true, .source = "tone-1b"},
                                           {.value = false, .source = "law-7b", .at_s = 10}};

  // It works wherever shoal's own do: here, inside a quorum.
  const aggregate::quorum decide{2, no_veto{}};
  const auto first = aggregate::combine(reviews, decide);
  std::printf("%s (%zu reviewers)\n", *first.value ? "publish" : "hold back", first.used);

  // The objection is met, and law-7b says so later: its newest answer counts.
  reviews.push_back({.value = true, .source = "law-7b", .at_s = 20});
  const auto second = aggregate::combine(reviews, decide);
  std::printf("%s (%zu reviewers, %zu older answer dropped)\n", *second.value ? "publish" : "hold back",
              second.used, second.discarded);
  return !*first.value && *second.value ? 0 : 1;
}
