# Sessions: a network planned once, and passes through it with the caller's memory.
limpid_test(session_test
  session/attribution_test.cpp
  session/linear_session_test.cpp
  session/session_test.cpp
  session/session_accuracy_test.cpp
  session/session_use.cpp
)
target_link_libraries(session_test PRIVATE limpid_engine_run limpid_simulated_gpu limpid_test_files)
