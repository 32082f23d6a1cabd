# The benchmark program runs and its table can be read, where there is a GPU.
if(TARGET skipbench_bench)
  add_test(NAME kernels/bench/cuda COMMAND ${CMAKE_SOURCE_DIR}/scripts/check_cuda Ops/argmax_token)
  set_tests_properties(kernels/bench/cuda PROPERTIES ENVIRONMENT SKIPBENCH_TESTS=0
    SKIP_REGULAR_EXPRESSION "no CUDA device" TIMEOUT 600)
endif()
