// SPDX-License-Identifier: BSL-1.0
/// @file Nothing but the precompiled header that the test programs share.
