# The grid: the store of tiles with its manifest.
limpid_test(grid_store_test
  grid/job_json_test.cpp
  grid/manifest_test.cpp
  grid/store_creation_test.cpp
  grid/store_damage_test.cpp
  grid/store_memory_test.cpp
  grid/store_support.cpp
  grid/tile_store_test.cpp
  grid/writer_thread_test.cpp
  weights/support.cpp
)
target_link_libraries(grid_store_test PRIVATE limpid_grid)

# Its own program: it puts itself between the store and the system's file operations.
limpid_test(grid_store_fault_test
  grid/file_faults.cpp
  grid/store_fault_test.cpp
  grid/store_support.cpp
  weights/support.cpp
)
target_link_libraries(grid_store_fault_test PRIVATE limpid_grid ${CMAKE_DL_LIBS})
