# Tokenizer and chat templates against Hugging Face tokenizers and Jinja.
if(TARGET skipbench_checkpoint)
  add_executable(text_dump parity/text_dump.cpp)
  target_link_libraries(text_dump PRIVATE skipbench_checkpoint)

  parity_test(tokenizer 900
    ${PARITY_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/parity/tokenizer_test.py $<TARGET_FILE:text_dump>)
  parity_test(chat_template 120
    ${PARITY_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/parity/chat_template_test.py
    $<TARGET_FILE:text_dump>)
endif()
