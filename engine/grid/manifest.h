// What a store of tiles is to hold: every job and what decides its result.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/grid/job_files.h"
#include "engine/options/render_options.h"

namespace limpid {

/// Version of the store's files, described in engine/grid/README.md. Other versions are refused.
inline constexpr int kStoreVersion = 1;

/// Which weights the tiles are made with.
struct WeightsIdentity {
  std::string sha256;  ///< Lower-case hexadecimal; decides whether weights are the same.
  std::string family;
  std::string name;       ///< File name, for people only.
  std::string file = {};  ///< Path it was read from, which is tried again; empty in stores that do not say.
};

struct Manifest {
  std::string program_version;  ///< Of the program that created the store; other versions may continue it.
  WeightsIdentity weights;
  std::string device;
  std::string precision;
  /// Pictures that take a step together, on a GPU: algorithms of convolutions, and so the last bits, depend on it. 0 where
  /// nothing does, as on the CPU.
  int batch = 0;
  bool keep_parameters = false;     ///< Whether tiles have what was optimised beside them.
  std::vector<RenderOptions> jobs;  ///< A job's id is its index.
  /// From the store to where the program worked that created it: where relative names of files are looked up
  /// that the working directory does not have. Empty in stores that do not say.
  std::string folder = {};
  /// SHA-256 of the manifests the store had before jobs were added to it: their tiles are this one's too.
  std::vector<std::string> earlier = {};
  FileChecksums files = {};  ///< Of what objectives of the jobs name.
  /// Layers that the weights have besides InceptionV1's, which objectives may name: whether they end in a ReLU.
  std::map<std::string, bool> appended = {};
};

/// Of a model, what `Manifest::appended` says.
std::map<std::string, bool> appended_names(const Model& model);

/// Values of a finished tile's parameters: of all images of what `job` optimises, or 0 when the store does not
/// keep them.
std::size_t kept_parameters(const Manifest& manifest, const RenderOptions& job);

/// JSON with fields in a fixed order and one job per line: the same manifest gives the same text.
std::string manifest_text(const Manifest& manifest);

/// Reads `manifest_text`. `file` names it in errors. Throws Error{input} naming the field, and for another
/// store version naming both.
Manifest parse_manifest(std::string_view text, const std::string& file);

/// The first difference that would make other tiles, in words: "steps of job 3 (mixed4a:3): 512 in the store,
/// 256 asked for"; empty when there is none. The program's version, the name of the weights' file and the folder
/// make none.
std::string compare(const Manifest& stored, const Manifest& asked);

}  // namespace limpid
