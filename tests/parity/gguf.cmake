# De-quantisation against the Python package gguf.
if(TARGET skipbench_checkpoint)
  add_executable(gguf_dequantize_dump parity/gguf_dequantize_dump.cpp)
  target_link_libraries(gguf_dequantize_dump PRIVATE skipbench_checkpoint)

  parity_test(gguf 300
    ${PARITY_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/parity/gguf_test.py
    $<TARGET_FILE:gguf_dequantize_dump>)
endif()
