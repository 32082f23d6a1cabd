# Comparisons with outside software, run by the Python of the virtual environment. A test that cannot
# run (no model file, no transformers) ends with code 77 and is listed as skipped.
set(PARITY_PYTHON ${SKIPBENCH_VENV}/bin/python)
if(NOT EXISTS ${PARITY_PYTHON})
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  set(PARITY_PYTHON ${Python3_EXECUTABLE})
endif()

# parity_test(NAME TIMEOUT [ALONE] COMMAND...): ALONE, with all threads, is what measures time.
function(parity_test name timeout)
  cmake_parse_arguments(arg "ALONE" "" "" ${ARGN})
  add_test(NAME parity/${name} COMMAND ${arg_UNPARSED_ARGUMENTS})
  set_tests_properties(parity/${name} PROPERTIES
    SKIP_RETURN_CODE 77 TIMEOUT ${timeout} LABELS parity COST 50 RUN_SERIAL ${arg_ALONE})
  if(NOT arg_ALONE)
    set_tests_properties(parity/${name} PROPERTIES ENVIRONMENT ${ONE_THREAD})
  endif()
endfunction()

include(parity/tokenizer.cmake OPTIONAL)
include(parity/gguf.cmake OPTIONAL)
include(parity/scorer.cmake)

if(TARGET skipbench_checkpoint)
  add_executable(serve_model parity/serve_model.cpp)
  target_link_libraries(serve_model PRIVATE skipbench_checkpoint)
  target_precompile_headers(serve_model REUSE_FROM skipbench_kernels)
  set_target_properties(serve_model PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})

  # By hand: load_speed FOLDER DEVICE DTYPE, on a folder that write_checkpoint.py wrote.
  add_executable(load_speed parity/load_speed.cpp)
  target_link_libraries(load_speed PRIVATE skipbench_checkpoint)
  target_precompile_headers(load_speed REUSE_FROM skipbench_kernels)
  set_target_properties(load_speed PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})

  parity_test(hf_checkpoints 900
    ${PARITY_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/parity/hf_checkpoints.py $<TARGET_FILE:serve_model>)
  parity_test(hf_logits 1800
    ${PARITY_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/parity/hf_logits.py $<TARGET_FILE:serve_model>)
  parity_test(hf_logits_qwen 1800
    ${PARITY_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/parity/hf_logits.py $<TARGET_FILE:serve_model>
    --model qwen2.5-coder-0.5b --lengths 50 50 2048 2048)
  # Fails only where every single pair is slower: one pair can be disturbed by a busy machine.
  parity_test(hf_prefill_speed 900 ALONE
    ${CMAKE_SOURCE_DIR}/scripts/compare_hf --program $<TARGET_FILE:serve_model>
    --lengths 512 2048 --pairs 7 5 --fail-below 1.0)
endif()

if(TARGET skipbench AND TARGET skipbench_methods)
  parity_test(trace_page 600
    ${PARITY_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/parity/trace_page.py $<TARGET_FILE:skipbench>)
endif()

if(TARGET skipbench)
  parity_test(report_page 600
    ${PARITY_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/parity/report_page.py $<TARGET_FILE:skipbench>)
  parity_test(latex 300
    ${PARITY_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/parity/latex_test.py $<TARGET_FILE:skipbench>)
  parity_test(page_picture 300
    ${CMAKE_SOURCE_DIR}/scripts/page_picture --program $<TARGET_FILE:skipbench>
    ${CMAKE_SOURCE_DIR}/results/h100/speed-llama-8b.db ${CMAKE_BINARY_DIR}/page.png)
  # Installs kvpress on first use: red, not skipped, where that fails.
  parity_test(kvpress_cache 1200
    ${PARITY_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/parity/kvpress_cache.py $<TARGET_FILE:skipbench>)
endif()

# The statistics against SciPy and NumPy.
add_executable(statistics_dump parity/statistics_dump.cpp)
target_link_libraries(statistics_dump PRIVATE skipbench_store)
parity_test(statistics 300
  ${PARITY_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/parity/statistics_test.py
  $<TARGET_FILE:statistics_dump>)
