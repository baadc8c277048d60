// SPDX-License-Identifier: BSL-1.0
/// @file Networks against all combinations of their links, and against published values.
#include <cmath>
#include <cstddef>
#include <vector>

#include "catch.hpp"
#include "shoal/core/random.hpp"
#include "shoal/survive/network.hpp"

using namespace shoal;
using survive::network;

namespace {

network with_links(std::size_t places, const std::vector<std::vector<std::size_t>>& pairs, double failure) {
  network n{places, {}};
  for (const auto& p : pairs) n.links.push_back({p[0], p[1], failure});
  return n;
}

network complete(std::size_t places, double failure) {
  network n{places, {}};
  for (std::size_t a = 0; a < places; ++a) {
    for (std::size_t b = a + 1; b < places; ++b) n.links.push_back({a, b, failure});
  }
  return n;
}

network petersen(double failure) {
  network n{10, {}};
  for (std::size_t i = 0; i < 5; ++i) {
    n.links.push_back({i, (i + 1) % 5, failure});
    n.links.push_back({i, i + 5, failure});
    n.links.push_back({i + 5, (i + 2) % 5 + 5, failure});
  }
  return n;
}

network grid(std::size_t width, std::size_t height, double failure) {
  network n{width * height, {}};
  for (std::size_t y = 0; y < height; ++y) {
    for (std::size_t x = 0; x < width; ++x) {
      if (x + 1 < width) n.links.push_back({y * width + x, y * width + x + 1, failure});
      if (y + 1 < height) n.links.push_back({y * width + x, (y + 1) * width + x, failure});
    }
  }
  return n;
}

// The generalised Petersen graph (10, 2): vertices i and i + 10; 7 is opposite of 0 on the other side.
network dodecahedron(double failure) {
  network n{20, {}};
  for (std::size_t i = 0; i < 10; ++i) {
    n.links.push_back({i, (i + 1) % 10, failure});
    n.links.push_back({i, i + 10, failure});
    n.links.push_back({i + 10, (i + 2) % 10 + 10, failure});
  }
  return n;
}

double by_all_states(const network& n, const std::vector<std::size_t>& terminals, std::size_t fixed = 64,
                     bool up = true) {
  double sum = 0;
  for (std::size_t state = 0; state < std::size_t{1} << n.links.size(); ++state) {
    double weight = 1;
    std::vector<std::size_t> piece(n.places);
    for (std::size_t p = 0; p < n.places; ++p) piece[p] = p;
    for (std::size_t l = 0; l < n.links.size(); ++l) {
      const bool on = (state >> l & 1U) != 0;
      const double q = l == fixed ? (up ? 0.0 : 1.0) : n.links[l].failure;
      weight *= on ? 1 - q : q;
      if (!on) continue;
      const std::size_t from = piece[n.links[l].from];
      for (std::size_t& p : piece) p = p == from ? piece[n.links[l].to] : p;
    }
    bool whole = true;
    for (const std::size_t t : terminals) whole = whole && piece[t] == piece[terminals.front()];
    if (whole) sum += weight;
  }
  return sum;
}

}  // namespace

TEST_CASE("random networks are the sum over all states of their links", "[survive]") {
  random_engine engine(3);
  for (int round = 0; round < 60; ++round) {
    network n{2 + uniform_below(engine, 5), {}};
    const std::size_t links = uniform_below(engine, 9);
    for (std::size_t l = 0; l < links; ++l)
      n.links.push_back(
          {uniform_below(engine, n.places), uniform_below(engine, n.places), uniform_01(engine)});
    std::vector<std::size_t> terminals;
    for (std::size_t p = 0; p < n.places; ++p) {
      if (uniform_below(engine, 2) == 0) terminals.push_back(p);
    }
    const auto found = survive::connection(n, terminals);
    CHECK_FALSE(found.standard_error);
    CHECK(found.connected.survival == Approx(by_all_states(n, terminals)).epsilon(1e-12).margin(1e-14));
    for (std::size_t l = 0; l < n.links.size(); ++l) {
      const double change = by_all_states(n, terminals, l, true) - by_all_states(n, terminals, l, false);
      CHECK(found.birnbaum[l] == Approx(change).epsilon(1e-9).margin(1e-12));
    }
  }
}

TEST_CASE("published networks have their published reliabilities", "[survive]") {
  const network bridge = with_links(4, {{0, 1}, {0, 2}, {1, 2}, {1, 3}, {2, 3}}, 0.1);
  CHECK(survive::two_terminal(bridge, 0, 3).connected.survival == Approx(0.97848).epsilon(1e-12));
  CHECK(survive::two_terminal(petersen(0.1), 0, 7).connected.survival ==
        Approx(0.997271880181).epsilon(1e-11));
  CHECK(survive::two_terminal(grid(5, 5, 0.1), 0, 24).connected.survival ==
        Approx(0.975556589505).epsilon(1e-11));
  CHECK(survive::all_terminal(complete(4, 0.1)).connected.survival == Approx(0.995814).epsilon(1e-11));
  CHECK(survive::all_terminal(complete(5, 0.1)).connected.survival == Approx(0.9994922424).epsilon(1e-11));
  CHECK(survive::all_terminal(petersen(0.1)).connected.survival == Approx(0.988566914644).epsilon(1e-11));
  CHECK(survive::all_terminal(grid(5, 5, 0.1)).connected.survival == Approx(0.939813132115).epsilon(1e-11));
}

TEST_CASE("opposite corners of the dodecahedron have their published reliability", "[survive]") {
  // Place 7 + 10 or another: the one at distance 5 of 0.
  const network d = dodecahedron(0.1);
  std::vector<std::size_t> distance(20, 99);
  distance[0] = 0;
  for (int round = 0; round < 20; ++round) {
    for (const auto& l : d.links) {
      distance[l.to] = std::min(distance[l.to], distance[l.from] + 1);
      distance[l.from] = std::min(distance[l.from], distance[l.to] + 1);
    }
  }
  std::size_t opposite = 0;
  for (std::size_t p = 0; p < 20; ++p) opposite = distance[p] == 5 ? p : opposite;
  CHECK(survive::two_terminal(d, 0, opposite).connected.survival == Approx(0.997120398747).epsilon(1e-11));
}

TEST_CASE("rare disconnections keep their digits", "[survive]") {
  // Each corner of a ring of 4 hangs by two links: apart when any two links fail.
  const network ring = with_links(4, {{0, 1}, {1, 2}, {2, 3}, {3, 0}}, 1e-12);
  CHECK(survive::all_terminal(ring).connected.failure == Approx(6e-24).epsilon(1e-10));
  CHECK(survive::two_terminal(ring, 0, 1).connected.failure == Approx(3e-24).epsilon(1e-10));
}

TEST_CASE("a long ladder is exact at any length, a dense network is simulated", "[survive]") {
  const auto ladder = survive::two_terminal(grid(2, 500, 0.01), 0, 999);
  CHECK_FALSE(ladder.standard_error);
  CHECK(ladder.connected.survival > 0.5);
  const network dense = complete(8, 0.5);
  const auto exact = survive::all_terminal(dense);
  const auto simulated = survive::all_terminal(dense, {.states = 10, .samples = 20'000, .seed = 1});
  REQUIRE(simulated.standard_error);
  CHECK(std::abs(simulated.connected.survival - exact.connected.survival) < 4 * *simulated.standard_error);
  const auto again = survive::all_terminal(dense, {.states = 0, .samples = 20'000, .seed = 1});
  CHECK(again.connected.survival == simulated.connected.survival);
}

TEST_CASE("lone terminals are connected, lost ones are not, nonsense is refused", "[survive]") {
  network n{3, {{0, 1, 0.25}}};
  CHECK(survive::connection(n, std::vector<std::size_t>{}).connected.survival == 1);
  CHECK(survive::two_terminal(n, 2, 2).connected.survival == 1);
  CHECK(survive::two_terminal(n, 0, 2).connected.survival == 0);
  CHECK(survive::two_terminal(n, 0, 1).connected.survival == 0.75);
  CHECK(survive::all_terminal(network{}).connected.survival == 1);
  CHECK_THROWS_AS(survive::two_terminal(n, 0, 3), invalid_argument);
  CHECK_THROWS_AS(survive::all_terminal(n, {.samples = 0}), invalid_argument);
  n.links.push_back({0, 1, 2});
  CHECK_THROWS_AS(survive::all_terminal(n), invalid_argument);
  n.links.back() = {0, 5, 0.1};
  CHECK_THROWS_AS(survive::all_terminal(n), invalid_argument);
}
