// What there is to say of a picture's file that is read all the same.
#pragma once

#include <functional>
#include <string>

namespace limpid {

/// Is told what a decoder but warns of, where no pixel is missing, and why a colour profile is not applied: a line
/// without its end, which names the file. Empty where nobody wants to know.
using PictureNotes = std::function<void(const std::string&)>;

}  // namespace limpid
