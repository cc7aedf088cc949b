#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "engine/c/call.h"
#include "engine/c/handles.h"
#include "engine/network/describe.h"
#include "weights/hdf5_file.h"
#include "weights/locate.h"

namespace {

using limpid::c::guarded;
using limpid::c::require;

/// Bytes as a file, for as long as it takes to read them: HDF5 opens files by their names.
class TemporaryFile {
 public:
  TemporaryFile(const void* bytes, std::size_t count)
      : path_((std::filesystem::temp_directory_path() / "limpid-weights-XXXXXX").string()) {
    const int file = mkstemp(path_.data());
    if (file < 0) limpid::fail_runtime("'{}': a temporary file cannot be made there", path_);
    const auto* next = static_cast<const std::byte*>(bytes);
    ssize_t written = 0;
    for (; count > 0 && (written = write(file, next, count)) > 0; count -= static_cast<std::size_t>(written))
      next += written;
    close(file);
    if (count == 0) return;
    unlink(path_.c_str());
    limpid::fail_runtime("'{}': the disk has no room for the weights", path_);
  }
  ~TemporaryFile() { unlink(path_.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

limpid_network* handle_of(limpid::Model model) {
  return new limpid_network{std::make_shared<const limpid::Model>(std::move(model))};
}

}  // namespace

limpid_status limpid_network_load(const char* path, limpid_network** network) {
  return guarded([&] {
    require(network, "network");
    *network = nullptr;
    const std::optional<std::filesystem::path> given =
        path == nullptr ? std::nullopt : std::optional<std::filesystem::path>(path);
    *network = handle_of(limpid::read_model(limpid::locate_weights(given)));
  });
}

limpid_status limpid_network_load_bytes(const void* bytes, size_t count, limpid_network** network) {
  return guarded([&] {
    require(network, "network");
    *network = nullptr;
    require(bytes, "bytes");
    const TemporaryFile file(bytes, count);
    *network = handle_of(limpid::read_model(file.path()));
  });
}

void limpid_network_release(limpid_network* network) {
  delete network;
}

limpid_status limpid_network_layers(const limpid_network* network, int32_t height, int32_t width,
                                    char** json) {
  return guarded([&] {
    require(json, "json");
    *json = nullptr;
    require(network, "network");
    auto rows = nlohmann::ordered_json::array();
    for (const limpid::LayerReport& layer : limpid::describe_layers(*network->model, height, width)) {
      rows.push_back({{"name", layer.name},
                      {"alias", layer.alias},
                      {"channels", layer.channels},
                      {"height", layer.height},
                      {"width", layer.width},
                      {"macs", layer.macs},
                      {"receptive_field", layer.receptive_field}});
    }
    *json = limpid::c::given_out(rows.dump());
  });
}

limpid_status limpid_network_labels(const limpid_network* network, char** json) {
  return guarded([&] {
    require(json, "json");
    *json = nullptr;
    require(network, "network");
    *json = limpid::c::given_out(nlohmann::ordered_json(network->model->classes).dump());
  });
}
