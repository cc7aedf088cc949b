#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
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

/// Bytes as a file without a name.
class MemoryFile {
 public:
  MemoryFile(const void* bytes, std::size_t count) : file_(memfd_create("limpid weights", MFD_CLOEXEC)) {
    if (file_ < 0) limpid::fail_runtime("there is no room for weights in memory");
    const auto* next = static_cast<const std::byte*>(bytes);
    while (count > 0) {
      const ssize_t written = write(file_, next, count);
      if (written <= 0) {
        close(file_);
        limpid::fail_runtime("there is no room for weights in memory");
      }
      next += written;
      count -= static_cast<std::size_t>(written);
    }
  }
  ~MemoryFile() { close(file_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  std::filesystem::path path() const { return "/proc/self/fd/" + std::to_string(file_); }

 private:
  int file_;
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
    const MemoryFile file(bytes, count);
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
