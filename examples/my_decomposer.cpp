// SPDX-License-Identifier: BSL-1.0
/// @file A user's own decomposer: one part for each turn of a conversation, with a summary that joins them.
#include <cstdio>
#include <shoal/shoal.hpp>
#include <string>
#include <vector>

//! [plug]
// A new part begins where a line begins with this mark, as "> " does in a support log.
struct turns {
  std::string mark = "> ";

  shoal::task_graph operator()(const shoal::task& whole) const {
    std::vector<std::size_t> cuts;
    for (std::size_t at = whole.text.find('\n' + mark); at != std::string::npos;
         at = whole.text.find('\n' + mark, at + 1)) {
      cuts.push_back(at + 1);
    }
    return shoal::decompose::cut_at(whole, cuts, "turn-");
  }
};
static_assert(shoal::decompose::decomposer<turns>);
//! [plug]

int main() {
  const shoal::task log{.text =
                            "> Grüezi, my heat pump shows E7.\n  It is new.\n"
                            "> Is the valve open?\n"
                            "> Yes. Now it runs, thank you!\n",
                        .instruction = "Label the sentiment."};

  // It works wherever shoal's own do: here, inside map_reduce.
  const shoal::decompose::map_reduce<turns> with_summary{.name = "summary"};
  const shoal::task_graph graph = with_summary(log);

  std::string together;
  for (std::size_t k = 0; k < graph.size(); ++k) {
    const std::string first_line = graph[k].input.substr(0, graph[k].input.find('\n'));
    std::printf("%-8s %2zu bytes, uses %zu answers  %s\n", graph[k].name.c_str(), graph[k].input.size(),
                graph.needs(k).size(), first_line.c_str());
    together += graph[k].input;
  }
  return graph.size() == 4 && graph.needs(3).size() == 3 && together == log.text ? 0 : 1;
}
