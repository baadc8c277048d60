// SPDX-License-Identifier: BSL-1.0
/// @file Version of the library, as numbers and as text.
#pragma once

#define SHOAL_VERSION_MAJOR 0
#define SHOAL_VERSION_MINOR 1
#define SHOAL_VERSION_PATCH 0
#define SHOAL_VERSION "0.1.0"

namespace shoal {

/// The version that these headers are, "MAJOR.MINOR.PATCH".
inline constexpr const char* version = SHOAL_VERSION;

}  // namespace shoal
