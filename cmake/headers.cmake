# SPDX-License-Identifier: BSL-1.0
# Every public header, by floor; a header includes only headers of lower floors. A test compares this list with
# the tree and with the includes.

set(SHOAL_CORE_HEADERS
  # floor 0
  version.hpp
  # floor 1
  core/compensated_sum.hpp
  core/csv.hpp
  core/error.hpp
  core/log_domain.hpp
  core/matrix.hpp
  core/message.hpp
  core/random.hpp
  core/utf8.hpp
  model/descriptor.hpp
  model/fleet.hpp
  task/answer.hpp
  task/crowd.hpp
  task/graph.hpp
  task/subtask.hpp
  task/task.hpp
  # floor 2
  decompose/at_most.hpp
  decompose/characters.hpp
  decompose/cut.hpp
  decompose/decomposer.hpp
  decompose/equal_chunks.hpp
  decompose/given.hpp
  decompose/lines.hpp
  decompose/map_reduce.hpp
  decompose/paragraphs.hpp
  decompose/plan.hpp
  decompose/planner.hpp
  decompose/records.hpp
  decompose/sentences.hpp
  assign/evaluate.hpp
  assign/explain.hpp
  assign/limits.hpp
  assign/objective.hpp
  assign/problem.hpp
  assign/requirement.hpp
  assign/solution.hpp
  assign/solver.hpp
  aggregate/aggregator.hpp
  aggregate/answer_weights.hpp
  aggregate/best_k.hpp
  aggregate/hierarchical.hpp
  aggregate/intake.hpp
  aggregate/interval.hpp
  aggregate/max_weight.hpp
  aggregate/newest_within.hpp
  aggregate/quorum.hpp
  aggregate/result.hpp
  aggregate/tally.hpp
  aggregate/threshold.hpp
  aggregate/values.hpp
  aggregate/vote.hpp
  aggregate/weigh.hpp
  aggregate/weighted_sum.hpp
  aggregate/weights.hpp
  survive/assess.hpp
  survive/chance.hpp
  survive/conditioning_order.hpp
  survive/exact.hpp
  survive/importance.hpp
  survive/monte_carlo.hpp
  survive/redundancy.hpp
  survive/replicas.hpp
  survive/residual.hpp
  survive/survivors.hpp
  survive/swarm.hpp
  survive/tally.hpp
  infer/backend.hpp
  infer/child_process.hpp
  infer/deadline.hpp
  infer/failure.hpp
  infer/function_backend.hpp
  infer/request.hpp
  infer/scripted_backend.hpp
  infer/table_backend.hpp
  infer/unreliable.hpp
  # floor 3
  run/combine.hpp
  run/event.hpp
  run/executor.hpp
  run/inline_executor.hpp
  run/job.hpp
  run/join.hpp
  run/ledger.hpp
  run/options.hpp
  run/outcome.hpp
  run/remaining.hpp
  run/replan.hpp
  run/replanner.hpp
  run/thread_pool_executor.hpp
  pipeline.hpp
  # floor 4
  shoal.hpp)

set(SHOAL_GLPK_HEADERS)

set(SHOAL_JSON_HEADERS
  json/cursor.hpp
  json/parse.hpp
  json/plan.hpp
  json/pointer.hpp
  json/read_graph.hpp
  json/read_swarm.hpp
  json/solution.hpp
  json/survival.hpp
  json/swarm.hpp
  json/write_swarm.hpp)
