// SPDX-License-Identifier: BSL-1.0
/// @file Plan drafted by a model: what it may say, and the checks between it and a task graph.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/utf8.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/decompose/characters.hpp"
#include "shoal/task/graph.hpp"
#include "shoal/task/task.hpp"

namespace shoal::decompose {

/// A plan that was refused; the text names the place in it and the value.
struct invalid_plan : bad_input {
  using bad_input::bad_input;
};

/// Pieces of the text by number, both ends included; the first piece of a text is number 1.
struct piece_range {
  std::size_t first = 1;
  std::size_t last = 1;
};

/// One subtask as a model drafted it. Its part of the text is given by the numbers of its pieces or verbatim,
/// not both; a subtask with neither joins the answers that it needs.
struct drafted_subtask {
  std::string name{};
  std::string instruction{};  ///< in addition to the task's
  std::optional<piece_range> pieces{};
  std::optional<std::string> input{};  ///< white space at its ends does not matter
  std::vector<std::string> needs{};    ///< names of the subtasks whose answers it uses
};

/// What a reader makes of a model's reply.
struct plan_draft {
  std::vector<drafted_subtask> subtasks{};
};

/// The largest plan that is accepted.
struct plan_limits {
  std::size_t subtasks = 256;
  std::size_t reply_bytes = std::size_t{1} << 20U;
  std::size_t name_bytes = 100;
  std::size_t instruction_bytes = 10'000;
};

/// The task graph that a plan means. The subtasks that have text must have all of it, once and in order;
/// white space that a verbatim input leaves out at its ends goes to the part before it, so that the inputs
/// put together are the text, byte for byte. The task's instruction goes before each subtask's own.
/// @param pieces  the pieces that the plan's numbers stand for; their inputs put together are the text.
/// @throws invalid_plan when text is left out, taken twice or out of order; a name is empty, taken, over its
/// limit or holds control characters; a need names no subtask or stands there twice; a subtask has both
/// pieces and input, or neither those nor needs; the needs form a cycle (which is named); or a limit is
/// passed. invalid_task when the text is not UTF-8.
/// @complexity O(text.size() + subtasks + edges log subtasks).
template <class = when_used>
task_graph graph_of(const plan_draft& plan, const task& whole, const task_graph& pieces,
                    const plan_limits& limits = {});

namespace detail {

// Follows the text as a plan's subtasks take it. White space between two of them is nobody's at first, and
// goes to the one before in the end.
class text_taker {
 public:
  text_taker(std::string_view text, const task_graph& pieces) : text_(text) {
    ends_.reserve(pieces.size() + 1);
    ends_.push_back(0);
    for (const subtask& piece : pieces.subtasks()) ends_.push_back(ends_.back() + piece.input.size());
    if (ends_.back() != text.size()) {
      throw invalid_argument(
          message("plan: the pieces are ", ends_.back(), " bytes, the text is ", text.size()));
    }
  }

  void take(const piece_range& range, subtask& taker) {
    const std::size_t count = ends_.size() - 1;
    if (range.first < 1 || range.last > count || range.first > range.last) {
      throw invalid_plan(
          message("pieces [", range.first, ", ", range.last, "] is no range within 1 to ", count));
    }
    const std::size_t begin = ends_[range.first - 1];
    const std::size_t next = skip_space(text_, at_);
    if (begin < at_ || begin > next) {
      throw invalid_plan(message("piece ", range.first, " begins at byte ", begin,
                                 " of the text, but what no subtask has yet begins at byte ", next));
    }
    hand_over(begin, ends_[range.last], taker);
  }

  void take(std::string_view input, subtask& taker) {
    const std::size_t begin = skip_space(input, 0);
    std::size_t end = input.size();
    while (end > begin && is_space(character_before(input, end).code)) {
      end -= character_before(input, end).length;
    }
    if (begin == end) throw invalid_plan(message("input ", quoted(input), " is nothing but white space"));
    const std::string_view words = input.substr(begin, end - begin);
    const std::size_t from = skip_space(text_, at_);
    if (text_.substr(from, words.size()) != words) {
      throw invalid_plan(message("input ", quoted(input), " is not the text from byte ", from, " on, ",
                                 quoted(text_.substr(from))));
    }
    hand_over(from, from + words.size(), taker);
  }

  void finish() {
    const std::size_t left = skip_space(text_, at_);
    if (left < text_.size() || (last_ == nullptr && !text_.empty())) {
      throw invalid_plan(
          message("the text from byte ", left, " on, ", quoted(text_.substr(left)), ", is in no subtask"));
    }
    if (last_ != nullptr) last_->input += text_.substr(at_);
  }

 private:
  void hand_over(std::size_t begin, std::size_t end, subtask& taker) {
    const std::string_view between = text_.substr(at_, begin - at_);
    if (last_ == nullptr) {
      taker.input = between;
    } else {
      last_->input += between;
    }
    taker.input += text_.substr(begin, end - begin);
    last_ = &taker;
    at_ = end;
  }

  std::string_view text_;
  std::vector<std::size_t> ends_;  // of the pieces, with a 0 before them
  std::size_t at_ = 0;
  subtask* last_ = nullptr;
};

template <class = when_used>
void check_words(const drafted_subtask& draft, const plan_limits& limits) {
  const auto refuse = [](std::string_view what, std::size_t bytes, std::size_t limit) {
    throw invalid_plan(message(what, " of ", bytes, " bytes is over the limit of ", limit));
  };
  if (draft.name.size() > limits.name_bytes) refuse("name", draft.name.size(), limits.name_bytes);
  if (draft.instruction.size() > limits.instruction_bytes) {
    refuse("instruction", draft.instruction.size(), limits.instruction_bytes);
  }
  for (const std::string* word : {&draft.name, &draft.instruction}) {
    const std::size_t bad = utf8_error(*word);
    if (bad < word->size()) {
      throw invalid_plan(
          message(word == &draft.name ? "name" : "instruction", " is not UTF-8 at byte ", bad));
    }
  }
  if (std::any_of(draft.name.begin(), draft.name.end(),
                  [](char c) { return static_cast<unsigned char>(c) < 0x20U || c == 0x7F; })) {
    throw invalid_plan("a name must not hold control characters");
  }
}

template <class = when_used>
void fill(subtask& part, const drafted_subtask& draft, const task& whole, text_taker& text,
          const plan_limits& limits) {
  check_words(draft, limits);
  part.name = draft.name;
  part.instruction = whole.instruction;
  if (!draft.instruction.empty()) {
    if (!part.instruction.empty()) part.instruction += "\n\n";
    part.instruction += draft.instruction;
  }
  const bool verbatim = draft.input && !draft.input->empty();
  if (draft.pieces && verbatim) throw invalid_plan("it has both pieces and input");
  if (draft.pieces) {
    text.take(*draft.pieces, part);
  } else if (verbatim) {
    if (const std::size_t bad = utf8_error(*draft.input); bad < draft.input->size()) {
      throw invalid_plan(message("input is not UTF-8 at byte ", bad));
    }
    text.take(std::string_view(*draft.input), part);
  } else if (draft.needs.empty()) {
    throw invalid_plan("it has neither text nor needs");
  }
}

}  // namespace detail

template <class>
task_graph graph_of(const plan_draft& plan, const task& whole, const task_graph& pieces,
                    const plan_limits& limits) {
  const std::size_t at = utf8_error(whole.text);
  if (at < whole.text.size()) throw invalid_task(message("task: its text is not UTF-8 at byte ", at));
  const std::size_t count = plan.subtasks.size();
  if (count > limits.subtasks) {
    throw invalid_plan(message(count, " subtasks are over the limit of ", limits.subtasks));
  }
  const auto place = [&](std::size_t k) {
    return message("subtask ", k, " ", quoted(plan.subtasks[k].name), ": ");
  };
  detail::text_taker text(whole.text, pieces);
  std::vector<subtask> parts(count);
  for (std::size_t k = 0; k < count; ++k) {
    try {
      detail::fill(parts[k], plan.subtasks[k], whole, text, limits);
    } catch (const invalid_plan& refusal) {
      throw invalid_plan(place(k) + refusal.what());
    }
  }
  text.finish();
  task_graph graph;
  try {
    for (const subtask& part : parts) graph.add(part);
    for (std::size_t k = 0; k < count; ++k) {
      for (const std::string& need : plan.subtasks[k].needs) {
        const auto from = graph.find(need);
        if (!from) throw invalid_plan(message(place(k), "it needs ", quoted(need), ", which is no subtask"));
        graph.connect(*from, k);
      }
    }
    graph.topological_order();
  } catch (const invalid_graph& refusal) {
    throw invalid_plan(refusal.what());
  }
  return graph;
}

}  // namespace shoal::decompose
