# Activation atlases: neighbours, graph, layout, cells and directions by their definitions.
limpid_test(atlas_test
  atlas/atlas_test.cpp
)
target_link_libraries(atlas_test PRIVATE limpid_atlas)
