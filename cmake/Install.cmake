# cmake --install build/release --prefix P: a program that needs neither the checkout nor its build.
#   bin/               skipbench, and skipbench-bench where it was built
#   share/skipbench/   experiments with presets, the scripts that fetch models and data, the Chinese
#                      word list where it was fetched
#   share/...          documents, and the completions of three shells
# LibTorch is not copied (it is 2 GB): the program finds it by RPATH where it was at build time
# (SKIPBENCH_TORCH), so that the virtual environment has to stay.
include(GNUInstallDirs)
set(_data ${CMAKE_INSTALL_DATADIR}/skipbench)
set(_scripts ${CMAKE_SOURCE_DIR}/scripts)

set_target_properties(skipbench PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
install(TARGETS skipbench RUNTIME)
if(TARGET skipbench_bench)
  set_target_properties(skipbench_bench PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
  install(TARGETS skipbench_bench RUNTIME OPTIONAL)
endif()

install(DIRECTORY experiments DESTINATION ${_data})
install(PROGRAMS ${_scripts}/fetch_model ${_scripts}/fetch_jieba ${_scripts}/fetch_longbench
  DESTINATION ${_data}/scripts)
install(FILES ${_scripts}/lib.sh ${_scripts}/fetch_model.py ${_scripts}/models.json
  ${_scripts}/longbench_files.txt DESTINATION ${_data}/scripts)
install(FILES README.md CONTRIBUTING.md LICENSE THIRD_PARTY.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(_cache "${CMAKE_SOURCE_DIR}/.cache")
if(DEFINED ENV{SKIPBENCH_CACHE})
  set(_cache "$ENV{SKIPBENCH_CACHE}")
endif()
install(DIRECTORY ${_cache}/jieba-0.42.1 DESTINATION ${_data} OPTIONAL)

# The program prints its own completions.
function(skipbench_install_completion shell folder file)
  install(CODE "
    set(target \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DATADIR}/${folder}\")
    file(MAKE_DIRECTORY \"\${target}\")
    execute_process(COMMAND \"$<TARGET_FILE:skipbench>\" completion ${shell}
      OUTPUT_FILE \"\${target}/${file}\" COMMAND_ERROR_IS_FATAL ANY)")
endfunction()
skipbench_install_completion(bash bash-completion/completions skipbench)
skipbench_install_completion(zsh zsh/site-functions _skipbench)
skipbench_install_completion(fish fish/vendor_completions.d skipbench.fish)
