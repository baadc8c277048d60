// SPDX-License-Identifier: BSL-1.0
/// @file The exception of an exact method that does not get through within its bound.
#pragma once

#include "shoal/survive/assess.hpp"
