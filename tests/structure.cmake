# What holds for the sources themselves: which floor includes which, format, and that the documents'
# commands and examples work.
find_package(Python3 REQUIRED COMPONENTS Interpreter)

add_test(NAME structure/includes
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/structure/includes.py
    ${CMAKE_SOURCE_DIR})

# Every script answers --help.
add_test(NAME structure/script_help
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/structure/script_help.py
    ${CMAKE_SOURCE_DIR})

add_test(NAME structure/format COMMAND ${CMAKE_SOURCE_DIR}/scripts/format --check)
# Without clang-format the script ends with code 2, and the test is listed as skipped.
set_tests_properties(structure/format PROPERTIES SKIP_RETURN_CODE 2)

# Calls scripts/fetch_longbench on folders of its own; nothing is downloaded.
add_test(NAME structure/fetch_longbench
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/structure/fetch_longbench.py
    ${CMAKE_SOURCE_DIR})

# Calls scripts/fetch_model with tiny models and a stand-in for pip; nothing is downloaded.
add_test(NAME structure/fetch_model
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/structure/fetch_model.py
    ${CMAKE_SOURCE_DIR})

if(TARGET skipbench AND TARGET skipbench_methods)
  add_test(NAME structure/documents
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/structure/documents.py
      ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR})
  set_tests_properties(structure/documents PROPERTIES TIMEOUT 1500 COST 300
    ENVIRONMENT ${ONE_THREAD})
endif()

# Installs into a folder of its own and works from there, shell completion included.
if(TARGET skipbench)
  add_test(NAME structure/install
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/structure/install.py
      ${CMAKE_BINARY_DIR} $<BOOL:${SKIPBENCH_ENGINE}>)
  set_tests_properties(structure/install PROPERTIES TIMEOUT 300)
endif()

# Committed tables are what their databases say.
if(TARGET skipbench)
  add_test(NAME structure/results COMMAND ${CMAKE_SOURCE_DIR}/scripts/regenerate_tables --check
    --program $<TARGET_FILE:skipbench>)
  set_tests_properties(structure/results PROPERTIES TIMEOUT 300)
endif()
