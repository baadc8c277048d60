// SPDX-License-Identifier: BSL-1.0
/// @file Catch2, whichever of version 2 and version 3 is installed.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>  // brings Approx into the global namespace by itself
#endif
