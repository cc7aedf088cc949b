# Renders that are pulled, changed on the way, saved and restored; and watched, without a server.
limpid_test(job_test
  job/job_state_test.cpp
  job/job_use.cpp
  job/own_objective_test.cpp
  job/render_job_test.cpp
  job/steering_test.cpp
  watch/frame_history_test.cpp
  watch/watched_job_test.cpp
  watch/watched_store_test.cpp
)
target_link_libraries(job_test PRIVATE limpid_engine_run limpid_pictures limpid_simulated_gpu limpid_watch)
target_compile_definitions(job_test PRIVATE LIMPID_FIXTURES="${CMAKE_CURRENT_SOURCE_DIR}/fixtures")
