# LongBench's scores against the packages that the benchmark itself uses.
add_executable(segment_dump parity/segment_dump.cpp)
target_link_libraries(segment_dump PRIVATE skipbench_tasks)

parity_test(segmenter 600
  ${PARITY_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/parity/segmenter_test.py $<TARGET_FILE:segment_dump>)
parity_test(scorer 600
  ${PARITY_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/parity/scorer_test.py $<TARGET_FILE:skipbench>)
parity_test(scorer_speed 900 ALONE
  ${CMAKE_SOURCE_DIR}/scripts/compare_scorer --program $<TARGET_FILE:skipbench> --fail-below 20)

if(TARGET skipbench_run)
  add_executable(longbench_prompts parity/longbench_prompts.cpp)
  target_link_libraries(longbench_prompts PRIVATE skipbench_run)
  target_precompile_headers(longbench_prompts REUSE_FROM skipbench_kernels)
  parity_test(longbench_prompts 600
    ${PARITY_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/parity/longbench_prompts_test.py
    $<TARGET_FILE:longbench_prompts>)
endif()
