// SPDX-License-Identifier: BSL-1.0
// Every policy models its concept. The checks stand here and not in the headers, where each program that
// includes them would pay for their instantiation.
#include "catch.hpp"
#include "shoal/resilience.hpp"
#include "shoal/run/journal_file.hpp"
#include "shoal/shoal.hpp"

namespace shoal::aggregate {

static_assert(answer_weight<times_confidence<>, std::string>);
static_assert(answer_weight<decaying<times_confidence<>>, std::string>);
static_assert(aggregator<best_k<>, double> && !aggregator<best_k<>, std::string>);
static_assert(aggregator<hierarchical<>, std::string>);
static_assert(aggregator<max_weight<>, std::string>);
static_assert(aggregator<newest_within<>, std::string>);
static_assert(aggregator<quorum<>, std::string> && aggregator<matching_quorum, std::string>);
static_assert(aggregator<threshold<>, double> && !aggregator<threshold<>, std::string>);
static_assert(aggregator<weighted_vote<>, std::string> && aggregator<plurality, std::string>);
static_assert(aggregator<majority<>, bool> && aggregator<unanimous, Eigen::VectorXd>);
static_assert(aggregator<weighted_sum<>, double> && aggregator<weighted_sum<>, Eigen::MatrixXf>);
static_assert(!aggregator<weighted_sum<>, std::string> && !aggregator<weighted_sum<>, bool>);

}  // namespace shoal::aggregate

namespace shoal::infer {

static_assert(backend<any_backend<>>);
static_assert(backend<function_backend<std::string (*)(const request<>&)>>);
static_assert(backend<function_backend<double (*)(const request<double>&, std::stop_token)>, double>);
static_assert(backend<scripted_backend<>>);
static_assert(backend<table_backend<>>);
static_assert(backend<unreliable<any_backend<>>>);

}  // namespace shoal::infer

namespace shoal::run {

static_assert(combiner<first_answer, double>);
static_assert(observer<no_observer>);
static_assert(executor<inline_executor>);
static_assert(executor<thread_pool_executor>);

static_assert(failure_detector<phi_accrual> && failure_detector<fixed_timeout>);
static_assert(energy_meter<rapl_meter>);
static_assert(price<free_of_charge> && price<token_prices>);
static_assert(value_codec<text_codec, std::string> && !value_codec<text_codec, double>);
static_assert(journal_disk<journal_file>);

}  // namespace shoal::run

namespace shoal::decompose {

static_assert(decomposer<at_most<>>);
static_assert(decomposer<equal_chunks>);
static_assert(decomposer<given>);
static_assert(decomposer<lines>);
static_assert(decomposer<map_reduce<>>);
static_assert(decomposer<paragraphs>);
static_assert(decomposer<records>);
static_assert(decomposer<sentences>);

}  // namespace shoal::decompose

TEST_CASE("policies model their concepts", "[house]") { SUCCEED("checked when this was compiled"); }
