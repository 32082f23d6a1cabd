# Tokenizer and chat templates against Hugging Face tokenizers and Jinja. The program takes what it
# needs of harness/checkpoint without Torch, whose start-up would cost more than the work.
set(_checkpoint ${CMAKE_SOURCE_DIR}/harness/checkpoint)
add_executable(text_dump parity/text_dump.cpp ${_checkpoint}/gguf/gguf_text.cpp
  ${_checkpoint}/gguf/gguf_file.cpp ${_checkpoint}/gguf/gguf_header.cpp ${_checkpoint}/gguf/gguf_types.cpp)
target_link_libraries(text_dump PRIVATE skipbench_text)

parity_test(tokenizer 900
  ${PARITY_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/parity/tokenizer_test.py $<TARGET_FILE:text_dump>)
parity_test(tokenizer_json 900
  ${PARITY_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/parity/tokenizer_json_test.py
  $<TARGET_FILE:text_dump>)
parity_test(chat_template 120
  ${PARITY_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/parity/chat_template_test.py
  $<TARGET_FILE:text_dump>)
