// SPDX-License-Identifier: BSL-1.0
#include "shoal/run/energy_meter.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "scratch.hpp"
#include "shoal/core/random.hpp"
#include "shoal/run/command_meter.hpp"
#include "shoal/run/metered_backend.hpp"
#include "shoal/run/rapl.hpp"

using namespace shoal;
using namespace shoal::run;
namespace fs = std::filesystem;

namespace {

struct told_meter {
  const double* joules_told = nullptr;
  const bool* works = nullptr;
  std::optional<double> joules() const { return *works ? std::optional(*joules_told) : std::nullopt; }
};

/// A powercap folder as a machine with two packages shows it.
class powercap {
 public:
  void zone(const std::string& id, const std::string& name, std::uint64_t uj, std::uint64_t wraps_at) const {
    fs::create_directories(folder_.path() / id);
    std::ofstream(folder_.path() / id / "name") << name << '\n';
    std::ofstream(folder_.path() / id / "max_energy_range_uj") << wraps_at << '\n';
    set(id, uj);
  }
  void set(const std::string& id, std::uint64_t uj) const {
    std::ofstream(folder_.path() / id / "energy_uj") << uj << '\n';
  }
  std::string root() const { return folder_.path().string(); }

 private:
  test::scratch folder_{};
};

}  // namespace

TEST_CASE("the shares of calls and the idle energy add up to what the meter counted", "[run]") {
  random_engine engine(1);
  double joules = 1000;
  bool works = true;
  energy_shares<told_meter> shares(told_meter{&joules, &works});
  std::map<int, energy_shares<told_meter>::mark> running;
  std::map<int, double> wanted;  // by adding up each step by hand
  double idle = 0;
  double shared = 0;
  int next = 0;
  for (int step = 0; step < 3000; ++step) {
    const double used = uniform_01(engine);
    joules += used;
    for (auto& [id, j] : wanted) j += used / static_cast<double>(wanted.size());
    if (wanted.empty()) idle += used;
    if (running.empty() || uniform_01(engine) < 0.5) {
      running[next] = shares.began();
      wanted[next] = 0;
      ++next;
    } else {
      const auto at =
          std::next(running.begin(), static_cast<std::ptrdiff_t>(uniform_below(engine, running.size())));
      const double got = shares.ended(at->second);
      REQUIRE(got == Approx(wanted.at(at->first)).margin(1e-9));
      shared += got;
      wanted.erase(at->first);
      running.erase(at);
    }
    REQUIRE(shares.idle_j() == Approx(idle).margin(1e-9));
  }
  for (const auto& [id, mark] : running) shared += shares.ended(mark);
  CHECK(shared + shares.idle_j() == Approx(joules - 1000));
}

TEST_CASE("what a meter could not read is shared once it can", "[run]") {
  double joules = 5;
  bool works = false;
  energy_shares<told_meter> shares(told_meter{&joules, &works});
  const auto early = shares.began();
  works = true;
  CHECK(shares.ended(early) == 0);  // nothing to compare with yet
  const auto call = shares.began();
  works = false;
  joules = 8;
  const auto other = shares.began();
  works = true;
  joules = 9;
  CHECK(shares.ended(call) == 2);
  joules = 10;
  CHECK(shares.ended(other) == 3);
}

TEST_CASE("RAPL counts packages and memory, and neither cores nor the platform", "[run]") {
  const powercap machine;
  machine.zone("intel-rapl:0", "package-0", 5'000'000, 262'143'328'850);
  machine.zone("intel-rapl:0:0", "core", 1, 262'143'328'850);
  machine.zone("intel-rapl:0:1", "dram", 7, 65'712'999'613);
  machine.zone("intel-rapl:1", "psys", 3, 262'143'328'850);
  machine.zone("intel-rapl:2", "package-1", 0, 262'143'328'850);
  rapl_meter meter(machine.root());
  REQUIRE(meter.available());
  CHECK(meter.zones() == std::vector<std::string>{"package-0", "dram", "package-1"});
  CHECK(*meter.joules() == 0);
  machine.set("intel-rapl:0", 8'500'000);
  machine.set("intel-rapl:0:0", 900'000'000);
  machine.set("intel-rapl:0:1", 1'000'007);
  machine.set("intel-rapl:1", 900'000'000);
  CHECK(*meter.joules() == Approx(4.5));
  CHECK(*meter.joules() == Approx(4.5));
}

TEST_CASE("a RAPL counter that wraps around goes on", "[run]") {
  const powercap machine;
  machine.zone("intel-rapl:0", "package-0", 900'000, 1'000'000);
  rapl_meter meter(machine.root());
  double wanted = 0;
  std::uint64_t at = 900'000;
  for (int i = 0; i < 20; ++i) {
    at = (at + 300'000) % 1'000'000;
    machine.set("intel-rapl:0", at);
    wanted += 0.3;
    CHECK(*meter.joules() == Approx(wanted));
  }
}

TEST_CASE("where RAPL cannot be read there is no number", "[run]") {
  const powercap machine;
  CHECK_FALSE(rapl_meter(machine.root()).available());
  CHECK_FALSE(rapl_meter(machine.root()).joules());
  CHECK_FALSE(rapl_meter("/no/such/folder").available());
  machine.zone("intel-rapl:0", "package-0", 1, 1'000'000);
  rapl_meter meter(machine.root());
  CHECK(meter.joules());
  std::ofstream(std::filesystem::path(machine.root()) / "intel-rapl:0" / "energy_uj") << "not a number\n";
  CHECK_FALSE(meter.joules());
  fs::remove(std::filesystem::path(machine.root()) / "intel-rapl:0" / "energy_uj");
  CHECK_FALSE(meter.joules());
  CHECK_FALSE(rapl_meter(machine.root()).available());
  machine.set("intel-rapl:0", 2'000'001 - 1'000'000);
  CHECK(*meter.joules() == Approx(1));
}

TEST_CASE("metered backends share what is used while they work, also by calls that fail", "[run]") {
  // Each reading is one joule more: a call alone between two readings has one.
  double counted = 0;
  struct ticking {
    double* counted;
    std::optional<double> joules() const { return (*counted)++; }
  };
  const auto meter = std::make_shared<shared_meter<ticking>>(ticking{&counted});
  int calls = 0;
  metered_backend<std::string, ticking> b(
      [&](const infer::request<>&, std::stop_token) -> answer<> {
        if (++calls == 2) throw infer::failure(infer::failure_kind::refused, "not now");
        answer<> out{.value = "yes"};
        if (calls == 3) out.used.energy_j = 7;  // it knows better
        return out;
      },
      meter);
  CHECK(b({}, {}).used.energy_j == 1);
  CHECK_THROWS_AS(b({}, {}), infer::failure);
  CHECK(b({}, {}).used.energy_j == 7);
  CHECK(meter->idle_j() == 3);
  CHECK(counted == 7);
}

TEST_CASE("the joules of calls on many threads add up to what the meter counted", "[run]") {
  struct steady {
    std::shared_ptr<std::atomic<int>> readings = std::make_shared<std::atomic<int>>(0);
    std::optional<double> joules() const { return ++*readings; }
  };
  const steady meter_itself;
  const auto meter = std::make_shared<shared_meter<steady>>(meter_itself);
  std::atomic<double> sum = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        metered_backend<std::string, steady> b(
            [](const infer::request<>&, std::stop_token) { return answer<>{.value = "yes"}; }, meter);
        for (int n = 0; n < 500; ++n) sum += b({}, {}).used.energy_j;
      });
    }
  }
  CHECK(sum + meter->idle_j() == Approx(*meter_itself.readings - 1));
}

TEST_CASE("a command's joules are the number that it prints", "[run]") {
  const auto said = [](const char* script) { return command_meter({"sh", "-c", script}).joules(); };
  CHECK(said("echo ' 12.5 J'") == 12.5);
  CHECK(said("echo 1e3") == 1000.0);
  CHECK_FALSE(said("echo none"));
  CHECK_FALSE(said("echo nan"));
  CHECK_FALSE(said("true"));
  CHECK_FALSE(said("false"));
  CHECK_FALSE(command_meter({"/no/such/program"}).joules());
}
