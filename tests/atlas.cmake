# Activation atlases: neighbours, graph, layout, cells and directions by their definitions, the command.
find_package(nlohmann_json REQUIRED)
limpid_test(atlas_test SANITIZED
  atlas/atlas_file_test.cpp
  atlas/atlas_program_test.cpp
  atlas/atlas_test.cpp
  weights/hdf5_leaks.cpp
)
target_link_libraries(atlas_test PRIVATE
  limpid_atlas_files limpid_procedural limpid_run_program limpid_tool_support nlohmann_json::nlohmann_json)
