# The network side of the kernels: convolution, pools, normalisation, ReLU, softmax, objectives, and the core
# they stand on.
limpid_test(kernel_test
  kernels/conv_test.cpp
  kernels/global_average_pool_test.cpp
  kernels/lrn_test.cpp
  kernels/max_pool_test.cpp
  kernels/objective_seed_test.cpp
  kernels/relu_test.cpp
  kernels/softmax_test.cpp
  kernels/stem_test.cpp
  kernels/thread_team_test.cpp
)
target_link_libraries(kernel_test PRIVATE limpid_reference GTest::gmock)
