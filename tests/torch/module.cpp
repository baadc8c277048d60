// SPDX-License-Identifier: BSL-1.0
#include "shoal/torch/module.hpp"

#include <unistd.h>
#include <Eigen/Core>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "catch.hpp"
#include "shoal/core/random.hpp"
#include "shoal/torch/backend.hpp"

using namespace shoal;

namespace {

// A file that goes when the test ends.
struct script_file {
  std::string path =
      (std::filesystem::temp_directory_path() / ("shoal-torch-" + std::to_string(getpid()) + ".pt")).string();
  ~script_file() { std::remove(path.c_str()); }
};

// relu(W x + b) and further methods' bodies, as TorchScript.
void save(const script_file& file, const std::string& body, const Eigen::MatrixXf& w,
          const Eigen::VectorXf& b) {
  ::torch::jit::Module m("layer");
  // Eigen's columns are torch's rows, so this is W transposed.
  m.register_parameter("w", ::torch::from_blob(const_cast<float*>(w.data()), {w.cols(), w.rows()}).clone(),
                       false);
  m.register_parameter("b", ::torch::from_blob(const_cast<float*>(b.data()), {b.size()}).clone(), false);
  m.define(body);
  m.save(file.path);
}

Eigen::MatrixXf random_matrix(random_engine& engine, Eigen::Index rows, Eigen::Index columns) {
  Eigen::MatrixXf out(rows, columns);
  for (Eigen::Index i = 0; i < out.size(); ++i) out.data()[i] = static_cast<float>(uniform_01(engine) - 0.5);
  return out;
}

const std::string layer = "def forward(self, x):\n  return torch.relu(torch.matmul(x, self.w) + self.b)\n";

// Where there is a GPU, the same tests run on it too.
std::vector<std::string> devices() {
  std::vector<std::string> out{"cpu"};
  if (::torch::cuda::is_available()) out.push_back("cuda");
  return out;
}

}  // namespace

TEST_CASE("a module computes what Eigen does, in batches of any size", "[torch]") {
  random_engine engine(1);
  const Eigen::MatrixXf w = random_matrix(engine, 5, 7);
  const Eigen::VectorXf b = random_matrix(engine, 5, 1);
  const script_file file;
  save(file, layer, w, b);
  for (const std::string& device : devices()) {
    for (const std::size_t batch : {1U, 4U, 64U}) {
      shoal::torch::module run(file.path, {.device = device, .batch = batch, .threads = 1});
      for (const Eigen::Index n : {1, 4, 9}) {
        const Eigen::MatrixXf x = random_matrix(engine, 7, n);
        const Eigen::MatrixXf expected = ((w * x).colwise() + b).cwiseMax(0.0F);
        const Eigen::MatrixXf got = run(x);
        REQUIRE(got.rows() == 5);
        REQUIRE(got.cols() == n);
        CHECK((got - expected).cwiseAbs().maxCoeff() < 1e-5F);
      }
      CHECK(run(Eigen::MatrixXf(7, 0)).size() == 0);
    }
  }
}

TEST_CASE("whole numbers go in as such, and one number a sample comes back as a row", "[torch]") {
  const script_file file;
  save(file, "def forward(self, x):\n  return torch.sum(x, 1)\n", Eigen::MatrixXf::Ones(1, 1),
       Eigen::VectorXf::Ones(1));
  for (const std::string& device : devices()) {
    shoal::torch::module run(file.path, {.device = device});
    shoal::torch::whole_columns x(2, 3);
    x << 1, 2, 3, 10, 20, 30;
    const Eigen::MatrixXf got = run(x);
    REQUIRE(got.rows() == 1);
    CHECK(got(0, 0) == 11);
    CHECK(got(0, 2) == 33);
  }
}

TEST_CASE("what goes wrong is named", "[torch]") {
  const script_file file;
  save(file, layer, Eigen::MatrixXf::Ones(5, 7), Eigen::VectorXf::Ones(5));
  CHECK_THROWS_AS(shoal::torch::module("/nowhere/at/all.pt"), shoal::torch::unusable);
  CHECK_THROWS_AS(shoal::torch::module(file.path, {.device = "toaster"}), shoal::torch::unusable);
  CHECK_THROWS_AS(shoal::torch::module(file.path, {.device = "cuda:99"}), shoal::torch::unusable);
  CHECK_THROWS_AS(shoal::torch::module(file.path, {.batch = 0}), invalid_argument);
  CHECK_THROWS_AS(shoal::torch::module(file.path, {.threads = -1}), invalid_argument);
  if (!::torch::cuda::is_available()) {
    try {
      shoal::torch::module run(file.path, {.device = "cuda"});
      FAIL("a device that is not there was taken");
    } catch (const shoal::torch::unusable& e) {
      CHECK(std::string(e.what()).find("device \"cuda\" is not there") != std::string::npos);
    }
  }
  shoal::torch::module run(file.path);
  try {
    run(Eigen::MatrixXf(Eigen::MatrixXf::Ones(3, 2)));
    FAIL("a sample of another width was taken");
  } catch (const infer::failure& f) {
    CHECK(f.kind == infer::failure_kind::crashed);
    CHECK(std::string(f.what()).find('\n') == std::string::npos);
  }
  const script_file other;
  save(other, "def forward(self, x):\n  return torch.sum(x)\n", Eigen::MatrixXf::Ones(1, 1),
       Eigen::VectorXf::Ones(1));
  shoal::torch::module sum(other.path);
  try {
    sum(Eigen::MatrixXf(Eigen::MatrixXf::Ones(3, 2)));
    FAIL("one number for two samples was taken");
  } catch (const infer::failure& f) {
    CHECK(f.kind == infer::failure_kind::bad_answer);
  }
}

TEST_CASE("a module is a backend between two functions", "[torch]") {
  const script_file file;
  save(file, layer, Eigen::MatrixXf::Constant(1, 2, 0.5F), Eigen::VectorXf::Zero(1));
  const auto read = [](const infer::request<double>& r) {
    return Eigen::MatrixXf(Eigen::MatrixXf::Constant(2, 1, static_cast<float>(r.input.size())));
  };
  const auto write = [](const Eigen::MatrixXf& y) { return static_cast<double>(y(0, 0)); };
  shoal::torch::backend<decltype(read), decltype(write), double> score{shoal::torch::module(file.path), read,
                                                                       write};
  static_assert(infer::backend<decltype(score), double>);
  const auto a = score(infer::request<double>{.input = "four"}, {});
  CHECK(a.value == 4);
  CHECK(a.used.time_s > 0);
  std::stop_source stop;
  stop.request_stop();
  CHECK_THROWS_AS(score(infer::request<double>{.input = "four"}, stop.get_token()), infer::failure);
}
