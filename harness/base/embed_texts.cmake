# Puts text files into the program, so that an installed one needs no data folder.
#
# skipbench_embed_texts(TARGET FUNCTION FOLDER [ENDING...]) adds a source file to TARGET that defines
#   std::span<const EmbeddedText> skipbench::FUNCTION()    (harness/base/embedded_text.h)
# with one entry per file of FOLDER that has one of the endings (txt), by file name. Run as a script
# (-P) it writes that file.
if(CMAKE_SCRIPT_MODE_FILE)
  string(REPLACE "+" ";" endings "${ENDINGS}")
  list(TRANSFORM endings PREPEND "${FOLDER}/*.")
  file(GLOB texts ${endings})
  list(SORT texts)
  set(source "// Written by embed_texts.cmake from ${FOLDER}.\n"
             "#include \"harness/base/embedded_text.h\"\n\n"
             "namespace skipbench {\n\n"
             "std::span<const EmbeddedText> ${FUNCTION}() {\n"
             "  static constexpr EmbeddedText texts[] = {\n")
  string(CONCAT source ${source})
  foreach(text IN LISTS texts)
    get_filename_component(name ${text} NAME_WE)
    file(READ ${text} content)
    string(APPEND source "      {\"${name}\", R\"embedded(${content})embedded\"},\n")
  endforeach()
  string(APPEND source "  };\n  return texts;\n}\n\n}  // namespace skipbench\n")
  file(WRITE ${OUTPUT} "${source}")
  return()
endif()

set(SKIPBENCH_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})
function(skipbench_embed_texts target function folder)
  get_filename_component(folder ${folder} ABSOLUTE)
  set(endings ${ARGN})
  if(NOT endings)
    set(endings txt)
  endif()
  list(TRANSFORM endings PREPEND "${folder}/*." OUTPUT_VARIABLE patterns)
  file(GLOB texts CONFIGURE_DEPENDS ${patterns})
  list(JOIN endings "+" endings)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${function}.cpp)
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DFOLDER=${folder} -DFUNCTION=${function} -DOUTPUT=${output}
            -DENDINGS=${endings} -P ${SKIPBENCH_EMBED_SCRIPT}
    DEPENDS ${texts} ${SKIPBENCH_EMBED_SCRIPT} COMMENT "Embedding ${folder}" VERBATIM)
  target_sources(${target} PRIVATE ${output})
  # FOLDER's texts implement FUNCTION.h beside it, for the hashes of sources (harness/sources).
  file(RELATIVE_PATH texts ${CMAKE_SOURCE_DIR} ${folder})
  get_filename_component(parent ${texts} DIRECTORY)
  set_property(GLOBAL APPEND PROPERTY SKIPBENCH_EMBEDDED "${parent}/${function}=${texts}")
endfunction()
