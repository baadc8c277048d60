// SPDX-License-Identifier: BSL-1.0
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "catch.hpp"
#include "models.hpp"
#include "shoal/core/error.hpp"
#include "shoal/core/random.hpp"
#include "shoal/hybrid/llm_to_slm.hpp"
#include "tiny/model.hpp"

using namespace tiny;
using tiny_test::shipped;

namespace {

using rows = std::vector<std::vector<double>>;  // one row a token

// The same transformer by its formulas alone: double precision, plain loops, no cache, no kernel.
class by_formula {
 public:
  explicit by_formula(const std::string& bytes) : file_(read_safetensors(bytes)) {}

  rows project(const rows& features) const {
    rows middle = linear("project_up", features);
    for (auto& row : middle) {
      for (double& v : row) v = std::max(v, 0.0);
    }
    return linear("project_down", middle);
  }

  // What the decoder attends to, for a prompt and a condition of the model's own width.
  rows memory(std::span<const token> prompt, const rows& condition, condition_mode mode) const {
    if (mode == condition_mode::cross_attended) return condition;
    rows x = condition;
    if (mode == condition_mode::added) x = sum(x, embedded(prompt));
    return run("encoder", 1, sum(x, positions("encoder", prompt.size())), nullptr);
  }

  rows logits(std::span<const token> answer, const rows& memory) const {
    const rows x = run("decoder", 1, sum(embedded(answer), positions("decoder", answer.size())), &memory);
    const auto table = numbers("tokens.weight", vocabulary() * width());
    rows out;
    for (const auto& row : x) {
      auto& of = out.emplace_back(vocabulary(), 0.0);
      for (std::size_t t = 0; t < vocabulary(); ++t) {
        for (std::size_t i = 0; i < width(); ++i) of[t] += table[t * width() + i] * row[i];
      }
    }
    return out;
  }

 private:
  std::size_t width() const { return file_.whole("width", 1, 1024); }
  std::size_t vocabulary() const { return file_.whole("vocabulary", 1, 1024); }

  std::vector<double> numbers(const std::string& name, std::size_t count) const {
    const auto v = floats_of(file_, name, file_.at(name).shape);
    REQUIRE(v.size() == count);
    return {v.begin(), v.end()};
  }

  static rows sum(rows a, const rows& b) {
    for (std::size_t j = 0; j < a.size(); ++j) {
      for (std::size_t i = 0; i < a[j].size(); ++i) a[j][i] += b[j][i];
    }
    return a;
  }

  rows embedded(std::span<const token> tokens) const {
    const auto table = numbers("tokens.weight", vocabulary() * width());
    rows out;
    for (const token t : tokens) {
      const auto from = table.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(t) * width());
      out.emplace_back(from, from + static_cast<std::ptrdiff_t>(width()));
    }
    return out;
  }

  rows positions(const std::string& side, std::size_t count) const {
    const std::string name = side + ".positions.weight";
    const auto table = numbers(name, file_.at(name).shape[0] * width());
    rows out;
    for (std::size_t j = 0; j < count; ++j) {
      const auto from = table.begin() + static_cast<std::ptrdiff_t>(j * width());
      out.emplace_back(from, from + static_cast<std::ptrdiff_t>(width()));
    }
    return out;
  }

  rows linear(const std::string& name, const rows& x) const {
    const auto& shape = file_.at(name + ".weight").shape;
    const auto weight = numbers(name + ".weight", shape[0] * shape[1]);
    const auto bias = numbers(name + ".bias", shape[0]);
    rows out;
    for (const auto& row : x) {
      auto& y = out.emplace_back(bias);
      for (std::size_t r = 0; r < shape[0]; ++r) {
        for (std::size_t c = 0; c < shape[1]; ++c) y[r] += weight[r * shape[1] + c] * row[c];
      }
    }
    return out;
  }

  rows normal(const std::string& name, rows x) const {
    const auto scale = numbers(name + ".weight", width());
    const auto shift = numbers(name + ".bias", width());
    for (auto& row : x) {
      double mean = 0;
      double variance = 0;
      for (const double v : row) mean += v / static_cast<double>(row.size());
      for (const double v : row) variance += (v - mean) * (v - mean) / static_cast<double>(row.size());
      for (std::size_t i = 0; i < row.size(); ++i)
        row[i] = (row[i] - mean) / std::sqrt(variance + 1e-5) * scale[i] + shift[i];
    }
    return x;
  }

  rows attended(const std::string& name, const rows& x, const rows& from, bool causal) const {
    const std::size_t heads = file_.whole("heads", 1, 64);
    const std::size_t d = width() / heads;
    const rows query = linear(name + ".query", x);
    const rows both = linear(name + ".memory", from);  // keys, then values
    rows out(x.size(), std::vector<double>(width(), 0.0));
    for (std::size_t j = 0; j < x.size(); ++j) {
      const std::size_t seen = causal ? j + 1 : from.size();
      for (std::size_t h = 0; h < heads; ++h) {
        std::vector<double> weight;
        double total = 0;
        for (std::size_t k = 0; k < seen; ++k) {
          double score = 0;
          for (std::size_t i = h * d; i < (h + 1) * d; ++i) score += query[j][i] * both[k][i];
          weight.push_back(std::exp(score / std::sqrt(static_cast<double>(d))));
          total += weight.back();
        }
        for (std::size_t k = 0; k < seen; ++k) {
          for (std::size_t i = h * d; i < (h + 1) * d; ++i)
            out[j][i] += weight[k] / total * both[k][width() + i];
        }
      }
    }
    return linear(name + ".out", out);
  }

  rows run(const std::string& side, std::size_t layers, rows x, const rows* memory) const {
    for (std::size_t i = 0; i < layers; ++i) {
      const std::string one = side + ".layers." + std::to_string(i) + ".";
      const rows own = normal(one + "attend_norm", x);
      x = sum(x, attended(one + "attend", own, own, memory != nullptr));
      if (memory != nullptr)
        x = sum(x, attended(one + "cross", normal(one + "cross_norm", x), *memory, false));
      rows middle = linear(one + "feed.up", normal(one + "feed_norm", x));
      for (auto& row : middle) {
        for (double& v : row) v = std::max(v, 0.0);
      }
      x = sum(x, linear(one + "feed.down", middle));
    }
    return normal(side + ".norm", x);
  }

  tensor_file file_;
};

columns random_features(std::uint64_t seed, Eigen::Index width, std::size_t count) {
  shoal::random_engine engine(seed);
  columns out(width, static_cast<Eigen::Index>(count));
  for (Eigen::Index i = 0; i < out.size(); ++i)
    out.data()[i] = static_cast<float>(4 * shoal::uniform_01(engine) - 2);
  return out;
}

rows rows_of(const columns& x) {
  rows out;
  for (Eigen::Index j = 0; j < x.cols(); ++j) {
    auto& row = out.emplace_back();
    for (Eigen::Index i = 0; i < x.rows(); ++i) row.push_back(static_cast<double>(x(i, j)));
  }
  return out;
}

constexpr condition_mode modes[] = {condition_mode::added, condition_mode::replacing,
                                    condition_mode::cross_attended};

// Features as they are, for `hybrid::joined`.
struct given {
  columns features{};
  columns encode(std::span<const token>) const { return features; }
};

}  // namespace

TEST_CASE("each way in which a condition enters gives the logits of the formulas", "[tiny]") {
  const std::string bytes = tiny_test::bytes_of(tiny_test::folder + "translate-hybrid-4k.safetensors");
  const by_formula slow(bytes);
  const auto m = read_model(bytes);
  const auto prompt = codec{m}.encode("the old man sees a dog.");
  std::vector<token> answer{bpe::begin};
  for (const token t : m->words.encode("der alte Mann sieht")) answer.push_back(t);
  const columns features = random_features(1, 128, prompt.size());
  std::vector<columns> found;
  for (const condition_mode mode : modes) {
    INFO(static_cast<int>(mode));
    const rows expected =
        slow.logits(answer, slow.memory(prompt, slow.project(rows_of(features)), mode));
    const shoal::hybrid::joined both{given{features}, bridge{m}, writer{m, mode}};
    auto at = both.start(prompt);
    CHECK(at.next == bpe::begin);
    const columns got = both.advance(at.state, answer);
    double worst = 0;
    for (std::size_t j = 0; j < answer.size(); ++j) {
      for (std::size_t t = 0; t < expected[j].size(); ++t) {
        worst = std::max(worst, std::abs(expected[j][t] - static_cast<double>(got(
                                                              static_cast<Eigen::Index>(t),
                                                              static_cast<Eigen::Index>(j)))));
      }
    }
    CHECK(worst < 1e-4);
    for (const columns& other : found) CHECK((got - other).cwiseAbs().maxCoeff() > 0.1F);
    found.push_back(got);
  }
}

TEST_CASE("where the condition stands in place of the prompt's tokens, these do not matter", "[tiny]") {
  const auto m = shipped("translate-hybrid-4k");
  const std::vector<token> one{20, 30, 40, bpe::end};
  const std::vector<token> two{90, 80, 70, 60};
  const columns condition = random_features(2, 64, one.size());
  const token fed[] = {bpe::begin};
  for (const condition_mode mode : modes) {
    const writer w{m, mode};
    auto a = w.start(one, condition);
    auto b = w.start(two, condition);
    const bool same = w.advance(a.state, fed) == w.advance(b.state, fed);
    CHECK(same == (mode != condition_mode::added));
    // What is added counts as nothing where it is zero; what replaces does not.
    auto bare = w.start(one);
    auto zero = w.start(one, columns::Zero(64, 4));
    CHECK((w.advance(bare.state, fed) == w.advance(zero.state, fed)) == (mode == condition_mode::added));
  }
}

TEST_CASE("a condition of another shape is refused, whichever way it enters", "[tiny]") {
  const auto m = shipped("translate-hybrid-4k");
  const std::vector<token> prompt{20, 30, bpe::end};
  for (const condition_mode mode : modes) {
    const writer w{m, mode};
    CHECK_THROWS_AS(w.start(prompt, columns::Zero(64, 2)), shoal::invalid_argument);
    CHECK_THROWS_AS(w.start(prompt, columns::Zero(32, 3)), shoal::invalid_argument);
    CHECK_THROWS_AS(w.start(std::vector<token>{400, 1, 2}, columns::Zero(64, 3)), shoal::invalid_argument);
  }
}

TEST_CASE("a model's file says how it was trained to be conditioned", "[tiny]") {
  const std::string good = tiny_test::bytes_of(tiny_test::folder + "translate-hybrid-4k.safetensors");
  CHECK(read_model(good)->weights.shape().condition == condition_mode::added);
  const auto said = [&](const std::string& how) {
    std::string out = good;
    const std::string more = "\"condition\":\"" + how + "\",";
    out.insert(out.find("\"vocabulary\""), more);
    std::size_t length = 0;
    for (std::size_t i = 8; i-- > 0;) length = length << 8U | static_cast<unsigned char>(out[i]);
    length += more.size();
    for (std::size_t i = 0; i < 8; ++i) out[i] = static_cast<char>(length >> (8 * i) & 0xFFU);
    return read_model(out)->weights.shape().condition;
  };
  CHECK(said("added") == condition_mode::added);
  CHECK(said("replacing") == condition_mode::replacing);
  CHECK(said("cross_attended") == condition_mode::cross_attended);
  CHECK_THROWS_AS(said("stirred"), bad_weights);
}
