// SPDX-License-Identifier: BSL-1.0
/// @file The precompiled header that the test programs share, and what they instantiate once.
#include "once.hpp"

namespace shoal::assign {

template solution exact::operator()<>(const problem&, const objective&, const limits&) const;
template solution greedy::operator()<>(const problem&, const objective&, const limits&) const;
template solution evaluate<>(const problem&, const objective&, plan);
template std::optional<std::string> violation<>(const problem&, const objective&, const plan&);

}  // namespace shoal::assign
