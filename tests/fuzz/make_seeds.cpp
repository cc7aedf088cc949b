// Writes the seeds of the fuzz targets: the smallest files of each format that are accepted.
#include <fmt/core.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <vector>

#include "engine/grid/tile_file_writer.h"
#include "engine/image/prior_file.h"
#include "tests/weights/caffe_writer.h"
#include "tests/weights/graph_def_writer.h"
#include "tests/weights/npz_writer.h"
#include "tests/weights/onnx_writer.h"
#include "tests/weights/state_dict_writer.h"
#include "tools/atlas/atlas_file.h"
#include "weights/append_layer.h"
#include "weights/families.h"
#include "weights/hdf5_file.h"
#include "weights/layer_shapes.h"
#include "weights/topology.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;

/// Layers of one channel each.
Model thin_model(std::string_view family_name) {
  Model model = empty_model(family(family_name));
  model.provenance.source = "thin";
  LayerShapes shapes("thin");
  for (const LayerSpec& spec : inception_layers()) {
    const std::uint64_t c = shapes.input_channels(spec);
    const auto size = static_cast<std::uint64_t>(spec.size);
    shapes.check(spec, spec.name, std::array<std::uint64_t, 4>{1, c, size, size},
                 std::array<std::uint64_t, 1>{1});
    model.layers.push_back(
        {spec.name, 1, static_cast<int>(c), spec.size, std::vector<float>(c * size * size, 0.5F), {1.0F}});
  }
  return model;
}

/// With layers appended that keep some of their values.
Model with_gates(Model model) {
  AppendedLayer jump{"conv2d1", true, {"jump", 1, 1, 1, {0.5F}, {1.0F}, {0.25F}}, {ReluGate::threshold, 0}};
  jump.reads_pre_relu = true;
  append_layer(model, jump, "seeds");
  append_layer(model, {"jump", true, {"top", 1, 1, 1, {0.5F}, {1.0F}}, {ReluGate::top_k, 1}}, "seeds");
  return model;
}

void write(const fs::path& path, std::string_view bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

/// A file for each text, named by its number.
void write_texts(const fs::path& folder, const std::vector<std::string_view>& texts) {
  for (std::size_t i = 0; i < texts.size(); ++i) write(folder / std::to_string(i), texts[i]);
}

/// As in tiles_fuzz.cpp: four jobs of 2 x 2 pixels, of which the last failed.
void write_tiles(const fs::path& folder) {
  fs::create_directories(folder);
  std::vector<StoredTile> tiles;
  std::vector<TileRow> rows;
  for (int job = 0; job < 4; ++job) {
    StoredTile tile{job,        2, 2, std::vector<std::uint8_t>(12, 7), std::vector<float>(12, 0.5F),
                    {1.0, 2.0}, ""};
    if (job == 3) tile = {job, 2, 2, {}, {}, {1.0}, "a failure"};
    rows.push_back(row_of(tile));
    tiles.push_back(std::move(tile));
  }
  write_tile_file({folder / "four", folder / ".four.tmp", std::string(64, 'a')}, rows,
                  [&](std::size_t i) { return tiles[i]; });
}

void write_prior(const fs::path& folder) {
  fs::create_directories(folder);
  Prior prior;
  prior.pictures = 1;
  prior.colours.matrix = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
  prior.height = prior.width = 2;
  prior.magnitude.assign(12, 0.5F);
  write_prior(prior, folder / "small");
}

/// One vector of one channel, and the same with all that an atlas may have.
void write_atlases(const fs::path& folder) {
  fs::create_directories(folder);
  Atlas atlas;
  atlas.weights = {std::string(64, 'a'), "thin", "thin.h5", "thin.h5"};
  atlas.layer = "mixed4d";
  atlas.channels = 1;
  atlas.pictures.resize(1);
  atlas.places = {1, 1};
  atlas.vectors = {0.5F};
  write_atlas(atlas, folder / "collected");
  atlas.classes = 1;
  atlas.effects = {1.0F};
  atlas.layout = {0.25F, 0.75F};
  write_atlas(atlas, folder / "laid_out");
}

/// Objectives and lists of transforms.
void write_expressions(const fs::path& folder) {
  write_texts(folder / "objective",
              {
                  "mixed4a:11",
                  "-mixed4d:139:pre",
                  "mixed4a:11@7,7",
                  "mixed4a",
                  "logits:281",
                  "softmax:207",
                  "logits:class 3",
                  "conv2d0:pre:5",
                  "mixed3a@4",
                  "inception_4a/3x3_reduce:2",
                  "0.5*mixed4a:11 + mixed4b:3 - 0.1*tv",
                  "mix(mixed4a:476, mixed4a:460, t=0.3)",
                  "2*mix(mixed4a:1, mixed4b:2:pre) - l1(centre=0.25)",
                  "dir(mixed4a:pre, v.npy, cossim=2)@7,7",
                  "dir(mixed4a, random:7)@c",
                  "patch(mixed4a, p.h5) + match(a.jpg, mixed3b)",
                  "caricature(a.jpg, mixed4c, cossim=1)",
                  "style(a.jpg, conv2d2, mixed3a)",
                  "mixed4a:3 + 20*diversity(mixed4a) + align(mixed3a)",
                  "mixed4a:1 - l2 - blur - boundary(frame=8, centre=0.5) - distance(a.jpg)",
                  R"(match("photo (1), ""so"".jpg", mixed3b) - distance('it''s.png'))",
                  "cosine(mixed4a:pre, v.npy)@7,7",
              });
  write_texts(
      folder / "transforms",
      {
          "none",
          "pad(12,0.5) jitter(8) scale(0.9..1.1) rotate(-10..10) jitter(4)",
          "pad(16,reflect) flip shear(-8..8) homography crop(160)",
          "blur(0..1.5) noise(0.05) contrast(0.8..1.2) saturation(0.7..1.3) brightness(1) hue(-20..20)",
          "rotate(-20..19,-10..9,5*0) scale(0.8..1.25^9)",
          "homography(3,2.5,2.5,0.01,0.0001,2) crop(160x120,centre) scale(0.9,1,1.1) jitter(3)",
          "lucid: pad(12,0.5) jitter(8) scale(0.9..1.1) rotate(-10..10) jitter(4)",
          "lucent: pad(2,reflect) scale(0.9,1,1.1) jitter(4)",
          "captum: scale(1,0.975,1.025,0.95,1.05) jitter(16)",
      });
}

/// One of each layout, of two features over two channels.
void write_dictionaries(const fs::path& folder) {
  const std::vector<float> square = {1, 2, 3, 4}, row = {1, 2};
  const testing::StateDict lens = {
      {"W_enc", {2, 2}, square}, {"b_enc", {2}, row}, {"W_dec", {2, 2}, square}, {"b_dec", {2}, row}};
  write(folder / "sae_lens", testing::safetensors_bytes(lens, "F32"));
  testing::Entries arrays = {{"k.npy", testing::npy("<i4", "", std::string_view("\1\0\0\0", 4))}};
  for (const testing::StateTensor& tensor : lens) {
    arrays[tensor.name + ".npy"] =
        testing::npy("<f4", tensor.shape.size() == 2 ? "2, 2" : "2,", testing::data_as("<f4", tensor.values));
  }
  testing::write_zip(folder / "arrays", arrays);
  const testing::StateDict linear = {{"encoder.weight", {2, 2}, square},
                                     {"encoder.bias", {2}, row},
                                     {"decoder.weight", {2, 2}, square},
                                     {"b_dec", {2}, row},
                                     {"k", {}, {1}}};
  testing::write_zip(folder / "dictionary_learning", testing::pth_entries(linear, "FloatStorage"));
  const testing::StateDict overcomplete = {
      {"encoder.final_block.0.weight", {2, 2}, square}, {"encoder.final_block.0.bias", {2}, row},
      {"encoder.final_block.1.running_mean", {2}, row}, {"encoder.final_block.1.running_var", {2}, row},
      {"dictionary._weights", {2, 2}, square},          {"thresholds", {2}, row}};
  testing::write_zip(folder / "overcomplete", testing::pth_entries(overcomplete, "FloatStorage"));
  write(folder / "vectors", testing::npy("<f4", "2, 2", testing::data_as("<f4", square)));
}

void write_seeds(const fs::path& folder) {
  using testing::OnnxForm;
  using testing::OnnxStorage;
  const Model bvlc = thin_model("bvlc_googlenet");
  write(folder / "caffe/current", testing::to_caffe(bvlc).SerializeAsString());
  write(folder / "caffe/v1", testing::to_caffe_v1(bvlc, {true, true}).SerializeAsString());

  const Model inception5h = thin_model("inception5h");
  write(folder / "graph_def/content", testing::to_graph_def(inception5h).SerializeAsString());
  write(folder / "graph_def/floats",
        testing::to_graph_def(inception5h, testing::GraphDefStorage::floats).SerializeAsString());
  write(folder / "graph_def/halves",
        testing::to_graph_def(inception5h, testing::GraphDefStorage::halves).SerializeAsString());

  OnnxForm form;
  write(folder / "onnx/raw", testing::to_onnx(bvlc, form).SerializeAsString());
  form.storage = OnnxStorage::floats;
  form.gemm = false;
  write(folder / "onnx/floats", testing::to_onnx(bvlc, form).SerializeAsString());
  form = {OnnxStorage::halves, {}, {}, false, true, true};
  write(folder / "onnx/same", testing::to_onnx(inception5h, form).SerializeAsString());

  const Model ours = thin_model("limpid_default");
  fs::create_directories(folder / "npz");
  testing::Entries entries = testing::to_entries(ours, "<f4", true);
  testing::write_zip(folder / "npz/caffe_names", entries);
  entries = testing::to_entries(ours, "<f2", false);
  entries["classes.npy"] = testing::npy("<U1", "1,", std::string_view("a\0\0\0", 4));
  testing::write_zip(folder / "npz/canonical_names", entries);

  using testing::StateDict;
  const StateDict canonical = testing::canonical_state_dict(ours);
  const StateDict lucent = testing::lucent_state_dict(inception5h);
  const StateDict captum = testing::captum_state_dict(inception5h);
  fs::create_directories(folder / "pth");
  testing::write_zip(folder / "pth/canonical", testing::pth_entries(canonical, "FloatStorage"));
  testing::write_zip(folder / "pth/lucent", testing::pth_entries(lucent, "BFloat16Storage"));
  write(folder / "safetensors/canonical", testing::safetensors_bytes(canonical, "F32"));
  write(folder / "safetensors/lucent", testing::safetensors_bytes(lucent, "F16"));
  write(folder / "safetensors/captum", testing::safetensors_bytes(captum, "BF16"));

  fs::create_directories(folder / "hdf5");
  Model labelled = bvlc;
  labelled.classes = {"a"};
  write_model(labelled, folder / "hdf5/floats");
  write_model(ours, folder / "hdf5/halves", StoredType::f16);
  write_model(with_gates(ours), folder / "hdf5/gates", StoredType::f16);

  write_dictionaries(folder / "dictionary");
  write_tiles(folder / "tiles");
  write_prior(folder / "prior");
  write_atlases(folder / "atlas");
  write_expressions(folder);
}

}  // namespace
}  // namespace limpid

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: make_seeds FOLDER\n");
    return 2;
  }
  limpid::write_seeds(argv[1]);
  return 0;
}
