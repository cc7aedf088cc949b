# Tuning curves: stimuli by their formulas, planted filters, the command.
find_package(nlohmann_json REQUIRED)
limpid_test(probe_test SANITIZED
  probe/probe_test.cpp
)
target_link_libraries(probe_test PRIVATE
  limpid_probe limpid_run_program limpid_weights_writers limpid_tool_support nlohmann_json::nlohmann_json)
