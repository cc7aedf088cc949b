#include "tools/grid/store_name.h"

#include <filesystem>
#include <system_error>

namespace limpid {

std::string store_named(const std::string& name) {
  std::error_code error;
  const std::string whole = name + ".limpid";
  const bool meant = !std::filesystem::exists(name, error) && std::filesystem::is_directory(whole, error);
  return meant ? whole : name;
}

}  // namespace limpid
