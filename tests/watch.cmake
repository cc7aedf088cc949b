# limpid watch: its server from outside, then its page in a browser.
if(LIMPID_SANITIZE)  # Both wait for many updates; what runs beneath is tested in job_test.
  return()
endif()

# Debian's Python, for Debian's Selenium is installed there and nowhere else.
foreach(part Server Browser)
  add_test(NAME WatchPage.${part}
    COMMAND /usr/bin/python3 -B ${CMAKE_CURRENT_SOURCE_DIR}/watch/page_test.py ${part} $<TARGET_FILE:limpid_tool>)
  set_tests_properties(WatchPage.${part} PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 300)
endforeach()
