# The grid: the store of tiles with its manifest.
limpid_test(grid_store_test SANITIZED
  grid/job_json_test.cpp
  grid/manifest_test.cpp
  grid/option_walks_test.cpp
  grid/store_creation_test.cpp
  grid/store_damage_test.cpp
  grid/store_memory_test.cpp
  grid/store_support.cpp
  grid/tile_damage_test.cpp
  grid/tile_store_test.cpp
  grid/writer_thread_test.cpp
  weights/hdf5_leaks.cpp
)
target_link_libraries(grid_store_test PRIVATE limpid_grid limpid_render_options limpid_test_files)
target_compile_definitions(grid_store_test PRIVATE LIMPID_FIXTURES="${CMAKE_CURRENT_SOURCE_DIR}/fixtures")

# Its own program: it puts itself between the store and the system's file operations.
limpid_test(grid_store_fault_test FIRST SANITIZED
  grid/file_faults.cpp
  grid/store_fault_test.cpp
  grid/store_support.cpp
  weights/hdf5_leaks.cpp
)
target_link_libraries(grid_store_fault_test PRIVATE limpid_grid limpid_test_files ${CMAKE_DL_LIBS})

# Sheets of tiles.
find_package(nlohmann_json REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(SHEET_TEST_WEBP REQUIRED IMPORTED_TARGET libwebp)
limpid_test(grid_sheet_test SANITIZED
  grid/sheet_deep_zoom_test.cpp
  grid/sheet_layout_test.cpp
  grid/sheet_sprites_test.cpp
  grid/sheet_store_test.cpp
  grid/sheet_test.cpp
  grid/sheet_text_test.cpp
)
target_link_libraries(grid_sheet_test PRIVATE
  limpid_sheet limpid_test_files limpid_tool_support PkgConfig::SHEET_TEST_WEBP)

# What to make, in which order and by whom.
limpid_test(grid_queue_test SANITIZED
  grid/job_list_test.cpp
  grid/job_queue_test.cpp
  grid/pulled_grid_test.cpp
  grid/targets_test.cpp
)
target_link_libraries(grid_queue_test PRIVATE limpid_grid limpid_test_files)
