# The C interface, from C99 and with what the shared library shows.
enable_language(C)
add_executable(c_interface_test c/c_interface_test.c)
set_target_properties(c_interface_test PROPERTIES C_STANDARD 99 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF
  BUILD_WITH_INSTALL_RPATH OFF)
target_include_directories(c_interface_test PRIVATE ${PROJECT_SOURCE_DIR})
target_compile_options(c_interface_test PRIVATE -Wall -Wextra -pedantic -Werror)
target_link_libraries(c_interface_test PRIVATE limpid_shared m)
target_link_options(c_interface_test PRIVATE -Wl,-z,relro,-z,now)
if(LIMPID_SANITIZE)  # Their runtime comes first in a program.
  target_link_options(c_interface_test PRIVATE -fsanitize=address,undefined)
endif()
add_test(NAME c_interface COMMAND c_interface_test ${PROJECT_SOURCE_DIR}/weights/default.h5)
add_test(NAME c_interface_exports
  COMMAND ${CMAKE_COMMAND} -DNM=${CMAKE_NM} -DLIBRARY=$<TARGET_FILE:limpid_shared>
  -P ${CMAKE_CURRENT_SOURCE_DIR}/c/exports_test.cmake)
