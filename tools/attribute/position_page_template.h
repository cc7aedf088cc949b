// position_page.html, carried inside the program.
#pragma once

#include <string_view>

namespace limpid {

/// With @TITLE@ and @PAGE@ where those go.
extern const std::string_view kPositionPageTemplate;

}  // namespace limpid
