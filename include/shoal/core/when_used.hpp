// SPDX-License-Identifier: BSL-1.0
/// @file When used: functions whose bodies cost compile time only in programs that call them.
#pragma once

namespace shoal {

/// Marks a function that is a template for one reason: a compiler looks through the body of an inline
/// function, and instantiates every sort and container in it, wherever its header is included; of a template
/// only where it is called.
///
///     template <class = when_used>
///     report assess(const swarm& s, std::span<const redundant_subtask> plan);
///
/// It is called like any other function. The heavy ones bear the mark, those that a measurement shows; see
/// benchmarks/compile_time.sh.
struct when_used;

/// A type by the same trick: what a class template makes of `T` is instantiated when the template is, for some
/// `Parameter`, and not where it stands.
template <class T, class Parameter>
struct when_used_with {
  using type = T;
};

}  // namespace shoal
