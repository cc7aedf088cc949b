#include "tools/kept_folder.h"

#include <system_error>
#include <utility>

#include "kernels/core/file_errors.h"

namespace limpid {

namespace fs = std::filesystem;

KeptFolder::KeptFolder(fs::path folder) : folder_(std::move(folder)) {
  std::error_code error;
  is_new_ = fs::create_directories(folder_, error);
  if (error) fail_write(folder_, error.value());
}

KeptFolder::~KeptFolder() {
  std::error_code error;
  if (is_new_ && fs::is_empty(folder_, error) && !error) fs::remove(folder_, error);
}

}  // namespace limpid
