# Sessions: a network planned once, and passes through it with the caller's memory.
find_package(nlohmann_json REQUIRED)

limpid_test(session_test
  session/attribution_test.cpp
  session/device_memory_test.cpp
  session/linear_session_test.cpp
  session/nonnegative_factors_test.cpp
  session/other_network_test.cpp
  session/removal_curves_test.cpp
  session/session_test.cpp
  session/session_accuracy_test.cpp
  session/session_use.cpp
)
target_link_libraries(session_test PRIVATE limpid_engine_run limpid_simulated_gpu limpid_test_files nlohmann_json::nlohmann_json)
target_compile_definitions(session_test PRIVATE LIMPID_FIXTURES="${CMAKE_CURRENT_SOURCE_DIR}/fixtures")
