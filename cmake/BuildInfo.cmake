# Target skipbench_build_info: what the program was built from, for provenance (harness/machine/build_info.h).
#
# Two sources are written at every build, each only when a value in it changed, so an unchanged tree
# relinks nothing: commit and flags by a script, and what rows come from by a program of ours.
set(_flags "${CMAKE_BUILD_TYPE} ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}")
string(TOUPPER "${CMAKE_BUILD_TYPE}" _type)
string(APPEND _flags " ${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${_type}} ${SKIPBENCH_OPENMP}")
if(SKIPBENCH_SANITIZE)
  string(APPEND _flags " -fsanitize=${SKIPBENCH_SANITIZE}")
endif()
if(SKIPBENCH_WITH_CUDA AND CMAKE_CUDA_COMPILER)
  list(JOIN CMAKE_CUDA_ARCHITECTURES " " _architectures)
  string(APPEND _flags " nvcc ${CMAKE_CUDA_COMPILER_VERSION} sm ${_architectures}")
endif()
string(REGEX REPLACE " +" " " _flags "${_flags}")
string(STRIP "${_flags}" _flags)

set(_torch_version "")
if(SKIPBENCH_ENGINE AND EXISTS "${SKIPBENCH_TORCH}/version.py")
  file(STRINGS "${SKIPBENCH_TORCH}/version.py" _line REGEX "^__version__")
  string(REGEX REPLACE ".*['\"]([^'\"]+)['\"].*" "\\1" _torch_version "${_line}")
endif()
set(_cuda_version "")
if(SKIPBENCH_WITH_CUDA)
  set(_cuda_version "${CUDAToolkit_VERSION}")
endif()

set(_build_info ${CMAKE_BINARY_DIR}/generated/build_info.cpp)
set(_source_hashes ${CMAKE_BINARY_DIR}/generated/source_hashes.cpp)
get_property(_embedded GLOBAL PROPERTY SKIPBENCH_EMBEDDED)
add_custom_target(skipbench_build_info_refresh
  COMMAND ${CMAKE_COMMAND}
    "-DSOURCE_DIR=${CMAKE_SOURCE_DIR}"
    "-DOUTPUT=${_build_info}"
    "-DVERSION=${PROJECT_VERSION}"
    "-DBUILD_FLAGS=${_flags}"
    "-DTORCH_VERSION=${_torch_version}"
    "-DCUDA_VERSION=${_cuda_version}"
    -P ${CMAKE_SOURCE_DIR}/cmake/WriteBuildInfo.cmake
  COMMAND write_source_hashes ${CMAKE_SOURCE_DIR} ${_source_hashes} ${_embedded}
  BYPRODUCTS ${_build_info} ${_source_hashes}
  COMMENT "Reading commit and source hashes"
  VERBATIM)
add_library(skipbench_build_info STATIC ${_build_info} ${_source_hashes})
target_link_libraries(skipbench_build_info PUBLIC skipbench_sources)
add_dependencies(skipbench_build_info skipbench_build_info_refresh)
