# What another project needs of the C interface's library: headers, a package for CMake, one for pkg-config. All of it
# finds the rest by where it lies itself, for an installation may be moved.
include(CMakePackageConfigHelpers)
set(headers ${CMAKE_INSTALL_INCLUDEDIR}/limpid)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/limpid)
set(pkgconfig ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(FILES ${PROJECT_SOURCE_DIR}/engine/limpid.h ${PROJECT_SOURCE_DIR}/engine/dlpack.h DESTINATION ${headers})
install(TARGETS limpid_shared EXPORT limpidTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  INCLUDES DESTINATION ${headers})
install(TARGETS limpid_files LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT limpidTargets NAMESPACE limpid:: DESTINATION ${package})

# Before 1.0 a minor version may break what one before it had.
if(PROJECT_VERSION_MAJOR EQUAL 0)
  set(compatible SameMinorVersion)
else()
  set(compatible SameMajorVersion)
endif()
write_basic_package_version_file(limpidConfigVersion.cmake VERSION ${PROJECT_VERSION} COMPATIBILITY ${compatible})
install(FILES limpidConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/limpidConfigVersion.cmake DESTINATION ${package})

file(RELATIVE_PATH LIMPID_PC_TO_HEADERS ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_FULL_INCLUDEDIR}/limpid)
configure_file(limpid.pc.in limpid.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/limpid.pc DESTINATION ${pkgconfig})
