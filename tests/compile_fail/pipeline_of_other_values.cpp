// expect: the pipeline's aggregator cannot take the values of its backends
// A weighted sum adds numbers; these backends answer with texts.
#include <shoal/aggregate/weighted_sum.hpp>
#include <shoal/decompose/lines.hpp>
#include <shoal/pipeline.hpp>
#include <shoal/run/inline_executor.hpp>

struct any_solver {
  shoal::assign::solution operator()(const shoal::assign::problem&, const shoal::assign::objective&,
                                     const shoal::assign::limits&) const {
    return {};
  }
};

auto report = shoal::pipeline{shoal::decompose::lines{}, any_solver{}, shoal::run::inline_executor{},
                              shoal::aggregate::weighted_sum{}}
                  .run(shoal::task{}, shoal::fleet<>{},
                       [](const shoal::model&, const shoal::subtask&) { return 1.0; },
                       shoal::infer::backends<>{});
