limpid_test(weights_model_test SANITIZED
  weights/append_layer_test.cpp
  weights/class_names_test.cpp
  weights/compare_test.cpp
  weights/families_test.cpp
  weights/layer_names_test.cpp
  weights/network_test.cpp
  weights/topology_test.cpp
  weights/validate_test.cpp
)
target_link_libraries(weights_model_test PRIVATE limpid_test_files)

limpid_test(weights_files_test SANITIZED
  weights/file_bytes_test.cpp
  weights/labels_test.cpp
  weights/locate_test.cpp
  weights/stored_type_test.cpp
  weights/utf8_test.cpp
)

# Files of the formats that limpid imports, as their own programs write them.
add_library(limpid_weights_writers STATIC
  weights/caffe_writer.cpp
  weights/graph_def_writer.cpp
  weights/npz_writer.cpp
  weights/onnx_writer.cpp
  weights/state_dict_writer.cpp
)
target_link_libraries(limpid_weights_writers PUBLIC limpid_weights limpid_protos PRIVATE PkgConfig::LIBZIP)

limpid_test(weights_dictionary_test SANITIZED weights/dictionary_test.cpp)
target_link_libraries(weights_dictionary_test PRIVATE limpid_weights_writers)

limpid_test(weights_formats_test SANITIZED
  weights/caffe_test.cpp
  weights/file_kind_test.cpp
  weights/hdf5_leaks.cpp
  weights/hdf5_structure_test.cpp
  weights/hdf5_test.cpp
  weights/import_test.cpp
  weights/npz_test.cpp
  weights/onnx_exports_test.cpp
  weights/onnx_test.cpp
  weights/pth_test.cpp
  weights/safetensors_test.cpp
  weights/tensorflow_test.cpp
  weights/torchvision_test.cpp
  weights/wrapped_names_test.cpp
  weights/zip_archive_test.cpp
)
target_link_libraries(weights_formats_test PRIVATE limpid_reference limpid_weights_writers limpid_test_files)
target_compile_definitions(weights_formats_test PRIVATE
  LIMPID_DEFAULT_WEIGHTS="${PROJECT_SOURCE_DIR}/weights/default.h5"
  LIMPID_ONNX_FIXTURES="${CMAKE_CURRENT_SOURCE_DIR}/fixtures/onnx"
  LIMPID_WRITE_ONNX="${CMAKE_CURRENT_SOURCE_DIR}/weights/write_onnx.py")

if(NOT LIMPID_SANITIZE)  # It runs a script.
  limpid_test(weights_get_weights_test weights/get_weights_test.cpp)
  target_compile_definitions(weights_get_weights_test PRIVATE
    LIMPID_GET_WEIGHTS="${PROJECT_SOURCE_DIR}/tools/get-weights")
endif()
