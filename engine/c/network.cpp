#include <cstddef>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include "engine/c/call.h"
#include "engine/c/handles.h"
#include "engine/network/layer_json.h"
#include "weights/hdf5_file.h"
#include "weights/locate.h"

namespace {

using limpid::c::guarded;
using limpid::c::require;

using limpid::c::WeightsOrigin;

limpid_network* handle_of(limpid::Model model, WeightsOrigin origin) {
  return new limpid_network{std::make_shared<const limpid::Model>(std::move(model)), std::move(origin)};
}

}  // namespace

limpid_status limpid_network_load(const char* path, limpid_network** network) {
  return guarded([&] {
    require(network, "network");
    *network = nullptr;
    const std::optional<std::filesystem::path> given =
        path == nullptr ? std::nullopt : std::optional<std::filesystem::path>(path);
    const std::filesystem::path file = limpid::locate_weights(given);
    WeightsOrigin origin = WeightsOrigin::of_file(file);
    *network = handle_of(limpid::read_model(limpid::Hdf5Source(file)), std::move(origin));
  });
}

limpid_status limpid_network_load_bytes(const void* bytes, size_t count, limpid_network** network) {
  return guarded([&] {
    require(network, "network");
    *network = nullptr;
    require(bytes, "bytes");
    const std::string_view file(static_cast<const char*>(bytes), count);
    limpid::Model model = limpid::read_model(limpid::Hdf5Source(file, "the weights given as bytes"));
    *network = handle_of(std::move(model), WeightsOrigin::of_bytes(file));
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
    const nlohmann::ordered_json rows = limpid::describe_layers(*network->model, height, width);
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
