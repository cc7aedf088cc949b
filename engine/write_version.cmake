# Writes version.cpp where it is not as it should be.
# usage: cmake -DSOURCE=<the project> -DPROJECT_VERSION=<x.y.z> -DRESULT=<file> -P write_version.cmake
cmake_minimum_required(VERSION 3.25)
include(${CMAKE_CURRENT_LIST_DIR}/git_suffix.cmake)
limpid_git_suffix(${SOURCE} LIMPID_GIT_SUFFIX)
configure_file(${CMAKE_CURRENT_LIST_DIR}/version.cpp.in ${RESULT} @ONLY)
