# limpid::limpid, the C interface's shared library, which needs nothing else to be found.
include(${CMAKE_CURRENT_LIST_DIR}/limpidTargets.cmake)
