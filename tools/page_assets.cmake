# limpid_raw_string(<variable> <files>...): the text of these files, one after the other, as a literal of C++. What goes into
# the program need not be installed or found.
function(limpid_raw_string variable)
  set(text "")
  foreach(file IN LISTS ARGN)
    file(READ ${file} bytes)
    string(APPEND text "${bytes}")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  endforeach()
  set(${variable} "R\"limpid(${text})limpid\"" PARENT_SCOPE)
endfunction()

# How all pages begin to look: before the style of one.
set(LIMPID_PAGE_STYLE ${CMAKE_CURRENT_LIST_DIR}/page.css)

# limpid_page_file(<variable> <file>): a page's file likewise, a style sheet behind that of all pages.
function(limpid_page_file variable file)
  set(files ${file})
  if(file MATCHES "\\.css$")
    list(PREPEND files ${LIMPID_PAGE_STYLE})
  endif()
  limpid_raw_string(literal ${files})
  set(${variable} "${literal}" PARENT_SCOPE)
endfunction()
