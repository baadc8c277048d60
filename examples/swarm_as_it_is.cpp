// SPDX-License-Identifier: BSL-1.0
/// @file A swarm as it really is: hosts in regions, models that fail alike, links, repair crews, rare
/// failures, replicas where they are worth most, and rates from an outage log.
#include <cmath>
#include <cstdio>
#include <shoal/reliability.hpp>
#include <shoal/shoal.hpp>
#include <string>
#include <vector>

namespace survive = shoal::survive;

namespace {

bool near(double value, double known) { return std::abs(value - known) <= 1e-6 * known; }

// Three regions of three models, each model on a host of its own.
survive::swarm three_regions() {
  survive::swarm s;
  for (const std::string region : {"west", "north", "east"}) s.groups.push_back({region, 0.01});
  for (const std::string region : {"west", "north", "east"}) {
    for (const std::string host : {"-1", "-2", "-3"}) {
      s.group.push_back(s.groups.size());
      s.groups.push_back({"host " + region + host, 0.02});
      s.failure.push_back(0.05);
      s.names.push_back(region + host);
    }
  }
  return s;
}

}  // namespace

int main() {
  bool right = true;

  //! [tree]
  const survive::swarm s = three_regions();
  survive::dependence real;
  real.parent = {survive::no_group, survive::no_group, survive::no_group, 0, 0, 0, 1, 1, 1, 2, 2, 2};
  const auto hosts = survive::analyse(survive::make_fault_tree(5, s, real));
  // A tenth of the models' failures is in what they share, their weights.
  real.causes.push_back({"weights", survive::sharing::beta, {0.1}, {0, 1, 2, 3, 4, 5, 6, 7, 8}});
  const survive::fault_tree majority = survive::make_fault_tree(5, s, real);
  const auto alike = survive::analyse(majority);
  std::printf("a majority of nine is lost with\n  %.6f  hosts in regions\n  %.6f  and weights in common\n\n",
              hosts.whole.failure, alike.whole.failure);
  //! [tree]
  right = right && alike.whole.failure > hosts.whole.failure && alike.whole.failure > 0.005;

  //! [cuts]
  const auto cuts = survive::find_cut_sets(majority, {.listed = 3});
  double count = 0;
  for (const double n : cuts.by_order) count += n;
  std::printf("%.0f minimal cut sets; bounds: rare event %.6f, min cut %.6f; exact %.6f\n", count,
              cuts.rare_event, cuts.min_cut_bound, cuts.exact.failure);
  for (const survive::cut_set& c : cuts.sets) {
    std::printf("  %.3g ", c.probability);
    for (const std::size_t e : c.events) std::printf(" {%s}", majority.events[e].name.c_str());
    std::puts("");
  }
  //! [cuts]

  //! [importance]
  std::puts("\npart          Birnbaum  criticality   RAW    RRW");
  for (const survive::event_importance& e : alike.events) {
    if (e.name == "west" || e.name == "host west-1" || e.name == "[west-1]" || e.birnbaum > 0.9)
      std::printf("%-12.12s  %8.4f  %11.4f  %5.1f  %5.2f\n", e.name.c_str(), e.birnbaum, e.criticality,
                  e.achievement_worth, e.reduction_worth);
  }
  //! [importance]

  //! [network]
  // Five sites; links go down 1 % of the time.
  const survive::network links{
      5, {{0, 1, .01}, {1, 2, .01}, {2, 3, .01}, {3, 4, .01}, {4, 0, .01}, {0, 2, .01}}};
  const auto reach = survive::all_terminal(links);
  std::printf("\nall five sites reach each other but for %.6f of the time\n", reach.connected.failure);
  for (std::size_t l = 0; l < links.links.size(); ++l)
    std::printf("  link %zu-%zu matters %.5f\n", links.links[l].from, links.links[l].to, reach.birnbaum[l]);
  //! [network]
  right = right && reach.connected.failure > 0 && reach.connected.failure < 1e-3;

  //! [repair]
  survive::repairable trio{.parts = 3, .needed = 2, .failure_rate = 1e-3, .repair_rate = 0.1};
  std::printf("\ntwo of three, one failure in 1000 h, repaired in 10 h: up %.14f, first lost after %.0f h\n",
              survive::steady_availability(trio).survival, survive::mean_time_to_failure(trio));
  right = right && near(survive::steady_availability(trio).survival, 0.99970785236547);
  trio.detection = survive::detection_delay(0.5, 1.5);  // heartbeat every half hour, dead after three
  std::printf("noticed after %.2f h: down %.3g instead of %.3g; a month without loss: %.5f\n", trio.detection,
              survive::steady_availability(trio).failure, 1 - 0.99970785236547,
              survive::mission(trio, 720).survival);
  //! [repair]

  //! [rare]
  survive::swarm many;
  std::vector<survive::redundant_subtask> plan;
  for (std::size_t i = 0; i < 60; ++i) {
    many.failure.push_back(1e-4);
    many.group.push_back(i % 6);
    plan.push_back({"", {i, (i * 7 + 1) % 60, (i * 11 + 3) % 60}});
  }
  many.groups.assign(6, {"", 1e-6});
  const auto rare = survive::estimate_failure(many, plan, {.samples = 50'000, .seed = 1});
  std::printf("\na plan of 60 subtasks fails with %.5g +- %.2g\n", rare.failure, rare.standard_error);
  //! [rare]
  right = right && rare.standard_error < 0.01 * rare.failure;

  //! [placement]
  shoal::assign::problem p(9, 2);
  for (Eigen::Index i = 0; i < 9; ++i)
    p.energy_j.row(i).setConstant(2 + static_cast<double>(i % 3) + 0.5 * static_cast<double>(i / 3));
  survive::swarm placed = three_regions();
  placed.group = {0, 0, 0, 1, 1, 1, 2, 2, 2};
  std::puts("\neach further replica, in another region:");
  for (const auto& plan_r : survive::replica_gains(p, placed, 4, shoal::assign::exact{}))
    std::printf("  %4.1f J  a subtask fails with %.3g, the plan with %.3g\n", plan_r.plan.energy_j,
                plan_r.worst.failure, plan_r.survival.whole.failure);
  const auto target = survive::place_replicas(p, placed, 0.999, shoal::assign::exact{});
  std::printf("0.999 of each subtask for %.1f J with %zu replicas\n", target.plan.energy_j,
              target.plan.chosen[0].size());
  //! [placement]
  right = right && target.worst.survival >= 0.999;

  //! [outages]
  const auto logs = survive::read_outages(
      "trace,start_s,end_s\na,0,600\na,1200,4200\na,90000,93600\na,400000,400900\na,1900000,1903600\n"
      "b,300,900\nb,91000,94000\nb,800000,810000\nb,1902000,1905000\n");
  const auto up = survive::fit_weibull(survive::up_times(logs[0]));
  const auto rate = survive::fit_exponential(survive::down_times(logs[0])).rate;
  std::printf("\nup times of a: shape %.2f (%.2f to %.2f); repairs: %.3g per second (%.2g to %.2g)\n",
              up.shape.value, up.shape.low, up.shape.high, rate.value, rate.low, rate.high);
  std::printf("a and b are down together %.0f times as often as if they were independent\n",
              survive::compare_outages(logs[0], logs[1]).ratio);
  //! [outages]

  return right ? 0 : 1;
}
