// SPDX-License-Identifier: BSL-1.0
/// @file Durations and clocks of std::chrono, without the calendars.
///
/// `<chrono>` of C++20 brings calendars, time zones and their text forms, a tenth of the compile time of
/// `<Eigen/Core>`, to say what a millisecond is. libstdc++ keeps durations and clocks in a header of their own,
/// which its `<mutex>` and `<thread>` include for the same reason.
#pragma once

#if __has_include(<bits/chrono.h>)
#include <mutex>
#else
#include <chrono>
#endif
