# Data and files of a gallery; then its page in a browser.
find_package(nlohmann_json REQUIRED)

limpid_test(gallery_test SANITIZED
  gallery/command_line_test.cpp
  gallery/looks_test.cpp
  gallery/sample_pictures.cpp
  gallery/store_pictures_test.cpp
  gallery/write_gallery_test.cpp
)
target_link_libraries(gallery_test PRIVATE limpid_gallery limpid_tool_support nlohmann_json::nlohmann_json)

if(NOT LIMPID_SANITIZE)  # The page is a script, and what writes it is tested above.
  add_executable(sample_gallery gallery/sample_gallery.cpp gallery/sample_pictures.cpp)
  target_link_libraries(sample_gallery PRIVATE limpid_gallery)
  # Debian's Python, for Debian's Selenium is installed there and nowhere else.
  add_test(NAME GalleryPage.Browser
    COMMAND /usr/bin/python3 ${CMAKE_CURRENT_SOURCE_DIR}/gallery/browser_test.py $<TARGET_FILE:sample_gallery>)
  add_test(NAME PositionPage.Browser
    COMMAND /usr/bin/python3 -B ${CMAKE_CURRENT_SOURCE_DIR}/gallery/positions_test.py $<TARGET_FILE:limpid_tool>)
  set_tests_properties(GalleryPage.Browser PositionPage.Browser PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 300)
endif()

limpid_test(gallery_program_test SANITIZED
  gallery/gallery_program_test.cpp
  gallery/sample_pictures.cpp
)
target_link_libraries(gallery_program_test PRIVATE limpid_gallery limpid_run_program limpid_tool_support)
