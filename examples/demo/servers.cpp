// SPDX-License-Identifier: BSL-1.0
#include "servers.hpp"

#ifdef SHOAL_DEMO_SERVERS

#include <chrono>
#include <memory>

#include "llama_server.hpp"
#include "shoal/openai/backend.hpp"

namespace demo {

void translate_by_servers(live_story& told, const std::vector<sentence>& text, const std::string& program,
                          const std::string& gguf) {
  constexpr std::size_t count = 3;
  const std::size_t lm = *told.fleet.models.find("lm");
  const auto row = static_cast<Eigen::Index>(lm);
  std::vector<std::unique_ptr<runners::llama_server>> servers;
  live_fleet who{.by_counter = told.fleet.by_counter};
  who.quality = told.fleet.quality.row(row).replicate(count, 1);
  who.energy_j = told.fleet.energy_j.row(row).replicate(count, 1);
  infer::backends<> backends;
  for (std::size_t i = 0; i < count; ++i) {
    servers.push_back(
        std::make_unique<runners::llama_server>(runners::served_model{.program = program, .file = gguf}));
    shoal::openai::hosted_model m{.where = {.url = servers.back()->url()}};
    m.how.temperature = 0;
    m.how.max_tokens = 100;
    backends.emplace_back(shoal::openai::backend(std::move(m)));
    told.nodes.push_back(shoal::message("node-", i + 1));
    who.models.add({.name = told.nodes.back(), .accuracy = told.fleet.models[lm].accuracy});
  }
  // One server does not differ from the next, so the first one's time stands for all.
  const std::size_t tries = std::min<std::size_t>(20, text.size());
  const auto began = std::chrono::steady_clock::now();
  for (std::size_t k = 0; k < tries; ++k) backends[0](infer::request<>{.input = text[k].english}, {});
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  who.time_s = matrix::Constant(count, kinds.size(), took.count() / static_cast<double>(tries));

  const live_order order{
      .name = "three servers, one killed",
      .objective = {assign::weighted{.energy = 0, .time = 1}, assign::time_rule::makespan}};
  constexpr std::size_t doomed = 1;
  std::size_t done = 0;
  double killed_at_s = 0;
  told.served =
      translate(order, who, text, backends, shoal::run::thread_pool_executor{.concurrency = {2, 2, 2}},
                [&](const shoal::run::event& e) {
                  if (e.kind != shoal::run::event_kind::answered || e.model != doomed) return;
                  if (++done != std::max<std::size_t>(1, text.size() / (3 * count))) return;
                  servers[doomed]->kill();
                  killed_at_s = e.at_s;
                });
  told.served->died = doomed;
  told.served->died_at_s = killed_at_s;
  for (const live_answer& a : told.served->answers) {
    told.same += a.said == told.fleet.run[lm](infer::request<>{.input = a.of.english}, {}).value ? 1U : 0U;
  }
}

}  // namespace demo

#else

namespace demo {

void translate_by_servers(live_story&, const std::vector<sentence>&, const std::string&, const std::string&) {
  throw shoal::bad_input(
      "--server: this demo was built without shoal::openai; scripts/demo.sh --server builds it");
}

}  // namespace demo

#endif
