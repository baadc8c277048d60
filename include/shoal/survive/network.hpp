// SPDX-License-Identifier: BSL-1.0
/// @file Networks: the chance that places stay connected when links fail, exactly or by simulation.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/random.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/survive/chance.hpp"

namespace shoal::survive {

/// A link between two places, usable both ways.
struct link {
  std::size_t from = 0;
  std::size_t to = 0;
  double failure = 0;  ///< chance that it is down, independently of all others, [0, 1]
};

/// Places 0..places-1, which do not fail, and the links between them; several may join the same two places.
struct network {
  std::size_t places = 0;
  std::vector<link> links{};
};

/// How hard to try.
struct network_effort {
  std::size_t states = std::size_t{1} << 22U;  ///< most that the exact method may hold; 0: simulate at once
  std::size_t samples = 100'000;               ///< of the simulation that takes over then, >= 1
  std::uint64_t seed = 0;                      ///< equal seeds give equal figures
};

/// Whether the terminals stay connected.
struct network_report {
  chance connected{};                      ///< `survival`: all terminals are in one piece
  std::optional<double> standard_error{};  ///< where it was simulated
  std::vector<double> birnbaum{};  ///< of each link: how much likelier the terminals are connected while it
                                   ///< is up than while it is down; empty where it was simulated
  std::size_t states = 0;  ///< that the exact method held
};

/// Chance that all `terminals` are connected by links that are up. Exact by deciding one link after the other
/// and remembering only how the places on the border between decided and undecided links hang together; the
/// work grows with the width of that border, not with the number of links, so that long, narrow networks of
/// any size and square grids to about 10 x 10 are easy. Beyond `effort.states` it is simulated.
/// @throws invalid_argument  when a link or a terminal leads nowhere, a probability is not in [0, 1], or
///                           `samples` is 0.
/// @complexity O(links x states of the border), at most `effort.states`.
/// @source Hardy, Lucet & Limnios 2007, "K-terminal network reliability measures with binary decision
/// diagrams", IEEE Trans. Reliability 56.
template <class = when_used>
network_report connection(const network& n, std::span<const std::size_t> terminals,
                          const network_effort& effort = {});

/// Two places stay connected.
template <class = when_used>
network_report two_terminal(const network& n, std::size_t from, std::size_t to,
                            const network_effort& effort = {}) {
  const std::vector<std::size_t> terminals{from, to};
  return connection(n, std::span<const std::size_t>(terminals), effort);
}

/// All places stay connected.
template <class = when_used>
network_report all_terminal(const network& n, const network_effort& effort = {}) {
  std::vector<std::size_t> terminals(n.places);
  for (std::size_t i = 0; i < n.places; ++i) terminals[i] = i;
  return connection(n, std::span<const std::size_t>(terminals), effort);
}

namespace detail {

template <class Letter>
class frontier_method {
 public:
  frontier_method(const network& n, const std::vector<bool>& terminal, std::size_t limit)
      : links_(n.links), terminal_(terminal), limit_(limit) {
    for (const bool t : terminal) terminals_ += t ? 1 : 0;
    order_links(n.places);
    complete_ = widest_ < 100 && run();
  }

  bool complete() const { return complete_; }

  network_report report() const {
    network_report out;
    out.states = nodes_.size();
    std::vector<chance> value(nodes_.size());
    value[connected] = {1, 0};
    value[apart] = {0, 1};
    for (std::size_t i = nodes_.size(); i-- > 2;) {
      const double down = links_[nodes_[i].link].failure;
      const chance up = value[nodes_[i].up];
      const chance cut = value[nodes_[i].down];
      value[i] = {(1 - down) * up.survival + down * cut.survival,
                  (1 - down) * up.failure + down * cut.failure};
    }
    out.connected = chance::of(value[start_].survival, value[start_].failure);
    out.birnbaum.assign(links_.size(), 0.0);
    std::vector<double> weight(nodes_.size(), 0.0);
    weight[start_] = 1;
    for (std::size_t i = 2; i < nodes_.size(); ++i) {
      const node& at = nodes_[i];
      const double down = links_[at.link].failure;
      const chance up = value[at.up];
      const chance cut = value[at.down];
      const bool rare = up.failure + cut.failure < 1;
      out.birnbaum[at.link] += weight[i] * (rare ? cut.failure - up.failure : up.survival - cut.survival);
      weight[at.up] += weight[i] * (1 - down);
      weight[at.down] += weight[i] * down;
    }
    return out;
  }

 private:
  // A state just before a link is decided. Letters stand for the places on the border in order: equal letters
  // hang together; the top bit says that a terminal hangs there, too.
  using state = std::basic_string<Letter>;
  static constexpr std::size_t connected = 0;
  static constexpr std::size_t apart = 1;
  static constexpr unsigned has_terminal = 0x80U;

  struct node {
    std::uint32_t link = 0;
    std::uint32_t up = 0;
    std::uint32_t down = 0;
  };

  // Breadth first from the place that keeps the border narrowest.
  void order_links(std::size_t places) {
    std::vector<std::vector<std::size_t>> at(places);
    for (std::size_t l = 0; l < links_.size(); ++l) {
      at[links_[l].from].push_back(links_[l].to);
      at[links_[l].to].push_back(links_[l].from);
    }
    double best = -1;
    const std::size_t step = std::max<std::size_t>(1, places / 128);
    for (std::size_t start = 0; start < places; start += step) {
      std::vector<std::size_t> rank(places, places);
      std::vector<std::size_t> queue;
      for (std::size_t first = 0; first < places; ++first) {
        const std::size_t root = (start + first) % places;
        if (rank[root] != places) continue;
        rank[root] = queue.size();
        queue.push_back(root);
        for (std::size_t next = rank[root]; next < queue.size(); ++next) {
          for (const std::size_t to : at[queue[next]]) {
            if (rank[to] != places) continue;
            rank[to] = queue.size();
            queue.push_back(to);
          }
        }
      }
      std::vector<std::size_t> order(links_.size());
      for (std::size_t l = 0; l < order.size(); ++l) order[l] = l;
      const auto key = [&](std::size_t l) {
        const std::size_t a = rank[links_[l].from];
        const std::size_t b = rank[links_[l].to];
        return std::pair(std::max(a, b), std::min(a, b));
      };
      std::sort(order.begin(), order.end(),
                [&](std::size_t a, std::size_t b) { return key(a) != key(b) ? key(a) < key(b) : a < b; });
      const auto [cost, width] = cost_of(order, places);
      if (best < 0 || cost < best) {
        best = cost;
        widest_ = width;
        order_ = std::move(order);
      }
    }
  }

  // The number of states grows about fourfold with each place on the border.
  std::pair<double, std::size_t> cost_of(const std::vector<std::size_t>& order, std::size_t places) const {
    std::vector<std::size_t> last(places, 0);
    for (std::size_t i = 0; i < order.size(); ++i)
      last[links_[order[i]].from] = last[links_[order[i]].to] = i;
    std::vector<bool> in(places, false);
    double cost = 0;
    std::size_t width = 0;
    std::size_t widest = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
      for (const std::size_t p : {links_[order[i]].from, links_[order[i]].to}) {
        if (!in[p]) ++width;
        in[p] = true;
      }
      widest = std::max(widest, width);
      cost += std::pow(4.0, static_cast<double>(std::min<std::size_t>(width, 200)));
      for (const std::size_t p : {links_[order[i]].from, links_[order[i]].to}) {
        if (last[p] == i && in[p]) {
          --width;
          in[p] = false;
        }
      }
    }
    return {cost, widest};
  }

  bool run() {
    nodes_.resize(2);
    std::vector<std::size_t> last(terminal_.size(), 0);
    for (std::size_t i = 0; i < order_.size(); ++i)
      last[links_[order_[i]].from] = last[links_[order_[i]].to] = i;
    std::vector<bool> touched(terminal_.size(), false);
    std::size_t missing = terminals_;  // terminals that no link has touched yet
    for (const link& l : links_) touched[l.from] = touched[l.to] = true;
    for (std::size_t p = 0; p < terminal_.size(); ++p) {
      if (terminal_[p] && !touched[p] && terminals_ > 1) {
        start_ = apart;
        return true;
      }
    }
    if (terminals_ < 2) {
      start_ = connected;
      return true;
    }
    std::vector<std::size_t> border;
    std::vector<state> now{state{}};
    std::size_t first = nodes_.size();
    start_ = first;
    nodes_.push_back({});
    std::vector<bool> entered(terminal_.size(), false);
    for (std::size_t i = 0; i < order_.size(); ++i) {
      const link& l = links_[order_[i]];
      const std::size_t width_before = border.size();
      for (const std::size_t p : {l.from, l.to}) {
        if (entered[p]) continue;
        entered[p] = true;
        border.push_back(p);
        if (terminal_[p]) --missing;
      }
      const auto place_of = [&](std::size_t p) {
        return static_cast<std::size_t>(std::find(border.begin(), border.end(), p) - border.begin());
      };
      const std::size_t a = place_of(l.from);
      const std::size_t b = place_of(l.to);
      std::vector<bool> leaves(border.size(), false);
      if (last[l.from] == i) leaves[a] = true;
      if (last[l.to] == i) leaves[b] = true;
      std::unordered_map<state, std::uint32_t> found;
      std::vector<state> next;
      const std::size_t next_first = first + now.size();
      const auto settle = [&](state s) -> std::uint32_t {
        const int end = close(s, leaves, missing);
        if (end >= 0) return static_cast<std::uint32_t>(end);
        const auto [at, fresh] = found.try_emplace(s, static_cast<std::uint32_t>(next_first + next.size()));
        if (fresh) next.push_back(std::move(s));
        return at->second;
      };
      for (std::size_t s = 0; s < now.size(); ++s) {
        state base = now[s];
        for (std::size_t p = width_before; p < border.size(); ++p) {
          // 127 is no letter in use: borders are narrower than 100.
          const unsigned fresh = static_cast<unsigned>(100 + p - width_before);
          base.push_back(static_cast<Letter>(fresh | (terminal_[border[p]] ? has_terminal : 0U)));
        }
        state joined = base;
        join(joined, a, b);
        node& at = nodes_[first + s];
        at.link = static_cast<std::uint32_t>(order_[i]);
        at.up = settle(std::move(joined));
        at.down = settle(std::move(base));
      }
      std::size_t kept = 0;
      for (std::size_t p = 0; p < border.size(); ++p) {
        if (!leaves[p]) border[kept++] = border[p];
      }
      border.resize(kept);
      first = next_first;
      if (nodes_.size() + next.size() > limit_) return false;
      nodes_.resize(nodes_.size() + next.size());
      now = std::move(next);
    }
    return true;
  }

  static void join(state& s, std::size_t a, std::size_t b) {
    const auto x = static_cast<unsigned char>(s[a]);
    const auto y = static_cast<unsigned char>(s[b]);
    if (x == y) return;
    const auto both = static_cast<Letter>(x | (y & has_terminal));
    for (Letter& c : s) {
      if (static_cast<unsigned char>(c) == x || static_cast<unsigned char>(c) == y) c = both;
    }
  }

  // Drops the places that leave and renames the pieces in order of appearance; or says how the state ends.
  int close(state& s, const std::vector<bool>& leaves, std::size_t missing) const {
    std::size_t pieces = 0;  // with a terminal
    bool seen[256] = {};
    for (const Letter c : s) {
      const auto x = static_cast<unsigned char>(c);
      if ((x & has_terminal) != 0 && !seen[x]) ++pieces;
      seen[x] = true;
    }
    if (missing == 0 && pieces == 1) return static_cast<int>(connected);
    unsigned char renamed[256] = {};
    unsigned char used = 0;
    state kept;
    for (std::size_t p = 0; p < s.size(); ++p) {
      if (leaves[p]) continue;
      const auto x = static_cast<unsigned char>(s[p]);
      if (renamed[x] == 0) renamed[x] = ++used;
      kept.push_back(static_cast<Letter>(renamed[x] | (x & has_terminal)));
    }
    for (std::size_t p = 0; p < s.size(); ++p) {
      const auto x = static_cast<unsigned char>(s[p]);
      // A piece with a terminal that nobody can reach any more.
      if (leaves[p] && (x & has_terminal) != 0 && renamed[x] == 0) return static_cast<int>(apart);
    }
    s = std::move(kept);
    return -1;
  }

  const std::vector<link>& links_;
  const std::vector<bool>& terminal_;
  std::size_t terminals_ = 0;
  std::size_t limit_;
  std::size_t widest_ = 0;
  std::vector<std::size_t> order_;
  std::vector<node> nodes_;
  std::size_t start_ = 0;
  bool complete_ = false;
};

template <class = when_used>
void simulate_network(network_report& out, const network& n, const std::vector<bool>& terminal,
                      const network_effort& effort) {
  std::vector<std::size_t> parent(n.places);
  const auto root = [&](std::size_t p) {
    while (parent[p] != p) p = parent[p] = parent[parent[p]];
    return p;
  };
  std::size_t lost = 0;
  constexpr std::size_t block = 4096;
  for (std::size_t b = 0; b * block < effort.samples; ++b) {
    random_engine engine(stream_seed(effort.seed, b));
    for (std::size_t i = b * block; i < std::min(effort.samples, (b + 1) * block); ++i) {
      for (std::size_t p = 0; p < n.places; ++p) parent[p] = p;
      for (const link& l : n.links) {
        if (uniform_01(engine) >= l.failure) parent[root(l.from)] = root(l.to);
      }
      std::size_t piece = n.places;
      bool apart = false;
      for (std::size_t p = 0; p < n.places; ++p) {
        if (!terminal[p]) continue;
        if (piece == n.places) piece = root(p);
        apart = apart || root(p) != piece;
      }
      lost += apart ? 1 : 0;
    }
  }
  const auto total = static_cast<double>(effort.samples);
  const auto failed = static_cast<double>(lost);
  out.connected = chance::of((total - failed) / total, failed / total);
  const double adjusted = (failed + 1) / (total + 2);  // never 0: no failure seen is no proof
  out.standard_error = std::sqrt(adjusted * (1 - adjusted) / total);
}

}  // namespace detail

template <class>
network_report connection(const network& n, std::span<const std::size_t> terminals,
                          const network_effort& effort) {
  for (std::size_t l = 0; l < n.links.size(); ++l) {
    const link& at = n.links[l];
    for (const std::size_t p : {at.from, at.to}) {
      if (p >= n.places)
        throw invalid_argument(message("link ", l, ": there is no place ", p, " among ", n.places));
    }
    if (!(at.failure >= 0 && at.failure <= 1))
      throw invalid_argument(message("link ", l, ": failure ", at.failure, " is not in [0, 1]"));
  }
  if (effort.samples == 0) throw invalid_argument("samples 0 is not >= 1");
  std::vector<bool> terminal(n.places, false);
  for (const std::size_t p : terminals) {
    if (p >= n.places)
      throw invalid_argument(message("terminal: there is no place ", p, " among ", n.places));
    terminal[p] = true;
  }
  if (effort.states > 0) {
    const detail::frontier_method<char> exact(n, terminal, effort.states);
    if (exact.complete()) return exact.report();
  }
  network_report out;
  detail::simulate_network(out, n, terminal, effort);
  return out;
}

}  // namespace shoal::survive
