// Files of decoders: what is read of them, and what is not.
#include <gtest/gtest.h>

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "engine/image/decoder_file.h"
#include "engine/limpid.hpp"
#include "engine/optimize/lane_plan.h"
#include "tests/engine/refusal.h"
#include "tests/engine/some_decoder.h"
#include "tests/weights/support.h"
#include "weights/hdf5_memory_file.h"
#include "weights/hdf5_schema.h"
#include "weights/synthetic.h"

namespace limpid::testing {
namespace {

using test::refusal;

struct Dataset {
  std::string name;
  std::vector<hsize_t> shape;
  std::vector<float> values;
};

/// A file as tools/examples/train_decoder.py writes one, of fp16.
void write_file(const std::filesystem::path& path, int latent, int layers,
                const std::vector<Dataset>& datasets, int version = 1) {
  const Hdf5MemoryFile file;
  for (const auto& [name, value] :
       {std::pair("limpid_decoder", version), std::pair("latent", latent), std::pair("layers", layers)}) {
    const Hdf5Handle space(H5Screate(H5S_SCALAR), H5Sclose);
    const Hdf5Handle attribute(
        H5Acreate2(file.id(), name, H5T_STD_I32LE, space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
    ASSERT_GE(H5Awrite(attribute.get(), H5T_NATIVE_INT, &value), 0);
  }
  for (const Dataset& d : datasets) {
    const Hdf5Handle space(H5Screate_simple(static_cast<int>(d.shape.size()), d.shape.data(), nullptr),
                           H5Sclose);
    const Hdf5Handle creation = timeless_creation(H5P_DATASET_CREATE), half = schema::half_type();
    const Hdf5Handle dataset(H5Dcreate2(file.id(), d.name.c_str(), half.get(), space.get(), H5P_DEFAULT,
                                        creation.get(), H5P_DEFAULT),
                             H5Dclose);
    ASSERT_GE(H5Dwrite(dataset.get(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, d.values.data()), 0);
  }
  file.save(path);
}

/// Small whole numbers, which fp16 holds.
Dataset numbers(const std::string& name, const std::vector<hsize_t>& shape) {
  std::size_t count = 1;
  for (const hsize_t extent : shape) count *= extent;
  Dataset made{name, shape, std::vector<float>(count)};
  for (std::size_t i = 0; i < count; ++i)
    made.values[i] = static_cast<float>(static_cast<int>(i * 7 % 11) - 5);
  return made;
}

/// One layer of each kind: 5 numbers to 2 planes of 2 x 3, twice enlarged, 8 x 12.
std::vector<Dataset> sound() {
  return {numbers("0_dense_weight", {2, 2, 3, 5}),         numbers("0_bias", {2, 2, 3}),
          numbers("1_upconvolution_weight", {2, 4, 4, 4}), numbers("1_bias", {4}),
          numbers("2_resize_weight", {3, 4, 3, 3}),        numbers("2_bias", {3}),
          numbers("3_convolution_weight", {3, 3, 3, 3}),   numbers("3_bias", {3})};
}

TEST(DecoderFile, IsReadAsItWasWritten) {
  const TemporaryFolder folder;
  const auto path = folder / "decoder.h5";
  write_file(path, 5, 4, sound());
  const auto decoder = read_decoder(path);
  EXPECT_EQ(decoder->file, path.string());
  EXPECT_EQ(decoder->sha256.size(), 64U);
  EXPECT_EQ(decoder->latent, 5);
  ASSERT_EQ(decoder->layers.size(), 4U);
  EXPECT_EQ(decoder->height(), 8);
  EXPECT_EQ(decoder->width(), 12);
  EXPECT_EQ(decoder->layers[0].filter, sound()[0].values);
  EXPECT_EQ(decoder->layers[0].bias, sound()[1].values);
  EXPECT_EQ(decoder->layers[1].filter, sound()[2].values);
  EXPECT_EQ(decoder->layers[3].filter, sound()[6].values);
  EXPECT_EQ(decoder->layers[3].bias, sound()[7].values);
}

/// Without a dense layer, which makes pictures of any size.
TEST(DecoderFile, MayHaveALatentThatIsAMap) {
  const TemporaryFolder folder;
  const auto path = folder / "decoder.h5";
  write_file(path, 5, 3,
             {numbers("0_convolution_weight", {2, 5, 3, 3}), numbers("0_bias", {2}),
              numbers("1_upconvolution_weight", {2, 4, 4, 4}), numbers("1_bias", {4}),
              numbers("2_resize_weight", {3, 4, 3, 3}), numbers("2_bias", {3})});
  const auto decoder = read_decoder(path);
  EXPECT_FALSE(decoder->is_dense());
  EXPECT_EQ(decoder->layers[0].filter, numbers("0_convolution_weight", {2, 5, 3, 3}).values);
  EXPECT_EQ(decoder->height(), 4);
  EXPECT_EQ(decoder->width(), 4);
  EXPECT_TRUE(decoder->makes(4, 12));
  EXPECT_FALSE(decoder->makes(6, 12));
}

/// An enlargement by nearest neighbours with a convolution behind it, at every place an output may lie at.
TEST(DecoderFile, AResizedLayerIsTheUpconvolutionThatIsTheSame) {
  const TemporaryFolder folder;
  write_file(folder / "decoder.h5", 5, 4, sound());
  const auto decoder = read_decoder(folder / "decoder.h5");
  const DecoderLayer& up = decoder->layers[2];
  const std::vector<float> filter = sound()[4].values;
  constexpr int kOutputs = 3, kInputs = 4, kSide = 4;
  ASSERT_EQ(up.kind, DecoderLayer::Kind::upconvolution);
  const auto x = [](int y, int x) {
    return y < 0 || x < 0 || y >= kSide || x >= kSide ? 0 : 3 * y * y - 7 * x + y * x + 1;
  };
  for (int out = 0; out < kOutputs; ++out) {
    for (int in = 0; in < kInputs; ++in) {
      for (int i = 0; i < 4 * kSide * kSide; ++i) {
        const int row = i / (2 * kSide), column = i % (2 * kSide);
        float resized = 0, transposed = 0;
        for (int r = -1; r <= 1; ++r) {
          for (int s = -1; s <= 1; ++s) {
            const int y = row + r, z = column + s;
            const bool inside = y >= 0 && z >= 0 && y < 2 * kSide && z < 2 * kSide;
            const float tap =
                filter[static_cast<std::size_t>(((out * kInputs + in) * 3 + r + 1) * 3 + s + 1)];
            if (inside) resized += tap * static_cast<float>(x(y / 2, z / 2));
          }
        }
        for (int r = (row + 1) % 2; r < 4; r += 2) {
          for (int s = (column + 1) % 2; s < 4; s += 2) {
            const float tap = up.filter[static_cast<std::size_t>(((in * kOutputs + out) * 4 + r) * 4 + s)];
            const int y = (row + 1 - r + 4) / 2 - 2, z = (column + 1 - s + 4) / 2 - 2;
            transposed += tap * static_cast<float>(x(y, z));
          }
        }
        ASSERT_EQ(resized, transposed) << out << in << " at " << row << ", " << column;
      }
    }
  }
}

TEST(DecoderFile, IsRefusedInOneLine) {
  const TemporaryFolder folder;
  const auto path = folder / "decoder.h5";
  const auto expect_refusal = [&](const std::string& part, int latent, int layers,
                                  const std::vector<Dataset>& datasets, int version = 1) {
    write_file(path, latent, layers, datasets, version);
    const std::string line = refusal([&] { read_decoder(path); });
    EXPECT_NE(line.find(part), std::string::npos) << line;
    EXPECT_NE(line.find(path.string()), std::string::npos) << line;
  };
  expect_refusal("'0_dense_weight' has not the shape", 6, 4, sound());
  expect_refusal("latent is 0, out of range", 0, 4, sound());
  expect_refusal("layers is 33, out of range", 5, 33, sound());
  expect_refusal("no two layers", 5, 1, sound());
  expect_refusal("'4_convolution_weight' is missing", 5, 5, sound());
  expect_refusal("does not end in three planes", 5, 2, sound());
  expect_refusal("is a decoder of version 2", 5, 4, sound(), 2);
  std::vector<Dataset> changed = sound();
  changed[4].shape = {4, 3, 3, 3};
  expect_refusal("'2_resize_weight' has not the shape", 5, 4, changed);
  changed = sound();
  changed[3].values[1] = 1e9F;
  expect_refusal("'1_bias' holds values that are not finite", 5, 4, changed);
  changed = sound();
  changed[7] = numbers("3_bias", {2});
  expect_refusal("'3_bias' has not the shape", 5, 4, changed);
  write_text(path, "no HDF5");
  EXPECT_NE(refusal([&] { read_decoder(path); }).find("not an HDF5 file"), std::string::npos);
}

TEST(DecoderJob, IsRefusedInOneLine) {
  const Model model = synthetic_model("limpid_default", 1);
  RenderOptions options;
  options.objective = parse_objective("conv2d2:5", model);
  options.height = options.width = 32;
  options.parameters = Decoded{};
  const auto message = [&] { return refusal([&] { check_render_options(options); }); };
  EXPECT_EQ(message(), "pictures that a decoder makes need its file: --decoder FILE.h5");
  options.parameters = Decoded{test::some_decoder(32, 32)};
  EXPECT_EQ(message(), "no error");
  options.parameters = Decoded{test::some_decoder(32, 30)};
  EXPECT_EQ(message(), "the decoder 'decoder.h5' makes pictures of 32x30, and not 32x32: --size 32x30");
  options.parameters = Decoded{test::some_map_decoder(3)};
  EXPECT_EQ(message(), "no error");
  options.width = 36;
  EXPECT_EQ(message(), "the decoder 'map.h5' makes pictures of multiples of 8x8, and 32x36 is none");
  options.width = 32;
  options.parameters = Decoded{test::some_decoder(32, 32)};
  options.colour.grayscale = true;
  EXPECT_EQ(message(), "a decoder makes red, green and blue: it has no gray and no alpha");
  options.colour.grayscale = false;
  Decoder cut = *test::some_decoder(32, 32);
  cut.layers[1].filter.pop_back();
  options.parameters = Decoded{std::make_shared<const Decoder>(cut)};
  EXPECT_EQ(message(),
            "the decoder 'decoder.h5' has a layer 1 of another number of weights than its extents say");
}

}  // namespace
}  // namespace limpid::testing
