# The Python package of the sources, on the library of this build. A sanitized library is loaded by sanitized programs alone.
find_package(Python3 3.10 COMPONENTS Interpreter)
if(NOT Python3_FOUND OR LIMPID_SANITIZE)
  return()
endif()

# That of $LIMPID_PYTHON; that which was found; or else Debian's, whichever has numpy.
set(python ${Python3_EXECUTABLE})
if(NOT "$ENV{LIMPID_PYTHON}" STREQUAL "")
  set(python $ENV{LIMPID_PYTHON})
endif()
execute_process(COMMAND ${python} -c "import numpy" RESULT_VARIABLE missing OUTPUT_QUIET ERROR_QUIET)
if(missing AND EXISTS /usr/bin/python3)
  set(python /usr/bin/python3)
endif()
foreach(name package tensor session streaming render job grid quality examples types jax torch captum lucent lucent_parity lucent_own)
  add_test(NAME python_${name}_test
    COMMAND ${python} -B ${CMAKE_CURRENT_SOURCE_DIR}/python/${name}_test.py
      ${PROJECT_SOURCE_DIR} $<TARGET_FILE:limpid_shared> $<TARGET_FILE:limpid_tool>)
  set_tests_properties(python_${name}_test PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 300)
endforeach()
set_tests_properties(python_lucent_test python_lucent_own_test PROPERTIES TIMEOUT 1200)
if(TARGET limpid_cuda_on_cpu)
  add_test(NAME emulated_device.python_device_test
    COMMAND ${python} -B ${CMAKE_CURRENT_SOURCE_DIR}/python/device_test.py
      ${PROJECT_SOURCE_DIR} $<TARGET_FILE:limpid_shared> $<TARGET_FILE:limpid_tool> $<TARGET_FILE_DIR:limpid_cuda_on_cpu>)
  set_tests_properties(emulated_device.python_device_test PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 300 LABELS "on an emulated device")
endif()
