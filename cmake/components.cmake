# SPDX-License-Identifier: BSL-1.0
# One target for each component: shoal::shoal (the core, needs Eigen alone), shoal::glpk, shoal::json,
# shoal::openai, shoal::asio, shoal::torch.

# Eigen's version file refuses 5 to who asks for 3.4, though both work: take either, then compare.
find_package(Eigen3 CONFIG QUIET)
if(NOT Eigen3_FOUND)
  message(FATAL_ERROR "shoal needs Eigen 3.4 or newer (Debian and Ubuntu: libeigen3-dev); "
                      "set Eigen3_DIR to the folder of Eigen3Config.cmake when it is elsewhere.")
elseif(Eigen3_VERSION VERSION_LESS 3.4)
  message(FATAL_ERROR "shoal needs Eigen 3.4 or newer; found ${Eigen3_VERSION} in ${Eigen3_DIR}.")
endif()
find_package(Threads REQUIRED)

function(shoal_component name)
  add_library(shoal_${name} INTERFACE)
  add_library(shoal::${name} ALIAS shoal_${name})
  set_target_properties(shoal_${name} PROPERTIES EXPORT_NAME ${name} VERIFY_INTERFACE_HEADER_SETS ON)
  target_compile_features(shoal_${name} INTERFACE cxx_std_20)
  list(TRANSFORM ARGN PREPEND "${PROJECT_SOURCE_DIR}/include/shoal/" OUTPUT_VARIABLE headers)
  target_sources(shoal_${name} INTERFACE
    FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}/include" FILES ${headers})
endfunction()

shoal_component(shoal ${SHOAL_CORE_HEADERS})
target_link_libraries(shoal_shoal INTERFACE Eigen3::Eigen Threads::Threads)

if(SHOAL_WITH_GLPK)
  find_package(GLPK 4.65)
  if(NOT GLPK_FOUND)
    message(FATAL_ERROR "SHOAL_WITH_GLPK is on, but GLPK was not found (Debian and Ubuntu: libglpk-dev). "
                        "Install it, or turn SHOAL_WITH_GLPK off: shoal::assign::exact needs no third-party solver.")
  endif()
  shoal_component(glpk ${SHOAL_GLPK_HEADERS})
  target_link_libraries(shoal_glpk INTERFACE shoal_shoal GLPK::GLPK)
endif()

if(SHOAL_WITH_JSON)
  find_package(nlohmann_json 3.10 QUIET)
  if(NOT nlohmann_json_FOUND)
    message(FATAL_ERROR "SHOAL_WITH_JSON is on, but nlohmann/json 3.10 or newer was not found "
                        "(Debian and Ubuntu: nlohmann-json3-dev). Install it, or turn SHOAL_WITH_JSON off.")
  endif()
  shoal_component(json ${SHOAL_JSON_HEADERS})
  target_link_libraries(shoal_json INTERFACE shoal_shoal nlohmann_json::nlohmann_json)
endif()

if(SHOAL_WITH_OPENAI)
  if(NOT SHOAL_WITH_JSON)
    message(FATAL_ERROR "SHOAL_WITH_OPENAI is on, but servers speak JSON: turn SHOAL_WITH_JSON on.")
  endif()
  find_package(CURL 7.85 QUIET)
  if(NOT CURL_FOUND)
    message(FATAL_ERROR "SHOAL_WITH_OPENAI is on, but libcurl 7.85 or newer was not found "
                        "(Debian and Ubuntu: libcurl4-openssl-dev). Install it, or turn SHOAL_WITH_OPENAI off.")
  endif()
  shoal_component(openai ${SHOAL_OPENAI_HEADERS})
  target_link_libraries(shoal_openai INTERFACE shoal_json CURL::libcurl)
endif()

if(SHOAL_WITH_ASIO)
  find_package(Asio 1.18 QUIET)
  if(NOT Asio_FOUND)
    message(FATAL_ERROR "SHOAL_WITH_ASIO is on, but standalone Asio 1.18 or newer was not found "
                        "(Debian and Ubuntu: libasio-dev). Install it, or turn SHOAL_WITH_ASIO off.")
  endif()
  shoal_component(asio ${SHOAL_ASIO_HEADERS})
  target_link_libraries(shoal_asio INTERFACE shoal_shoal asio::asio)
endif()

if(SHOAL_WITH_TORCH)
  find_package(Torch 1.13 QUIET)
  if(NOT Torch_FOUND)
    message(FATAL_ERROR "SHOAL_WITH_TORCH is on, but libtorch 1.13 or newer was not found (Debian: libtorch-dev and "
                        "libopenblas0-pthread; elsewhere set Torch_DIR). Install it, or turn SHOAL_WITH_TORCH off.")
  endif()
  shoal_component(torch ${SHOAL_TORCH_HEADERS})
  target_link_libraries(shoal_torch INTERFACE shoal_shoal ${TORCH_LIBRARIES})
  target_include_directories(shoal_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
endif()
