# cmake -DSOURCE_DIR= -DOUTPUT= -DVERSION= -DBUILD_FLAGS= -DTORCH_VERSION= -DCUDA_VERSION= -P this
cmake_minimum_required(VERSION 3.25)

# hash_files(OUT FILE...): SHA-256 over "name hash" lines of the files, sorted by name.
function(hash_files out)
  set(files ${ARGN})
  list(SORT files)
  set(lines "")
  foreach(file IN LISTS files)
    file(SHA256 "${SOURCE_DIR}/${file}" hash)
    string(APPEND lines "${file} ${hash}\n")
  endforeach()
  string(SHA256 hash "${lines}")
  set(${out} ${hash} PARENT_SCOPE)
endfunction()

# method_files(OUT STEM): methods/STEM.{h,cpp}, methods/STEM_*.{h,cpp}, and what of methods/ they
# include, transitively. The registry is left out: a new line in the table changes no other method.
function(method_files out stem)
  set(pending ${stem})
  set(seen registry)
  set(files "")
  while(pending)
    list(POP_FRONT pending current)
    if(current IN_LIST seen)
      continue()
    endif()
    list(APPEND seen ${current})
    file(GLOB found RELATIVE "${SOURCE_DIR}"
      "${SOURCE_DIR}/methods/${current}.h" "${SOURCE_DIR}/methods/${current}.cpp"
      "${SOURCE_DIR}/methods/${current}_*.h" "${SOURCE_DIR}/methods/${current}_*.cpp")
    list(APPEND files ${found})
    foreach(file IN LISTS found)
      file(STRINGS "${SOURCE_DIR}/${file}" includes REGEX "^#include \"methods/.*\\.h\"")
      list(TRANSFORM includes REPLACE "^#include \"methods/(.*)\\.h\".*" "\\1")
      list(APPEND pending ${includes})
    endforeach()
  endwhile()
  list(REMOVE_DUPLICATES files)
  set(${out} ${files} PARENT_SCOPE)
endfunction()

function(read_git)
  set(GIT_COMMIT unknown PARENT_SCOPE)
  set(GIT_DIRTY false PARENT_SCOPE)
  # An archive unpacked inside somebody's repository must not claim that repository's commit.
  if(NOT EXISTS "${SOURCE_DIR}/.git")
    return()
  endif()
  execute_process(COMMAND git -C "${SOURCE_DIR}" rev-parse HEAD
    OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(failed)
    return()
  endif()
  set(GIT_COMMIT ${commit} PARENT_SCOPE)
  execute_process(COMMAND git --no-optional-locks -C "${SOURCE_DIR}" status --porcelain --
      kernels methods harness cmake CMakeLists.txt CMakePresets.json
    OUTPUT_VARIABLE changes ERROR_QUIET)
  if(changes)
    set(GIT_DIRTY true PARENT_SCOPE)
  endif()
endfunction()

read_git()

# What decides a row beside its method: the model core, the weights as read, the prompt as made and
# encoded (the tasks with their texts), how it is decoded and measured, and how a reply is scored.
file(GLOB_RECURSE core RELATIVE "${SOURCE_DIR}"
  "${SOURCE_DIR}/kernels/*.h" "${SOURCE_DIR}/kernels/*.cpp"
  "${SOURCE_DIR}/kernels/*.cu" "${SOURCE_DIR}/kernels/*.cuh"
  "${SOURCE_DIR}/harness/checkpoint/*.h" "${SOURCE_DIR}/harness/checkpoint/*.cpp"
  "${SOURCE_DIR}/harness/text/*.h" "${SOURCE_DIR}/harness/text/*.cpp"
  "${SOURCE_DIR}/harness/tasks/*.h" "${SOURCE_DIR}/harness/tasks/*.cpp"
  "${SOURCE_DIR}/harness/tasks/articles/*.txt" "${SOURCE_DIR}/harness/tasks/calibration/*.txt")
foreach(part prompts measure generation fidelity unit self_check)
  list(APPEND core harness/run/${part}.h harness/run/${part}.cpp)
endforeach()
list(FILTER core EXCLUDE REGEX "^kernels/bench/")
hash_files(CORE_HASH ${core})

file(GLOB_RECURSE all_methods RELATIVE "${SOURCE_DIR}"
  "${SOURCE_DIR}/methods/*.h" "${SOURCE_DIR}/methods/*.cpp")
list(REMOVE_ITEM all_methods methods/registry.cpp methods/registry.h)
hash_files(ALL_METHODS_HASH ${all_methods})

set(METHOD_ROWS "")
file(GLOB sources RELATIVE "${SOURCE_DIR}/methods" "${SOURCE_DIR}/methods/*.cpp")
list(SORT sources)
list(REMOVE_ITEM sources registry.cpp)
foreach(source IN LISTS sources)
  string(REGEX REPLACE "\\.cpp$" "" stem "${source}")
  method_files(files ${stem})
  hash_files(hash ${files})
  string(APPEND METHOD_ROWS "    {\"${stem}\", \"${hash}\"},\n")
endforeach()
if(NOT METHOD_ROWS)  # an array needs a row
  set(METHOD_ROWS "    {\"\", \"\"},\n")
endif()

# configure_file leaves an unchanged file alone.
configure_file("${CMAKE_CURRENT_LIST_DIR}/build_info.cpp.in" "${OUTPUT}" @ONLY)
