# SPDX-License-Identifier: BSL-1.0
# Every public header, by floor; a header includes only headers of lower floors. A test compares this list with
# the tree and with the includes.

set(SHOAL_CORE_HEADERS
  # floor 0
  version.hpp
  # floor 1
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
  aggregate/result.hpp
  infer/backend.hpp
  infer/child_process.hpp
  infer/failure.hpp
  infer/request.hpp
  # floor 3
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
  json/swarm.hpp
  json/write_swarm.hpp)
