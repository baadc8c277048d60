// SPDX-License-Identifier: BSL-1.0
/// @file The shape of a GPU runner: a backend over a device policy, with CUDA as one of them.
///
/// Built as it stands it needs no GPU: a device that works on the host and says what a GPU would be asked to
/// do. With SHOAL_EXAMPLE_CUDA defined (and the CUDA toolkit, linked with cudart and cublas) the same runner
/// works on the GPU.
#include <cmath>
#include <concepts>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <shoal/shoal.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#if defined(SHOAL_EXAMPLE_CUDA)
#include <cublas_v2.h>
#include <cuda_runtime.h>
#endif

namespace {

// What a runner needs of a device. `multiply` may return before the work is done; `idle` says whether it is.
template <class D>
concept device = requires(D& d, typename D::buffer& y, const typename D::buffer& x,
                          std::span<const float> from, std::span<float> to, int n) {
  { d.allocate(n) } -> std::same_as<typename D::buffer>;
  d.upload(from, y);
  d.multiply(x, n, n, x, y);  // y = W x, W of n rows and n columns, stored by columns
  { d.idle() } -> std::same_as<bool>;
  d.download(y, to);
};

// Works on the host, and says what a GPU would be asked to do.
struct rehearsal {
  using buffer = std::vector<float>;

  buffer allocate(int n) {
    std::printf("  would call cudaMalloc(%d floats)\n", n);
    return buffer(static_cast<std::size_t>(n));
  }
  void upload(std::span<const float> from, buffer& to) {
    std::printf("  would call cudaMemcpyAsync(host to device, %zu bytes)\n", from.size_bytes());
    std::copy(from.begin(), from.end(), to.begin());
  }
  void multiply(const buffer& w, int rows, int columns, const buffer& x, buffer& y) {
    std::printf("  would call cublasSgemv(%d x %d)\n", rows, columns);
    for (int r = 0; r < rows; ++r) {
      float sum = 0;
      for (int c = 0; c < columns; ++c) {
        sum += w[static_cast<std::size_t>(c * rows + r)] * x[static_cast<std::size_t>(c)];
      }
      y[static_cast<std::size_t>(r)] = sum;
    }
  }
  bool idle() {
    std::puts("  would call cudaStreamQuery until the work is done, a stop is requested or time is up");
    return true;
  }
  void download(const buffer& y, std::span<float> to) {
    std::printf("  would call cudaMemcpyAsync(device to host, %zu bytes)\n", to.size_bytes());
    std::copy(y.begin(), y.end(), to.begin());
  }
};
static_assert(device<rehearsal>);

#if defined(SHOAL_EXAMPLE_CUDA)
// One stream of one GPU. Whatever CUDA refuses becomes a failure that the runtime knows how to survive.
class cuda {
 public:
  class buffer {
   public:
    explicit buffer(std::size_t count) {
      must(cudaMalloc(reinterpret_cast<void**>(&data_), count * sizeof(float)), "cudaMalloc");
    }
    buffer(buffer&& other) noexcept : data_(std::exchange(other.data_, nullptr)) {}
    buffer& operator=(buffer&&) = delete;
    ~buffer() { cudaFree(data_); }
    float* data() const { return data_; }

   private:
    float* data_ = nullptr;
  };

  cuda() {
    must(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "cudaStreamCreate");
    if (cublasCreate(&blas_) != CUBLAS_STATUS_SUCCESS) refuse("cublasCreate failed");
    cublasSetStream(blas_, stream_);
  }
  cuda(cuda&& other) noexcept
      : stream_(std::exchange(other.stream_, nullptr)), blas_(std::exchange(other.blas_, nullptr)) {}
  cuda& operator=(cuda&&) = delete;
  ~cuda() {
    if (blas_ != nullptr) cublasDestroy(blas_);
    if (stream_ != nullptr) cudaStreamDestroy(stream_);
  }

  buffer allocate(int n) { return buffer(static_cast<std::size_t>(n)); }
  void upload(std::span<const float> from, buffer& to) {
    must(cudaMemcpyAsync(to.data(), from.data(), from.size_bytes(), cudaMemcpyHostToDevice, stream_),
         "cudaMemcpyAsync");
  }
  void multiply(const buffer& w, int rows, int columns, const buffer& x, buffer& y) {
    const float one = 1;
    const float zero = 0;
    if (cublasSgemv(blas_, CUBLAS_OP_N, rows, columns, &one, w.data(), rows, x.data(), 1, &zero, y.data(),
                    1) != CUBLAS_STATUS_SUCCESS) {
      refuse("cublasSgemv failed");
    }
  }
  bool idle() {
    const cudaError_t state = cudaStreamQuery(stream_);
    if (state == cudaErrorNotReady) return false;
    must(state, "cudaStreamQuery");
    return true;
  }
  void download(const buffer& y, std::span<float> to) {
    must(cudaMemcpyAsync(to.data(), y.data(), to.size_bytes(), cudaMemcpyDeviceToHost, stream_),
         "cudaMemcpyAsync");
    must(cudaStreamSynchronize(stream_), "cudaStreamSynchronize");
  }

 private:
  [[noreturn]] static void refuse(const std::string& why) {
    throw shoal::infer::failure(shoal::infer::failure_kind::refused, why);
  }
  static void must(cudaError_t state, const char* call) {
    if (state != cudaSuccess) refuse(shoal::message(call, ": ", cudaGetErrorString(state)));
  }

  cudaStream_t stream_ = nullptr;
  cublasHandle_t blas_ = nullptr;
};
static_assert(device<cuda>);
using chosen_device = cuda;
#else
using chosen_device = rehearsal;
#endif

// The runner: an anomaly score for a frame of sensor readings, the length of what its weights make of them.
// The weights stay on the device. One request at a time, as executors do unless told otherwise.
template <device Device>
class gpu_runner {
 public:
  gpu_runner(std::span<const float> weights, int rows, int columns)
      : rows_(rows),
        columns_(columns),
        weights_(device_.allocate(rows * columns)),
        x_(device_.allocate(columns)),
        y_(device_.allocate(rows)) {
    device_.upload(weights, weights_);
  }

  shoal::answer<double> operator()(const shoal::infer::request<double>& r, std::stop_token stop) {
    const std::vector<float> frame = parse(r.input);
    device_.upload(frame, x_);
    device_.multiply(weights_, rows_, columns_, x_, y_);
    // A running kernel cannot be taken back, but nobody has to wait for it: the next request's work queues
    // behind it on the device's own stream.
    while (!device_.idle()) shoal::infer::check(r, stop);
    std::vector<float> y(static_cast<std::size_t>(rows_));
    device_.download(y_, y);
    double sum = 0;
    for (const float v : y) sum += static_cast<double>(v) * static_cast<double>(v);
    return {.value = std::sqrt(sum)};
  }

 private:
  std::vector<float> parse(const std::string& text) const {
    std::vector<float> out;
    const char* at = text.c_str();
    for (char* end = nullptr;; at = end) {
      const float value = std::strtof(at, &end);
      if (end == at) break;
      out.push_back(value);
    }
    if (out.size() != static_cast<std::size_t>(columns_)) {
      throw shoal::infer::failure(shoal::infer::failure_kind::bad_answer,
                                  shoal::message("a frame has ", columns_, " readings, not ", out.size()));
    }
    return out;
  }

  Device device_{};
  int rows_;
  int columns_;
  typename Device::buffer weights_;
  typename Device::buffer x_;
  typename Device::buffer y_;
};
static_assert(shoal::infer::backend<gpu_runner<chosen_device>, double>);

}  // namespace

int main() try {
  using namespace shoal;
  // Differences of neighbouring readings: quiet sensors score low.
  const std::vector<float> weights{1, 0, -1, 1, 0, -1};  // 2 x 3, by columns
  gpu_runner<chosen_device> runner(weights, 2, 3);

  task_graph graph;
  graph.add({.name = "quiet", .input = "20.0 20.5 20.0"});
  graph.add({.name = "loud", .input = "20.0 23.0 27.0"});
  graph.add({.name = "broken", .input = "20.0"});
  const fleet<> models{{.name = "gpu", .energy_j = 0.2}};
  const run::job job = run::make_job(models, graph, assign::make_problem(models, graph), assign::weighted{},
                                     assign::plan{{0}, {0}, {0}});
  // A runner that owns a device cannot be copied, so the executor gets a reference to it.
  const auto out = run::thread_pool_executor{}(job, infer::backends<double>{std::ref(runner)});
  for (std::size_t k = 0; k < graph.size(); ++k) {
    const auto& o = out.subtasks[k];
    if (o) {
      std::printf("%-6s %.3f\n", graph[k].name.c_str(), *o.value);
    } else {
      std::printf("%-6s %s\n", graph[k].name.c_str(), o.why.c_str());
    }
  }
  const bool right = std::abs(*out.subtasks[0].value - std::sqrt(0.5)) < 1e-6 &&
                     std::abs(*out.subtasks[1].value - 5) < 1e-6 && !out.subtasks[2];
  return right ? 0 : 1;
} catch (const shoal::infer::failure& no_device) {
  std::printf("skipped: %s\n", no_device.what());
}
