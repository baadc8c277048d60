# SPDX-License-Identifier: BSL-1.0
# Headers, targets and package files, one export set for each component.
include(CMakePackageConfigHelpers)

set(SHOAL_PACKAGE_DIR "${CMAKE_INSTALL_DATADIR}/cmake/shoal")
foreach(component shoal asio glpk json openai torch)
  if(TARGET shoal_${component})
    install(TARGETS shoal_${component} EXPORT shoal-${component} FILE_SET HEADERS)
    install(EXPORT shoal-${component} NAMESPACE shoal:: FILE shoal-${component}-targets.cmake
      DESTINATION "${SHOAL_PACKAGE_DIR}")
  endif()
endforeach()

configure_package_config_file(cmake/shoal-config.cmake.in "${PROJECT_BINARY_DIR}/shoal-config.cmake"
  INSTALL_DESTINATION "${SHOAL_PACKAGE_DIR}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/shoal-config-version.cmake"
  COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES "${PROJECT_BINARY_DIR}/shoal-config.cmake" "${PROJECT_BINARY_DIR}/shoal-config-version.cmake"
  cmake/FindAsio.cmake cmake/FindGLPK.cmake DESTINATION "${SHOAL_PACKAGE_DIR}")
install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}")
if(TARGET shoal_command)
  install(TARGETS shoal_command RUNTIME)
endif()
