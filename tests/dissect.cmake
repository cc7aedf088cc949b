# Network dissection: cells, thresholds, rotations and counts by their definitions, the command.
find_package(nlohmann_json REQUIRED)
limpid_test(dissect_test SANITIZED
  dissect/dissect_program_test.cpp
  dissect/dissect_test.cpp
  dissect/rotation_test.cpp
)
target_link_libraries(dissect_test PRIVATE
  limpid_dissect_files limpid_run_program limpid_tool_support nlohmann_json::nlohmann_json)
