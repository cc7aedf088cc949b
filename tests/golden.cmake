# Agreement with recorded results of independent implementations; the data is not part of the repository.
find_package(HDF5 REQUIRED COMPONENTS C)
find_package(PkgConfig REQUIRED)
pkg_check_modules(TURBOJPEG REQUIRED IMPORTED_TARGET libturbojpeg)

add_library(limpid_golden STATIC golden/golden_data.cpp)
target_link_libraries(limpid_golden PUBLIC limpid_options limpid_weights PRIVATE HDF5::HDF5 PkgConfig::TURBOJPEG)

limpid_test(reference_golden_test golden/reference_golden_test.cpp)
target_link_libraries(reference_golden_test PRIVATE limpid_golden limpid_reference)

limpid_test(engine_golden_test golden/engine_golden_test.cpp)
target_link_libraries(engine_golden_test PRIVATE limpid_golden)
