// Bytes as text, for documents that hold pictures.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace limpid {

/// RFC 4648, section 4, padded, in one line.
std::string to_base64(std::string_view bytes);

/// What `to_base64` made the text of; none where it made no such text.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace limpid
