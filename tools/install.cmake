# What an installation has beside what each folder puts there, how it is taken away again, and packages of it.
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
if(NOT PROJECT_IS_TOP_LEVEL)
  return()
endif()

add_custom_target(uninstall
  COMMAND ${CMAKE_COMMAND} -DMANIFEST=${PROJECT_BINARY_DIR}/install_manifest.txt
    -P ${CMAKE_CURRENT_LIST_DIR}/uninstall.cmake
  COMMENT "" USES_TERMINAL VERBATIM)

# `cpack` in the build folder makes them: a Debian package, of the CUDA backend and of MPI another each, and an archive of
# all.
set(CPACK_PACKAGE_CONTACT "limpid's authors <limpid@localhost>")
set(CPACK_PACKAGE_VENDOR "limpid's authors")
set(CPACK_PACKAGE_DESCRIPTION
  "The program renders what a channel, a neuron, a layer or a class of InceptionV1 responds to, and looks into the network in \
other ways; the library offers the same to C and to whatever calls C.")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_GENERATOR "DEB;TGZ")
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
# The whole but for what is of a component, under the project's own name.
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_UNSPECIFIED_PACKAGE_NAME limpid)
set(CPACK_DEBIAN_UNSPECIFIED_PACKAGE_SHLIBDEPS ON)
# NVIDIA's libraries come from packages of many names, or from none.
set(CPACK_DEBIAN_CUDA_PACKAGE_NAME limpid-cuda)
set(CPACK_DEBIAN_CUDA_PACKAGE_DEPENDS "limpid (= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_CUDA_DESCRIPTION "CUDA backend of limpid; needs a driver, cuDNN, cuFFT and cuBLAS of NVIDIA's")
set(CPACK_DEBIAN_MPI_PACKAGE_NAME limpid-mpi)
set(CPACK_DEBIAN_MPI_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_MPI_PACKAGE_DEPENDS "limpid (= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_MPI_DESCRIPTION "grids of limpid's on many hosts, by MPI")
include(CPack)
