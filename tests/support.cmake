# What programs of several parts share: folders and models made for a test, damaged files, runs of the program, a device.
limpid_test_library(limpid_test_files weights/file_damage.cpp weights/support.cpp)

limpid_test_library(limpid_run_program tools/run_program.cpp)
target_link_libraries(limpid_run_program PUBLIC limpid_test_files)
target_compile_definitions(limpid_run_program PUBLIC LIMPID_PROGRAM="$<TARGET_FILE:limpid_tool>")
add_dependencies(limpid_run_program limpid_tool)

# It convolves by plain loops, which are most of what its tests take.
limpid_test_library(limpid_simulated_gpu engine/simulated_gpu.cpp)
target_compile_options(limpid_simulated_gpu PRIVATE -O3)
