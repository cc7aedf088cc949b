# The scripts of tools/, from outside; and those that trained weights/default.h5. First one of CMake's own.
if(LIMPID_SANITIZE)  # Which see nothing of a script, and the program's part of an example in other tests.
  return()
endif()

add_test(NAME git_suffix_test
  COMMAND ${CMAKE_COMMAND} -DSOURCE=${PROJECT_SOURCE_DIR} -DSCRATCH=${CMAKE_CURRENT_BINARY_DIR}/git_suffix
    -P ${CMAKE_CURRENT_SOURCE_DIR}/engine/git_suffix_test.cmake)
set_tests_properties(git_suffix_test PROPERTIES SKIP_REGULAR_EXPRESSION SKIPPED)

find_package(Python3 3.10 COMPONENTS Interpreter)
if(NOT Python3_FOUND)
  message(STATUS "tests of scripts are left out: Python 3.10 was not found")
  return()
endif()
foreach(script bundle check_structure gpu_check)
  add_test(NAME ${script}_test
    COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/tools/${script}_test.py)
endforeach()

# numpy, scipy, Pillow and PyTorch are not of what tools/setup installs: without them the tests are skipped.
add_test(NAME default_weights_test
  COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/weights/default_weights_test.py)
set_tests_properties(default_weights_test PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 300)

# The library in a project of somebody else's.
add_test(NAME embedding_test
  COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/tools/embedding_test.py
    ${CMAKE_COMMAND} ${CMAKE_CXX_COMPILER} ${PROJECT_SOURCE_DIR})

# What the README says can be asked for, asked for: as many pictures at once as there are cores, and first of all tests,
# for at the end it would run alone.
cmake_host_system_information(RESULT cores QUERY NUMBER_OF_LOGICAL_CORES)
add_test(NAME readme_examples_test
  COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/tools/readme_examples_test.py
    $<TARGET_FILE:limpid_tool> ${PROJECT_SOURCE_DIR}/tools/README.md
    ${PROJECT_SOURCE_DIR}/engine/options/README.md ${PROJECT_SOURCE_DIR}/engine/objective/README.md)
set_tests_properties(readme_examples_test PROPERTIES TIMEOUT 900 PROCESSORS ${cores} COST 1000)
