# Agreement with recorded results of independent implementations; the data is not part of the repository.
add_library(limpid_golden STATIC golden/golden_data.cpp)
target_link_libraries(limpid_golden PUBLIC limpid_flags limpid_weights)

limpid_test(reference_golden_test golden/reference_golden_test.cpp)
target_link_libraries(reference_golden_test PRIVATE limpid_golden limpid_reference limpid_tool_support)

limpid_test(engine_golden_test golden/engine_golden_test.cpp)
target_link_libraries(engine_golden_test PRIVATE limpid_golden limpid_tool_support)

limpid_test(engine_choices_test golden/engine_choices_test.cpp)
target_link_libraries(engine_choices_test PRIVATE limpid_golden limpid_engine_run)
