# De-quantisation against the Python package gguf.
add_executable(gguf_dequantize_dump parity/gguf_dequantize_dump.cpp
  ${CMAKE_SOURCE_DIR}/harness/checkpoint/gguf/gguf_dequantize.cpp
  ${CMAKE_SOURCE_DIR}/harness/checkpoint/gguf/gguf_types.cpp)
target_link_libraries(gguf_dequantize_dump PRIVATE skipbench_base)

parity_test(gguf 300
  ${PARITY_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/parity/gguf_test.py
  $<TARGET_FILE:gguf_dequantize_dump>)
