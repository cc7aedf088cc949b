# Planner, executor, objectives, optimisation.
add_library(limpid_engine_run STATIC engine/engine_run.cpp)
target_link_libraries(limpid_engine_run PUBLIC limpid_engine limpid_reference)

limpid_test(engine_test
  engine/alpha_test.cpp
  engine/api_test.cpp
  engine/conv_requests_test.cpp
  engine/cost_test.cpp
  engine/decoder_test.cpp
  engine/dependencies_test.cpp
  engine/device_test.cpp
  engine/feature_vectors_test.cpp
  engine/goals_test.cpp
  engine/image_kinds_test.cpp
  engine/image_start_test.cpp
  engine/lane_test.cpp
  engine/latent_values_test.cpp
  engine/network_size_test.cpp
  engine/objective_test.cpp
  engine/peer_defects_test.cpp
  engine/planner_test.cpp
  engine/prior_test.cpp
  engine/render_test.cpp
  engine/restarts_test.cpp
  engine/scheduler_test.cpp
  engine/shared_images_test.cpp
  engine/staged_views_test.cpp
  engine/term_table_test.cpp
  engine/transforms_test.cpp
)
target_link_libraries(engine_test PRIVATE
  limpid_engine_run limpid_simulated_gpu limpid_test_files limpid_weights_writers nlohmann_json::nlohmann_json)
target_compile_definitions(engine_test PRIVATE LIMPID_FIXTURES="${CMAKE_CURRENT_SOURCE_DIR}/fixtures")

# Whole networks and steps against double precision, finite differences and transcriptions.
if(LIMPID_NUMERICS_TESTS)
  limpid_test(engine_numerics_test
    engine/both_sides_test.cpp
    engine/executor_test.cpp
    engine/objective_gradients_test.cpp
    engine/pool_gradient_test.cpp
    engine/preset_steps_test.cpp
    engine/pytorch_views_test.cpp
    engine/whole_step_test.cpp
  )
  target_link_libraries(engine_numerics_test PRIVATE
    limpid_engine_run limpid_simulated_gpu limpid_test_files nlohmann_json::nlohmann_json)
  target_compile_definitions(engine_numerics_test PRIVATE LIMPID_FIXTURES="${CMAKE_CURRENT_SOURCE_DIR}/fixtures")
endif()

# HDF5 files that are damaged.
limpid_test(damaged_files_test SANITIZED engine/damaged_files_test.cpp weights/hdf5_leaks.cpp)
target_link_libraries(damaged_files_test PRIVATE limpid_test_files)

# Plans, as they were recorded.
limpid_test(plan_test
  engine/dictionary_layer_test.cpp
  engine/lrn_pools_test.cpp
  engine/partial_plan_test.cpp
  engine/plan_fingerprint_test.cpp
  engine/plan_text.cpp
)
target_compile_definitions(plan_test PRIVATE LIMPID_FIXTURES="${CMAKE_CURRENT_SOURCE_DIR}/fixtures")

# A batch in micro-batches.
limpid_test(micro_batches_test engine/micro_batches_test.cpp)
target_link_libraries(micro_batches_test PRIVATE limpid_engine_run limpid_test_files)

# What a step is made of.
limpid_test(step_test
  engine/step_list_test.cpp
  engine/step_plan_test.cpp
)
target_link_libraries(step_test PRIVATE limpid_test_files)
target_compile_definitions(step_test PRIVATE LIMPID_FIXTURES="${CMAKE_CURRENT_SOURCE_DIR}/fixtures")

# Not under sanitizers: operator new is theirs there.
if(NOT LIMPID_SANITIZE)
  limpid_test(allocation_test engine/allocation_test.cpp)
endif()
