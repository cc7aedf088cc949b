// Writes the seeds of the fuzz targets: the smallest files of each format that are accepted.
#include <fmt/core.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "tests/weights/caffe_writer.h"
#include "tests/weights/graph_def_writer.h"
#include "tests/weights/npz_writer.h"
#include "tests/weights/onnx_writer.h"
#include "tests/weights/state_dict_writer.h"
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

void write(const fs::path& path, std::string_view bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
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

  constexpr std::array<std::string_view, 10> objectives = {
      "mixed4a:11",  "-mixed4d:139:pre", "mixed4a:11@7,7", "mixed4a",   "logits:281",
      "softmax:207", "logits:class 3",   "conv2d0:pre:5",  "mixed3a@4", "inception_4a/3x3_reduce:2",
  };
  for (std::size_t i = 0; i < objectives.size(); ++i) {
    write(folder / "objective" / std::to_string(i), objectives[i]);
  }
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
