// SPDX-License-Identifier: BSL-1.0
/// @file The shape of a CPU runner: weights loaded once, a forward pass with Eigen for each request.
///
/// The model is small but real: it tells languages apart by a softmax over hashed letter triples. It is
/// trained here, in a few milliseconds, where a user's runner would read its weights from a file.
#include <Eigen/Core>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <shoal/shoal.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace {

const std::array<const char*, 3> languages{"English", "German", "French"};

struct example {
  const char* text;
  Eigen::Index language;
};
const std::array<example, 9> corpus{{
    {"the weather is wonderful and the children are playing in the garden", 0},
    {"we went to the market where they had bread with cheese and apples", 0},
    {"this is the house that my brother would have liked to buy for them", 0},
    {"das wetter ist wunderbar und die kinder spielen im garten", 1},
    {"wir gingen auf den markt und kauften brot mit schinken und birnen", 1},
    {"dies ist das haus das mein bruder gerne gekauft haette", 1},
    {"le temps est magnifique et les enfants jouent dans le jardin", 2},
    {"nous sommes au marche pour acheter du pain et des pommes", 2},
    {"voici la maison que mon frere aurait voulu acheter pour nous", 2},
}};

// How often each hashed triple of letters occurs, as a share.
Eigen::VectorXd features(std::string_view text, Eigen::Index width) {
  Eigen::VectorXd out = Eigen::VectorXd::Zero(width);
  for (std::size_t at = 0; at + 3 <= text.size(); ++at) {
    std::uint32_t hash = 2166136261U;
    for (const char c : text.substr(at, 3)) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
    out[static_cast<Eigen::Index>(hash % static_cast<std::uint32_t>(width))] += 1;
  }
  return out / std::max(1.0, out.norm());
}

Eigen::VectorXd softmax(const Eigen::VectorXd& logits) {
  const Eigen::VectorXd e = (logits.array() - logits.maxCoeff()).exp();
  return e / e.sum();
}

// Weights: languages x width. Gradient descent on the corpus.
Eigen::MatrixXd train(Eigen::Index width) {
  Eigen::MatrixXd weights = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(languages.size()), width);
  for (int epoch = 0; epoch < 200; ++epoch) {
    for (const example& e : corpus) {
      const Eigen::VectorXd x = features(e.text, width);
      Eigen::VectorXd error = softmax(weights * x);
      error[e.language] -= 1;
      weights -= 0.5 * error * x.transpose();
    }
  }
  return weights;
}

// The runner. Copies share the weights, which nobody writes to, so it may answer several requests at once.
class cpu_runner {
 public:
  explicit cpu_runner(Eigen::Index width) : weights_(std::make_shared<Eigen::MatrixXd>(train(width))) {}

  shoal::answer<> operator()(const shoal::infer::request<>& r, std::stop_token stop) const {
    if (r.input.size() < 3) {
      throw shoal::infer::failure(shoal::infer::failure_kind::bad_answer, "there is too little text");
    }
    const auto began = std::chrono::steady_clock::now();
    const Eigen::VectorXd x = features(r.input, weights_->cols());
    shoal::infer::check(r, stop);  // a larger model would do so between its layers
    const Eigen::VectorXd chance = softmax(*weights_ * x);

    Eigen::Index best = 0;
    shoal::answer<> out;
    out.confidence = chance.maxCoeff(&best);
    out.value = languages.at(static_cast<std::size_t>(best));
    out.used.input_tokens = r.input.size() - 2;
    out.used.output_tokens = 1;
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    out.used.time_s = took.count();
    return out;
  }

 private:
  std::shared_ptr<const Eigen::MatrixXd> weights_;
};
static_assert(shoal::infer::backend<cpu_runner>);

}  // namespace

int main() {
  using namespace shoal;
  const fleet<> models{{.name = "narrow", .accuracy = 0.8, .energy_j = 0.001},
                       {.name = "wide", .accuracy = 0.95, .energy_j = 0.01}};
  const infer::backends<> backends{cpu_runner(64), cpu_runner(2048)};

  const pipeline swarm{decompose::lines{}, assign::exact{}, run::thread_pool_executor{.concurrency = {4, 4}},
                       aggregate::weighted_vote{}, run::concatenate{.separator = " "}};
  const task text{
      "the bread was on the table\nder garten ist im sommer schoen\nles pommes sont dans le jardin\n",
      "Which language is it?"};
  const auto report = swarm.run(
      text, models, [](const model& m, const subtask&) { return m.accuracy; }, backends,
      {.adjust = [](assign::problem& p) { p.replicas.assign(p.subtasks(), 2); }});  // both models, every line
  if (!report) return std::puts(report.why().c_str()), 1;
  for (const auto& line : report.outcomes.subtasks) {
    for (const auto& a : line.answers) {
      std::printf("%-6s %-7s (%.2f)   ", a.source.c_str(), a.value.c_str(), a.confidence);
    }
    std::printf("-> %s\n", line.value->c_str());
  }
  return report.result.value == "English German French" ? 0 : 1;
}
