# The scripts of tools/, from outside.
find_package(Python3 3.10 COMPONENTS Interpreter)
if(NOT Python3_FOUND)
  message(STATUS "tests of tools/bundle and tools/gpu-check are left out: Python 3.10 was not found")
  return()
endif()
foreach(script bundle gpu_check)
  add_test(NAME ${script}_test
    COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/tools/${script}_test.py)
endforeach()
