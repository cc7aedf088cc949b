// A layer's report as JSON: what `limpid layers --json` prints and limpid_network_layers gives out.
#pragma once

#include <nlohmann/json.hpp>

#include "engine/network/describe.h"

namespace limpid {

/// nlohmann's own way to make JSON of a type: a vector of reports becomes an array by itself.
inline void to_json(nlohmann::ordered_json& json, const LayerReport& layer) {
  json = {{"name", layer.name},
          {"alias", layer.alias},
          {"channels", layer.channels},
          {"height", layer.height},
          {"width", layer.width},
          {"macs", layer.macs},
          {"receptive_field", layer.receptive_field}};
}

}  // namespace limpid
