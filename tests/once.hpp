// SPDX-License-Identifier: BSL-1.0
/// @file Heavy functions that many tests call: instantiated once, in parsed.cpp, and not in each of them.
#pragma once

#include <optional>
#include <string>

#include "shoal/shoal.hpp"

namespace shoal::assign {

extern template solution exact::operator()<>(const problem&, const objective&, const limits&) const;
extern template solution greedy::operator()<>(const problem&, const objective&, const limits&) const;
extern template solution evaluate<>(const problem&, const objective&, plan);
extern template std::optional<std::string> violation<>(const problem&, const objective&, const plan&);

}  // namespace shoal::assign
