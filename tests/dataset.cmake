# Examples: statistics and bands without files, groups and drawn pictures; indexes of pictures in folders, lists and archives, the
# commands.
find_package(nlohmann_json REQUIRED)
limpid_test(examples_test SANITIZED
  dataset/bands_test.cpp
  dataset/example_pass_test.cpp
  dataset/facets_separation_test.cpp
  dataset/k_means_test.cpp
  dataset/procedural_test.cpp
)
limpid_test(dataset_test SANITIZED
  dataset/examples_program_test.cpp
  dataset/facets_program_test.cpp
  dataset/index_test.cpp
  dataset/index_support.cpp
)
foreach(name examples_test dataset_test)
  target_link_libraries(${name} PRIVATE
    limpid_dataset limpid_procedural limpid_run_program limpid_tool_support nlohmann_json::nlohmann_json)
  target_compile_definitions(${name} PRIVATE
    LIMPID_DEFAULT_WEIGHTS="${PROJECT_SOURCE_DIR}/weights/default.h5")
endforeach()
