// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "models.hpp"
#include "shoal/core/error.hpp"
#include "tiny/model.hpp"

using namespace tiny;
using tiny_test::shipped;

namespace {

template <class Number>
std::vector<Number> numbers(const std::string& line) {
  std::istringstream in(line);
  std::vector<Number> out;
  for (Number x; in >> x;) out.push_back(x);
  return out;
}

// The largest difference of a column from what torch computed.
double apart(const Eigen::VectorXf& got, const std::vector<double>& expected) {
  if (static_cast<std::size_t>(got.size()) != expected.size()) return 1e9;
  double out = 0;
  for (Eigen::Index i = 0; i < got.size(); ++i) {
    out = std::max(out, std::abs(static_cast<double>(got[i]) - expected[static_cast<std::size_t>(i)]));
  }
  return out;
}

}  // namespace

// scripts/train/cases.py wrote the cases, with the weights that are shipped.
TEST_CASE("every shipped model has the logits of the training framework, to 1e-4", "[tiny]") {
  std::size_t cases = 0;
  for (const auto& entry : std::filesystem::directory_iterator(SHOAL_TEST_DATA "/tiny")) {
    const std::string name = entry.path().stem().string();
    INFO(name);
    const auto m = shipped(name);
    std::ifstream stream(entry.path());
    std::string in;
    std::string out;
    double worst = 0;
    while (std::getline(stream, in) && std::getline(stream, out)) {
      const auto x = numbers<token>(in);
      const auto y = numbers<token>(out);
      std::vector<std::vector<double>> expected;
      const std::size_t columns_kept = m->task == "classify" ? 1 : 3;
      for (std::string line; expected.size() < columns_kept && std::getline(stream, line);) {
        expected.push_back(numbers<double>(line));
      }
      REQUIRE(expected.size() == columns_kept);
      ++cases;
      if (m->task == "classify") {
        worst = std::max(worst, apart(m->weights.classify(x), expected[0]));
        continue;
      }
      decoder_state state;
      if (!m->has_encoder()) {
        state = m->weights.start();
      } else if (m->weights.shape().features > 0) {
        const columns features = m->weights.project(shipped("translate-large")->weights.encode(x));
        state = m->weights.start(m->weights.encode(x, &features, m->weights.shape().condition));
      } else {
        state = m->weights.start(m->weights.encode(x));
      }
      decoder_state step_by_step = state;
      const columns all = m->weights.advance(state, y);
      worst = std::max({worst, apart(all.col(0), expected[0]), apart(all.col(1), expected[1]),
                        apart(all.col(all.cols() - 1), expected[2])});
      // Fed one by one, the same bits come.
      for (std::size_t i = 0; i < y.size(); ++i) {
        const columns one = m->weights.advance(step_by_step, std::span<const token>(&y[i], 1));
        REQUIRE((one.col(0).array() == all.col(static_cast<Eigen::Index>(i)).array()).all());
      }
    }
    CHECK(worst <= 1e-4);
  }
  std::size_t shipped_files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(tiny_test::folder)) {
    if (entry.path().extension() == ".safetensors") ++shipped_files;
  }
  CHECK(cases == 3 * shipped_files);
}

TEST_CASE("a truncated state goes on as if what was forgotten had never been fed", "[tiny]") {
  const auto m = shipped("translate-tiny");
  const writer w{m};
  const auto prompt = codec{m}.encode("the old man sees a dog.");
  auto one = w.start(prompt);
  auto two = one;
  const std::vector<token> wrong{1, 50, 60, 70};
  const std::vector<token> right{1, 80};
  w.advance(one.state, wrong);
  w.truncate(one.state, 1);
  const columns after = w.advance(one.state, std::span(right).subspan(1));
  const columns clean = w.advance(two.state, right);
  CHECK((after.col(0).array() == clean.col(1).array()).all());
}

TEST_CASE("a runner refuses tokens out of range, too many, and none", "[tiny]") {
  const auto m = shipped("translate-tiny");
  using shoal::invalid_argument;
  CHECK_THROWS_AS(m->weights.encode(std::vector<token>{}), invalid_argument);
  CHECK_THROWS_AS(m->weights.encode(std::vector<token>{400}), invalid_argument);
  CHECK_THROWS_AS(m->weights.encode(std::vector<token>{-1}), invalid_argument);
  CHECK_THROWS_AS(m->weights.encode(std::vector<token>(129, 5)), invalid_argument);
  CHECK_THROWS_AS(m->weights.classify(std::vector<token>{5}), invalid_argument);
  CHECK_THROWS_AS(m->weights.project(columns(3, 3)), invalid_argument);
  decoder_state s = m->weights.start(m->weights.encode(std::vector<token>{5}));
  m->weights.advance(s, std::vector<token>(128, 5));
  CHECK_THROWS_AS(m->weights.advance(s, std::vector<token>{5}), invalid_argument);
}

TEST_CASE("a model's file that was cut or changed is refused", "[tiny]") {
  const std::string good = tiny_test::bytes_of(tiny_test::folder + "sentiment-all.safetensors");
  CHECK(read_model(good)->task == "classify");
  for (std::size_t kept = 0; kept < good.size(); kept += good.size() / 50) {
    CHECK_THROWS_AS(read_model(std::string_view(good).substr(0, kept)), bad_weights);
  }
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string out = good;
    const auto at = out.find(from);
    REQUIRE(at != std::string::npos);
    REQUIRE(from.size() == to.size());
    return out.replace(at, from.size(), to);
  };
  CHECK_THROWS_AS(read_model(with("\"heads\":\"4\"", "\"heads\":\"3\"")), bad_weights);
  CHECK_THROWS_AS(read_model(with("\"width\":\"16\"", "\"width\":\"32\"")), bad_weights);
  CHECK_THROWS_AS(read_model(with("\"labels\":\"2\"", "\"labels\":\"0\"")), bad_weights);
  CHECK_THROWS_AS(read_model(with("classify.bias", "classify.bios")), bad_weights);
  CHECK_THROWS_AS(read_model(with("\"activation\":\"relu\"", "\"activation\":\"silu\"")), bad_weights);
  CHECK_THROWS_AS(load_model("/nowhere/at/all"), bad_weights);
}
