// SPDX-License-Identifier: BSL-1.0
/// @file Umbrella: fault trees, networks, repair, rare events and outages. Needs Eigen alone.
#pragma once

#include "shoal/core/xml.hpp"
#include "shoal/survive/common_cause.hpp"
#include "shoal/survive/cut_sets.hpp"
#include "shoal/survive/decision_diagram.hpp"
#include "shoal/survive/diagram.hpp"
#include "shoal/survive/event_order.hpp"
#include "shoal/survive/fault_tree.hpp"
#include "shoal/survive/formula.hpp"
#include "shoal/survive/lifetimes.hpp"
#include "shoal/survive/limit_reached.hpp"
#include "shoal/survive/network.hpp"
#include "shoal/survive/outages.hpp"
#include "shoal/survive/placement.hpp"
#include "shoal/survive/plan_tree.hpp"
#include "shoal/survive/rare_failure.hpp"
#include "shoal/survive/read_open_psa.hpp"
#include "shoal/survive/repair.hpp"
#include "shoal/survive/set_family.hpp"
#include "shoal/survive/tree_report.hpp"
#include "shoal/survive/write_open_psa.hpp"
