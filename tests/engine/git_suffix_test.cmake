# The version's commit is that of limpid's own repository, and of no other around it.
# usage: cmake -DSOURCE=<the project> -DSCRATCH=<an empty folder> -P git_suffix_test.cmake
cmake_minimum_required(VERSION 3.25)
include(${SOURCE}/engine/git_suffix.cmake)
find_package(Git QUIET)
if(NOT GIT_FOUND)
  message("SKIPPED: there is no git")
  return()
endif()

function(expect_suffix folder pattern)
  limpid_git_suffix(${folder} suffix)
  if(NOT suffix MATCHES "${pattern}")
    message(FATAL_ERROR "${folder}: the suffix is '${suffix}', not ${pattern}")
  endif()
endfunction()

file(REMOVE_RECURSE ${SCRATCH})
file(MAKE_DIRECTORY "${SCRATCH}/outer/third party/limpid")
expect_suffix("${SCRATCH}/outer/third party/limpid" "^$")
set(git ${GIT_EXECUTABLE} -c user.name=nobody -c user.email=nobody@example.org -c commit.gpgsign=false)
foreach(folder "${SCRATCH}/outer" "${SCRATCH}/outer/third party/limpid")
  execute_process(COMMAND ${git} init --quiet ${folder} COMMAND_ERROR_IS_FATAL ANY)
  expect_suffix(${folder} "^$")  # Without a commit.
  execute_process(COMMAND ${git} commit --quiet --allow-empty --message first WORKING_DIRECTORY ${folder}
    COMMAND_ERROR_IS_FATAL ANY)
  expect_suffix(${folder} "^\\+[0-9a-f]+$")
  if(folder STREQUAL "${SCRATCH}/outer")
    expect_suffix("${SCRATCH}/outer/third party/limpid" "^$")
  endif()
endforeach()
file(CREATE_LINK "${SCRATCH}/outer" "${SCRATCH}/link" SYMBOLIC)
expect_suffix("${SCRATCH}/link" "^\\+[0-9a-f]+$")
file(REMOVE_RECURSE ${SCRATCH})
