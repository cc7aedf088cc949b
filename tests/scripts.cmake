# The scripts of tools/, from outside.
find_package(Python3 3.10 COMPONENTS Interpreter)
if(NOT Python3_FOUND)
  message(STATUS "tests of tools/gpu-check are left out: Python 3.10 was not found")
  return()
endif()
add_test(NAME gpu_check_test
  COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/tools/gpu_check_test.py)
