# The C interface, from C99 and with what the shared library shows.
enable_language(C)
find_package(OpenMP REQUIRED COMPONENTS C)
foreach(name c_interface fork grids jobs one_thread pictures sessions)
  add_executable(${name}_test c/${name}_test.c)
  set_target_properties(${name}_test PROPERTIES C_STANDARD 99 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF)
  target_include_directories(${name}_test PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_options(${name}_test PRIVATE -Wall -Wextra -pedantic -Werror)
  target_link_libraries(${name}_test PRIVATE limpid_shared Threads::Threads m)
  target_link_options(${name}_test PRIVATE -Wl,-z,relro,-z,now)
  if(LIMPID_SANITIZE)  # Their runtime comes first in a program.
    target_link_options(${name}_test PRIVATE -fsanitize=address,undefined)
    target_compile_definitions(${name}_test PRIVATE LIMPID_SANITIZE)
  endif()
  set(files ${PROJECT_SOURCE_DIR}/weights/default.h5)
  if(name MATCHES "grids|pictures")  # Which are compared with the program's.
    list(APPEND files $<TARGET_FILE:limpid_tool>)
  endif()
  if(name STREQUAL pictures)
    list(APPEND files ${CMAKE_CURRENT_SOURCE_DIR}/fixtures)
  endif()
  add_test(NAME ${name} COMMAND ${name}_test ${files})
endforeach()
target_link_libraries(one_thread_test PRIVATE OpenMP::OpenMP_C)
set_tests_properties(one_thread PROPERTIES ENVIRONMENT OMP_NUM_THREADS=4)
add_test(NAME c_interface_exports
  COMMAND ${CMAKE_COMMAND} -DNM=${CMAKE_NM} -DOBJDUMP=${CMAKE_OBJDUMP} -DLIBRARY=$<TARGET_FILE:limpid_shared> -DSANITIZED=${LIMPID_SANITIZE}
  -P ${CMAKE_CURRENT_SOURCE_DIR}/c/exports_test.cmake)

find_package(Python3 3.10 COMPONENTS Interpreter)
if(NOT Python3_FOUND)
  return()
endif()
add_test(NAME header_reference_test
  COMMAND ${Python3_EXECUTABLE} -B ${PROJECT_SOURCE_DIR}/tools/header-reference --check)
# What is sanitized is loaded by sanitized programs alone, and exports more.
if(LIMPID_SANITIZE)
  return()
endif()
add_test(NAME c_interface_abi_test
  COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/c/abi_test.py
    ${CMAKE_C_COMPILER} ${PROJECT_SOURCE_DIR} $<TARGET_FILE:limpid_shared>)
set_tests_properties(c_interface_abi_test PROPERTIES SKIP_RETURN_CODE 77)
if(LIMPID_INSTALL AND LIMPID_TOOLS)
  add_test(NAME installed_library_test
    COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/c/installed_library_test.py
      ${CMAKE_COMMAND} ${CMAKE_C_COMPILER} ${CMAKE_CXX_COMPILER} ${PROJECT_BINARY_DIR} ${PROJECT_SOURCE_DIR})
  add_test(NAME packages_test
    COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/c/packages_test.py
      ${CMAKE_CPACK_COMMAND} ${PROJECT_BINARY_DIR})
  set_tests_properties(installed_library_test packages_test PROPERTIES RESOURCE_LOCK installation)
endif()
