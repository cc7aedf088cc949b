// viewer.html, carried inside the program.
#pragma once

#include <string_view>

namespace limpid {

/// With @TITLE@ and @SHEET@ where those go.
extern const std::string_view kViewerTemplate;

}  // namespace limpid
