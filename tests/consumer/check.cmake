# SPDX-License-Identifier: BSL-1.0
# Builds the consumer project as an outside user would. Arguments: CASE, SHOAL_SOURCE_DIR, WORK (a folder of its own),
# CMAKE_CXX_COMPILER, FLAGS. The programs must build and return 0.

file(REMOVE_RECURSE "${WORK}")
file(MAKE_DIRECTORY "${WORK}")
set(consumer "${CMAKE_CURRENT_LIST_DIR}")
set(common -G Ninja -DCMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER} -DCMAKE_BUILD_TYPE=Debug "-DCMAKE_CXX_FLAGS=${FLAGS}")

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "failed: ${ARGN}\n${output}")
  endif()
endfunction()

function(must_fail_saying text)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  string(REGEX REPLACE "[ \n]+" " " output "${output}")
  string(FIND "${output}" "${text}" at)
  if(result EQUAL 0 OR at EQUAL -1)
    message(FATAL_ERROR "expected a failure that says: ${text}\n${output}")
  endif()
endfunction()

function(install_shoal)
  run(${CMAKE_COMMAND} -S "${SHOAL_SOURCE_DIR}" -B "${WORK}/shoal" ${common} ${ARGN}
      "-DCMAKE_INSTALL_PREFIX=${WORK}/prefix")
  run(${CMAKE_COMMAND} --build "${WORK}/shoal" --target install)
endfunction()

function(build_consumer way components)
  list(JOIN components "," listed)  # a semicolon would make two arguments of it
  run(${CMAKE_COMMAND} -S "${consumer}" -B "${WORK}/consumer" ${common} -DWAY=${way} -DCOMPONENTS=${listed}
      "-DCMAKE_PREFIX_PATH=${WORK}/prefix" "-DSHOAL_SOURCE_DIR=${SHOAL_SOURCE_DIR}" ${ARGN})
  run(${CMAKE_COMMAND} --build "${WORK}/consumer")
  foreach(program core ${components})
    run("${WORK}/consumer/${program}")
  endforeach()
endfunction()

if(CASE STREQUAL "core")
  install_shoal()
  build_consumer(find_package "")
  if(EXISTS "${WORK}/prefix/include/shoal/glpk" OR EXISTS "${WORK}/prefix/include/shoal/json"
      OR EXISTS "${WORK}/prefix/include/shoal/openai")
    message(FATAL_ERROR "a core installation brings headers of components")
  endif()
  execute_process(COMMAND ninja -C "${WORK}/consumer" -t deps OUTPUT_VARIABLE deps)
  if(NOT deps MATCHES "shoal/shoal.hpp" OR deps MATCHES "glpk|nlohmann|curl")
    message(FATAL_ERROR "the core must compile without a header of GLPK, nlohmann/json or libcurl:\n${deps}")
  endif()
elseif(CASE STREQUAL "components")
  install_shoal(-DSHOAL_WITH_GLPK=ON -DSHOAL_WITH_JSON=ON -DSHOAL_WITH_OPENAI=ON)
  build_consumer(find_package "glpk;openai;json")
elseif(CASE STREQUAL "missing-component")
  install_shoal()
  must_fail_saying("this shoal was installed without the component glpk; install it again with -DSHOAL_WITH_GLPK=ON"
    ${CMAKE_COMMAND} -S "${consumer}" -B "${WORK}/consumer" ${common} -DWAY=find_package -DCOMPONENTS=glpk
    "-DCMAKE_PREFIX_PATH=${WORK}/prefix")
  must_fail_saying("shoal has no component \"glkp\"; it has asio, glpk, json, openai and torch."
    ${CMAKE_COMMAND} -S "${consumer}" -B "${WORK}/consumer" ${common} -DWAY=find_package -DCOMPONENTS=glkp
    "-DCMAKE_PREFIX_PATH=${WORK}/prefix")
elseif(CASE STREQUAL "missing-dependency")
  must_fail_saying("SHOAL_WITH_GLPK is on, but GLPK was not found"
    ${CMAKE_COMMAND} -S "${SHOAL_SOURCE_DIR}" -B "${WORK}/shoal-glpk" ${common} -DSHOAL_WITH_GLPK=ON
    -DCMAKE_DISABLE_FIND_PACKAGE_GLPK=ON)
  must_fail_saying("SHOAL_WITH_JSON is on, but nlohmann/json 3.10 or newer was not found"
    ${CMAKE_COMMAND} -S "${SHOAL_SOURCE_DIR}" -B "${WORK}/shoal-json" ${common} -DSHOAL_WITH_JSON=ON
    -DCMAKE_DISABLE_FIND_PACKAGE_nlohmann_json=ON)
  must_fail_saying("SHOAL_WITH_OPENAI is on, but libcurl 7.85 or newer was not found"
    ${CMAKE_COMMAND} -S "${SHOAL_SOURCE_DIR}" -B "${WORK}/shoal-openai" ${common} -DSHOAL_WITH_JSON=ON
    -DSHOAL_WITH_OPENAI=ON -DCMAKE_DISABLE_FIND_PACKAGE_CURL=ON)
  must_fail_saying("SHOAL_WITH_OPENAI is on, but servers speak JSON: turn SHOAL_WITH_JSON on."
    ${CMAKE_COMMAND} -S "${SHOAL_SOURCE_DIR}" -B "${WORK}/shoal-openai-alone" ${common} -DSHOAL_WITH_OPENAI=ON)
  must_fail_saying("shoal needs Eigen 3.4 or newer"
    ${CMAKE_COMMAND} -S "${SHOAL_SOURCE_DIR}" -B "${WORK}/shoal-eigen" ${common} -DCMAKE_DISABLE_FIND_PACKAGE_Eigen3=ON)
  install_shoal(-DSHOAL_WITH_GLPK=ON)
  must_fail_saying("the component glpk needs GLPK (Debian and Ubuntu: libglpk-dev)."
    ${CMAKE_COMMAND} -S "${consumer}" -B "${WORK}/consumer" ${common} -DWAY=find_package -DCOMPONENTS=glpk
    "-DCMAKE_PREFIX_PATH=${WORK}/prefix" -DCMAKE_DISABLE_FIND_PACKAGE_GLPK=ON)
elseif(CASE STREQUAL "add_subdirectory" OR CASE STREQUAL "FetchContent")
  build_consumer(${CASE} "glpk;json;openai" -DSHOAL_WITH_GLPK=ON -DSHOAL_WITH_JSON=ON -DSHOAL_WITH_OPENAI=ON)
else()
  message(FATAL_ERROR "no case ${CASE}")
endif()
