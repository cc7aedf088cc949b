// The names and types of the weights file, described for readers of the file in weights/README.md.
#pragma once

#include <array>
#include <string_view>
#include <utility>

#include "weights/hdf5_handle.h"
#include "weights/model.h"

namespace limpid::schema {

inline constexpr int kVersion = 1;

inline constexpr const char* kVersionName = "limpid_schema";
inline constexpr const char* kNetworkName = "network";
inline constexpr const char* kNetwork = "InceptionV1";
inline constexpr const char* kFamily = "family";
inline constexpr const char* kSource = "source";
inline constexpr const char* kSha256 = "sha256";
inline constexpr const char* kLicence = "licence";
inline constexpr const char* kTraining = "training";
inline constexpr const char* kPadding = "padding";
inline constexpr const char* kLrn = "lrn";
inline constexpr const char* kLrnRadius = "lrn_radius";
inline constexpr const char* kLrnAlpha = "lrn_alpha";
inline constexpr const char* kLrnBeta = "lrn_beta";
inline constexpr const char* kLrnBias = "lrn_bias";
inline constexpr const char* kInputOrder = "input_order";
inline constexpr const char* kInputScale = "input_scale";
inline constexpr const char* kInputMean = "input_mean";
inline constexpr const char* kInputSize = "input_size";
inline constexpr const char* kClasses = "classes";
inline constexpr const char* kFilter = "filter";
inline constexpr const char* kBias = "bias";

/// A picture in [0, 1] times this, minus the mean, is what the network reads.
inline constexpr float kScale = 255;

inline constexpr std::array<std::pair<Padding, std::string_view>, 3> kPaddings = {{
    {Padding::tf_same, "tf_same"},
    {Padding::caffe, "caffe"},
    {Padding::symmetric, "symmetric"},
}};
inline constexpr std::array<std::pair<bool, std::string_view>, 2> kLrnKinds = {{
    {false, "none"},
    {true, "across_channels"},
}};
inline constexpr std::array<std::pair<ChannelOrder, std::string_view>, 2> kOrders = {{
    {ChannelOrder::rgb, "rgb"},
    {ChannelOrder::bgr, "bgr"},
}};

/// IEEE binary16, little endian, which HDF5 has no name for.
inline Hdf5Handle half_type() {
  Hdf5Handle type(H5Tcopy(H5T_IEEE_F32LE), H5Tclose);
  H5Tset_fields(type.get(), 15, 10, 5, 0, 10);
  H5Tset_size(type.get(), 2);
  H5Tset_ebias(type.get(), 15);
  return type;
}

/// Strings of `size` bytes, UTF-8, padded with zeros.
inline Hdf5Handle string_type(std::size_t size) {
  Hdf5Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.get(), size);
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
  return type;
}

}  // namespace limpid::schema
