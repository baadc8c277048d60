// expect: constraints? not satisfied
// A descriptor with a misspelt member is an error, never a default.
#include <shoal/model/fleet.hpp>

#include <string>

struct misspelt {
  std::string name;
  double accuracy = 1, relevance = 1, energy_j = 0, time_s = 0, capacity = 1, failure_probabilty = 0;
  std::string group;
};

shoal::fleet<misspelt> models;
