# Picture files, progress and results inside; then the program itself, from outside.
find_package(nlohmann_json REQUIRED)
find_package(PkgConfig REQUIRED)

limpid_test(tools_support_test SANITIZED
  pictures/colour_profile_test.cpp
  pictures/image_file_test.cpp
  pictures/svg_drawing_test.cpp
  tools/fit_image_test.cpp
  tools/heat_map_test.cpp
  tools/output_file_test.cpp
  tools/progress_test.cpp
  tools/result_file_test.cpp
)
pkg_check_modules(PICTURE_TEST REQUIRED IMPORTED_TARGET libpng zlib lcms2)
target_link_libraries(tools_support_test PRIVATE
  limpid_test_files limpid_tool_support nlohmann_json::nlohmann_json PkgConfig::PICTURE_TEST)
target_compile_definitions(tools_support_test PRIVATE LIMPID_FIXTURES="${CMAKE_CURRENT_SOURCE_DIR}/fixtures")

limpid_test(tools_program_test SANITIZED
  tools/accentuate_test.cpp
  tools/attribute_test.cpp
  tools/bad_input_test.cpp
  tools/bench_test.cpp
  tools/dictionary_test.cpp
  tools/every_option.cpp
  tools/full_disk_test.cpp
  tools/help_test.cpp
  tools/init_photo_test.cpp
  tools/photo_groups_test.cpp
  tools/plan_test.cpp
  tools/program_test.cpp
)
target_link_libraries(tools_program_test PRIVATE
  limpid_attribute_results limpid_run_program limpid_tool_support limpid_weights_writers nlohmann_json::nlohmann_json)
target_compile_definitions(tools_program_test PRIVATE
  LIMPID_FIXTURES="${CMAKE_CURRENT_SOURCE_DIR}/fixtures"
  LIMPID_OPTION_PAGE="${PROJECT_SOURCE_DIR}/engine/options/README.md"
  LIMPID_OBJECTIVE_PAGE="${PROJECT_SOURCE_DIR}/engine/objective/README.md")

# What hangs on how it is built: the binaries themselves, algorithms of a device, the numbers of real weights.
limpid_test(tools_built_test
  tools/binaries_test.cpp
  tools/real_weights_test.cpp
  tools/tune_test.cpp
)
target_link_libraries(tools_built_test PRIVATE limpid_run_program limpid_tool_support nlohmann_json::nlohmann_json)
target_compile_definitions(tools_built_test PRIVATE
  LIMPID_BIN_FOLDER="${CMAKE_RUNTIME_OUTPUT_DIRECTORY}"
  LIMPID_LIB_FOLDER="${CMAKE_LIBRARY_OUTPUT_DIRECTORY}")

# Against PyTorch, safetensors and numpy, where a Python has them (-DPython3_EXECUTABLE= chooses one).
find_package(Python3 3.10 COMPONENTS Interpreter)
if(Python3_FOUND)
  add_test(NAME pytorch_formats_test
    COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/tools/pytorch_formats_test.py $<TARGET_FILE:limpid_tool>)
  set_tests_properties(pytorch_formats_test PROPERTIES SKIP_RETURN_CODE 77)
endif()

# Every command that writes, while the disk fills up, signals come and streams are closed.
add_library(tools_fault_shim MODULE tools/fault_shim.cpp grid/file_faults.cpp)
# Each puts functions of its own before the system's.
set_target_properties(tools_fault_shim PROPERTIES UNITY_BUILD OFF)
target_include_directories(tools_fault_shim PRIVATE ${PROJECT_SOURCE_DIR})
target_link_libraries(tools_fault_shim PRIVATE ${CMAKE_DL_LIBS})
target_link_options(tools_fault_shim PRIVATE -Wl,-z,relro,-z,now)
limpid_test(tools_fault_test FIRST SANITIZED
  tools/fault_test.cpp
)
target_link_libraries(tools_fault_test PRIVATE limpid_run_program limpid_tool_support)
target_compile_definitions(tools_fault_test PRIVATE
  LIMPID_FAULT_SHIM="$<TARGET_FILE:tools_fault_shim>"
  LIMPID_FIXTURES="${CMAKE_CURRENT_SOURCE_DIR}/fixtures")
add_dependencies(tools_fault_test tools_fault_shim)

# Grids, whole runs of them: interrupted, in shards, by several ranks.
limpid_test(tools_grid_test SANITIZED
  tools/grid_files_test.cpp
  tools/grid_progress_test.cpp
  tools/grid_resume_test.cpp
  tools/grid_test.cpp
)
target_link_libraries(tools_grid_test PRIVATE
  limpid_grid_command limpid_run_program limpid_tool_support nlohmann_json::nlohmann_json)

# Animations, as libwebp reads them back; ffmpeg's part is a script's.
pkg_check_modules(ANIMATION_TEST_WEBP REQUIRED IMPORTED_TARGET libwebpdemux)
limpid_test(tools_animation_test SANITIZED
  tools/animation_test.cpp
)
target_link_libraries(tools_animation_test PRIVATE
  limpid_animation limpid_test_files limpid_tool_support PkgConfig::ANIMATION_TEST_WEBP)
