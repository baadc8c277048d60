// expect: constraint
// What gives no task graph cannot be joined.
#include <shoal/decompose/map_reduce.hpp>
#include <string>

struct upper_case {
  std::string operator()(const shoal::task& whole) const { return whole.text; }
};

shoal::decompose::map_reduce<upper_case> policy;
