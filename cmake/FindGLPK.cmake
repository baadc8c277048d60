# SPDX-License-Identifier: BSL-1.0
# Finds the GNU Linear Programming Kit and gives the target GLPK::GLPK.
find_path(GLPK_INCLUDE_DIR glpk.h PATH_SUFFIXES glpk)
find_library(GLPK_LIBRARY glpk)
if(GLPK_INCLUDE_DIR)
  file(STRINGS "${GLPK_INCLUDE_DIR}/glpk.h" lines REGEX "#define GLP_(MAJOR|MINOR)_VERSION")
  string(REGEX MATCH "GLP_MAJOR_VERSION +([0-9]+)" _ "${lines}")
  set(GLPK_VERSION "${CMAKE_MATCH_1}")
  string(REGEX MATCH "GLP_MINOR_VERSION +([0-9]+)" _ "${lines}")
  string(APPEND GLPK_VERSION ".${CMAKE_MATCH_1}")
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(GLPK REQUIRED_VARS GLPK_LIBRARY GLPK_INCLUDE_DIR VERSION_VAR GLPK_VERSION)
if(GLPK_FOUND AND NOT TARGET GLPK::GLPK)
  add_library(GLPK::GLPK UNKNOWN IMPORTED)
  set_target_properties(GLPK::GLPK PROPERTIES
    IMPORTED_LOCATION "${GLPK_LIBRARY}" INTERFACE_INCLUDE_DIRECTORIES "${GLPK_INCLUDE_DIR}")
endif()
mark_as_advanced(GLPK_INCLUDE_DIR GLPK_LIBRARY)
