# LibTorch from the Python package in the virtual environment (or SKIPBENCH_TORCH).
#
# The imported target names the libraries itself instead of find_package(Torch): that one demands a
# CUDA toolkit whenever the package was built with CUDA, also for a CPU build.
if(DEFINED ENV{SKIPBENCH_CACHE})
  set(_default_venv "$ENV{SKIPBENCH_CACHE}/venv")
else()
  set(_default_venv "${CMAKE_SOURCE_DIR}/.venv")
endif()
set(SKIPBENCH_VENV "${_default_venv}" CACHE PATH "Virtual environment that holds torch")
file(GLOB _torch_found "${SKIPBENCH_VENV}/lib/python3*/site-packages/torch")
list(APPEND _torch_found "")
list(GET _torch_found 0 _torch_default)
if(NOT SKIPBENCH_TORCH)
  unset(SKIPBENCH_TORCH CACHE)  # an earlier configuration found none
endif()
set(SKIPBENCH_TORCH "${_torch_default}" CACHE PATH "The torch package: include/ and lib/ inside")
if(NOT EXISTS "${SKIPBENCH_TORCH}/lib/libtorch_cpu.so")
  message(FATAL_ERROR
    "No LibTorch: '${SKIPBENCH_VENV}' holds no package torch. One of\n"
    "  scripts/bootstrap                           installs it there, then configure again\n"
    "  -DSKIPBENCH_TORCH=<site-packages>/torch     takes another one\n"
    "  -DSKIPBENCH_ENGINE=OFF                      builds score, report, compare and merge alone")
endif()

if(SKIPBENCH_CUDA STREQUAL "AUTO")
  find_package(CUDAToolkit 13.0 QUIET)
  set(SKIPBENCH_WITH_CUDA ${CUDAToolkit_FOUND})
else()
  set(SKIPBENCH_WITH_CUDA ${SKIPBENCH_CUDA})
  if(SKIPBENCH_WITH_CUDA)
    find_package(CUDAToolkit 13.0 REQUIRED)
  endif()
endif()
message(STATUS "CUDA engine: ${SKIPBENCH_WITH_CUDA}")

get_filename_component(_site_packages "${SKIPBENCH_TORCH}" DIRECTORY)
file(GLOB _nvidia_libs "${_site_packages}/nvidia/*/lib")

# torch/include carries a newer fmt of its own, which would not match the fmt library linked here:
# a folder searched before it shows the system's headers.
get_target_property(_fmt_include fmt::fmt INTERFACE_INCLUDE_DIRECTORIES)
list(GET _fmt_include 0 _fmt_include)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/system_include)
file(CREATE_LINK ${_fmt_include}/fmt ${CMAKE_BINARY_DIR}/system_include/fmt SYMBOLIC)

add_library(skipbench_torch INTERFACE)
target_include_directories(skipbench_torch SYSTEM INTERFACE ${CMAKE_BINARY_DIR}/system_include
  ${SKIPBENCH_TORCH}/include ${SKIPBENCH_TORCH}/include/torch/csrc/api/include)
target_link_directories(skipbench_torch INTERFACE ${SKIPBENCH_TORCH}/lib)
target_link_libraries(skipbench_torch INTERFACE torch_cpu c10)
# Without OpenMP at::parallel_for is a plain loop. Linked is the library that LibTorch uses itself:
# two of them would fight for the cores.
file(GLOB _gomp "${SKIPBENCH_TORCH}/lib/libgomp*.so*" "${_site_packages}/torch.libs/libgomp*.so*")
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND _gomp)
  list(GET _gomp 0 _gomp)
  set(SKIPBENCH_OPENMP -fopenmp)
  # Everywhere: precompiled headers are shared with targets that have nothing to do with LibTorch.
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:${SKIPBENCH_OPENMP}>)
  target_link_libraries(skipbench_torch INTERFACE ${_gomp})
else()
  message(WARNING "norms, rotation and loading of weights use one thread on the CPU: for more, build "
    "with g++ and a LibTorch that has its libgomp beside it, as scripts/bootstrap installs it")
endif()
# DT_RPATH, unlike DT_RUNPATH, also serves the libraries that libtorch itself loads.
target_link_options(skipbench_torch INTERFACE
  -Wl,--disable-new-dtags -Wl,-rpath,${SKIPBENCH_TORCH}/lib)
foreach(dir IN LISTS _nvidia_libs)
  target_link_options(skipbench_torch INTERFACE -Wl,-rpath,${dir} -Wl,-rpath-link,${dir})
endforeach()
if(SKIPBENCH_WITH_CUDA)
  target_compile_definitions(skipbench_torch INTERFACE SKIPBENCH_WITH_CUDA=1)
  target_include_directories(skipbench_torch SYSTEM INTERFACE ${CUDAToolkit_INCLUDE_DIRS})
  target_link_libraries(skipbench_torch INTERFACE
    -Wl,--no-as-needed torch_cuda c10_cuda -Wl,--as-needed CUDA::cudart)
  target_link_options(skipbench_torch INTERFACE
    -Wl,-rpath,${CUDAToolkit_LIBRARY_DIR} -Wl,-rpath-link,${CUDAToolkit_LIBRARY_DIR})
endif()
