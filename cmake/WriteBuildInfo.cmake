# cmake -DSOURCE_DIR= -DOUTPUT= -DVERSION= -DBUILD_FLAGS= -DTORCH_VERSION= -DCUDA_VERSION= -P this
cmake_minimum_required(VERSION 3.25)

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

# configure_file leaves an unchanged file alone.
configure_file("${CMAKE_CURRENT_LIST_DIR}/build_info.cpp.in" "${OUTPUT}" @ONLY)
