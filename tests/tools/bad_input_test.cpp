// Everything that can be wrong with arguments and files: exit code 2, one line on standard error that says
// what, nothing on standard output, nothing written.
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "tests/tools/run_program.h"
#include "tests/weights/npz_writer.h"
#include "tests/weights/state_dict_writer.h"
#include "tests/weights/support.h"
#include "weights/hdf5_file.h"
#include "weights/hdf5_handle.h"
#include "weights/safetensors_writer.h"

namespace limpid::testing {
namespace {

struct BadInput {
  const char* name;
  std::vector<std::string> arguments;
  std::vector<std::string> said;  ///< Parts of the message.
};

/// In CTest's name of the case; the arguments are shown where it fails.
void PrintTo(const BadInput& input, std::ostream* stream) {
  *stream << input.name;
}

/// Overwrites the first value of a float dataset.
void poison(const std::filesystem::path& path, const char* dataset_name, float value) {
  const Hdf5Handle file(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
  const Hdf5Handle dataset(H5Dopen2(file.get(), dataset_name, H5P_DEFAULT), H5Dclose);
  const Hdf5Handle space(H5Dget_space(dataset.get()), H5Sclose);
  std::vector<float> values(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space.get())));
  values[0] = value;
  ASSERT_GE(H5Dwrite(dataset.get(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), 0);
}

/// Puts another layer's filter where conv2d2's belongs.
void misplace_filter(const std::filesystem::path& path) {
  const Hdf5Handle file(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
  ASSERT_GE(H5Ldelete(file.get(), "conv2d2/filter", H5P_DEFAULT), 0);
  ASSERT_GE(
      H5Lcreate_hard(file.get(), "conv2d0/filter", file.get(), "conv2d2/filter", H5P_DEFAULT, H5P_DEFAULT),
      0);
}

/// An HDF5 file of something else.
void write_foreign_hdf5(const std::filesystem::path& path) {
  const Hdf5Handle file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose);
  const Hdf5Handle group(H5Gcreate2(file.get(), "resnet50", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose);
  ASSERT_TRUE(group);
}

class BadInputTest : public ::testing::TestWithParam<BadInput> {
 protected:
  void SetUp() override {
    const std::filesystem::path good = folder_ / "good.h5";
    write_model(narrow_model("bvlc_googlenet"), good);
    const std::string bytes = read_text(good);
    write_text(folder_ / "cut.h5", bytes.substr(0, bytes.size() / 2));
    std::filesystem::copy_file(good, folder_ / "nan.h5");
    poison(folder_ / "nan.h5", "mixed4c_5x5/bias", std::numeric_limits<float>::quiet_NaN());
    std::filesystem::copy_file(good, folder_ / "shape.h5");
    misplace_filter(folder_ / "shape.h5");
    write_foreign_hdf5(folder_ / "foreign.h5");
    write_text(folder_ / "noise", std::string("\x8f\x01\x42\x00\xff\x37\x99\xd2 random bytes \xfe\xc0", 24));
    write_text(folder_ / "empty", "");
    // One node called "in", and the same cut short, as TensorFlow's and ONNX's graphs.
    write_text(folder_ / "node.pb", "\x0a\x04\x0a\x02in");
    write_text(folder_ / "cut.pb", "\x0a\x04\x0a\x02in\x0a\x7f");
    write_text(folder_ / "node.onnx", "\x08\x07\x3a\x06\x0a\x04\x12\x02in");
    write_text(folder_ / "cut.onnx", "\x08\x07\x3a\x7f\x0a\x04\x12\x02in");
    write_text(folder_ / "short.npy", npy("<f4", "7,", std::string(28, '\x3f')));
    write_text(folder_ / "patch.npy", npy("<f4", "3, 1, 8", std::string(96, '\x3f')));
    write_text(folder_ / "two_labels.txt", "one\ntwo\n");
    write_exchanges();
    std::filesystem::copy_file(std::filesystem::path(LIMPID_FIXTURES) / "rgb8.png", folder_ / "photo.png");
    const std::string photo = read_text(folder_ / "photo.png");
    write_text(folder_ / "cut.png", photo.substr(0, photo.size() / 2));
    // The same bytes claim to be 16135 x 6149 pixels, by a header whose checksum is right.
    std::string large = photo;
    large[18] = '\x3f';
    large[22] = '\x18';
    large.replace(29, 4, "\xe9\x5b\x0c\xfc");
    write_text(folder_ / "large.png", large);
    std::filesystem::create_directory(folder_ / "directory.png");
    std::filesystem::create_directory(folder_ / "bad");
    std::filesystem::copy_file(folder_ / "cut.png", folder_ / "bad/cut.png");
  }

  /// Files of PyTorch and safetensors.
  void write_exchanges() {
    Model model = narrow_model("bvlc_googlenet");
    write_safetensors(model, folder_ / "good.safetensors");
    const std::string bytes = read_text(folder_ / "good.safetensors");
    write_text(folder_ / "cut.safetensors", bytes.substr(0, 100));
    write_text(folder_ / "foreign.safetensors", safetensors_bytes({{"layer1.weight", {1}, {1}}}, "F32"));
    write_text(folder_ / "old.pth", "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.");
    const std::string call = Pickle::begin().global("os", "system").text("true").op("\x85R").end();
    write_zip(folder_ / "hostile.pth", {{"archive/data.pkl", call}});
    model.layers[0].filter[0] = 70000;
    write_model(model, folder_ / "large.h5");
  }

  TemporaryFolder folder_;
};

TEST_P(BadInputTest, IsRefusedInOneLine) {
  const BadInput& input = GetParam();
  SCOPED_TRACE(fmt::format("limpid '{}'", fmt::join(input.arguments, "' '")));
  const std::vector<std::string> before = listing(folder_.path());
  const ProgramResult result = run_program(input.arguments, folder_.path());
  EXPECT_EQ(result.exit_code, 2) << result.err;
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  EXPECT_TRUE(result.err.starts_with("limpid")) << result.err;
  EXPECT_TRUE(result.err.ends_with('\n')) << result.err;
  for (const std::string& part : input.said) {
    EXPECT_NE(result.err.find(part), std::string::npos) << "'" << part << "' is not in: " << result.err;
  }
  EXPECT_EQ(listing(folder_.path()), before);
}

std::vector<BadInput> bad_commands() {
  return {
      {"NoCommand", {}, {"limpid --help"}},
      {"UnknownCommand", {"rendre"}, {"unknown command or option 'rendre': did you mean 'render'?"}},
      {"UnlikeAnyCommand", {"paint"}, {"unknown command or option 'paint' (see"}},
      {"NoCommandBelow",
       {"atlas"},
       {"limpid atlas: no command was given; there are collect, layout, render (see"}},
      {"UnknownOption",
       {"render", "mixed4a:1", "--frobnicate"},
       {"limpid render: unknown argument: --frobnicate (see"}},
      {"UnknownOptionAndItsValue",
       {"verify", "a.h5", "b.h5", "c.png", "--tolerence", "0.1"},
       {"limpid verify: ", "unknown arguments: --tolerence 0.1"}},
      {"MistypedOption",
       {"render", "mixed4a:1", "--stpes=20"},
       {"unknown argument: --stpes=20: did you mean '--steps'?"}},
      {"MistypedOptionBehindAnotherWord",
       {"render", "mixed4a:1", "mixed4b:1", "--stpes=20"},
       {"unknown arguments: mixed4b:1 --stpes=20: did you mean '--steps'?"}},
      {"NoObjective", {"render"}, {"objective is required", "limpid render --help"}},
      {"TooManyArguments", {"render", "mixed4a:1", "mixed4b:1"}, {"mixed4b:1"}},
      {"StepsNoNumber", {"render", "mixed4a:1", "--steps", "many"}, {"--steps", "many"}},
      {"UnknownParameterisation",
       {"render", "mixed4a:1", "--param", "voxel"},
       {"--param 'voxel'", "spectral, pixel, pyramid, cppn, maco or decoder"}},
  };
}

std::vector<BadInput> bad_views() {
  return {
      {"UnknownTransform",
       {"render", "mixed4a:1", "-w", "good.h5", "--transforms", "jitter(8) rotat(3)"},
       {"transforms 'jitter(8) rotat(3)'", "at character 11", "expected a transform (pad, jitter,",
        "'rotat'"}},
      {"TransformHalf",
       {"render", "mixed4a:1", "-w", "good.h5", "--transforms", "scale(0.9..1.1"},
       {"at character 15", "expected ')', or ',' and another value", "not the end"}},
      {"NoTransform",
       {"render", "mixed4a:1", "-w", "good.h5", "--transforms", ""},
       {"at character 1", "expected a transform"}},
      {"PlanOfABadTransform",
       {"plan", "mixed4a:1", "-w", "good.h5", "--transforms", "noise(x)"},
       {"at character 7", "a number from 0 to 10"}},
      {"APeersTransform",
       {"render", "mixed4a:1", "-w", "good.h5", "--transforms", "lucid: flip"},
       {"at character 8", "pad, jitter, scale, rotate"}},
      {"DrawsOfAPeersViews",
       {"render", "mixed4a:1", "-w", "good.h5", "--preset", "lucid", "--draws", "2"},
       {"2 draws"}},
      {"PlanOfAPeersViews",
       {"plan", "mixed4a:1", "-w", "good.h5", "--transforms", "lucid: jitter(2)", "--batch", "2"},
       {"a batch of 2 jobs", "one job at a time"}},
      {"NothingLeft",
       {"render", "mixed4a:1", "-w", "good.h5", "--size", "40", "--transforms", "lucid: jitter(40)"},
       {"nothing is left"}},
      {"TooSmallForAPreset",
       {"render", "mixed5b:1", "-w", "good.h5", "--size", "8", "--preset", "captum"},
       {"mirrored"}},
      {"UnknownPreset",
       {"render", "mixed4a:1", "--preset", "decked"},
       {"decked", "distill,limpid,fast,best,deck,none,lucid,lucent,captum"}},
      {"TransformsAndNone",
       {"render", "mixed4a:1", "--transforms", "flip", "--no-transforms"},
       {"--no-transforms", "excludes", "--transforms"}},
      {"MirrorLargerThanThePicture",
       {"render", "mixed4a:1", "-w", "good.h5", "--size", "64x40", "--transforms", "pad(40,reflect)"},
       {"pad(40,reflect)", "64x40", "at most 39 pixels"}},
      {"CropLargerThanThePicture",
       {"render", "mixed4a:1", "-w", "good.h5", "--size", "64", "--transforms", "crop(65)"},
       {"crop(65)", "64x64"}},
  };
}

std::vector<BadInput> bad_numbers() {
  return {
      {"NegativeSeed",
       {"render", "mixed4a:1", "-w", "good.h5", "--seed", "-1"},
       {"--seed '-1'", "from 0 to 18446744073709551615"}},
      {"HugeSeed",
       {"render", "mixed4a:1", "-w", "good.h5", "--seed", "18446744073709551616"},
       {"from 0 to 18446744073709551615"}},
      {"SizeNoNumber", {"render", "mixed4a:1", "-w", "good.h5", "--size", "12q"}, {"--size '12q'", "HxW"}},
      {"SizeHalf", {"render", "mixed4a:1", "-w", "good.h5", "--size", "12x"}, {"--size '12x'"}},
      {"SizeBeyondIntegers",
       {"render", "mixed4a:1", "-w", "good.h5", "--size", "99999999999"},
       {"99999999999"}},
      {"SizeZero", {"render", "mixed4a:1", "-w", "good.h5", "--size", "0"}, {"--size '0'", "1 to 8192"}},
      {"SizeHuge", {"render", "mixed4a:1", "-w", "good.h5", "--size", "100000"}, {"100000", "1 to 8192"}},
      {"SizeTooSmallForTarget",
       {"render", "mixed5a:1", "-w", "good.h5", "--size", "3"},
       {"too small", "least"}},
      {"LayersSizeZero", {"layers", "-w", "good.h5", "--size", "0"}, {"too small"}},
      {"NoSteps", {"render", "mixed4a:1", "-w", "good.h5", "--steps", "0"}, {"--steps '0'", "1 to 1000000"}},
      {"ThresholdBeyondSteps",
       {"render", "mixed4a:1", "-w", "good.h5", "--steps", "5", "--thresholds", "2,9"},
       {"threshold 9", "5"}},
      {"ThresholdZero",
       {"render", "mixed4a:1", "-w", "good.h5", "--steps", "5", "--thresholds", "0"},
       {"--thresholds '0'"}},
      {"LearningRateNan",
       {"render", "mixed4a:1", "-w", "good.h5", "--learning-rate", "nan"},
       {"--learning-rate 'nan'", "a number above 0"}},
      {"BenchSecondsNan",
       {"bench", "-w", "good.h5", "--layers", "mixed4a:1", "--seconds", "nan"},
       {"--seconds nan is out of range", "0.001 to 3600"}},
      {"BenchReachInfinite",
       {"bench", "-w", "good.h5", "--layers", "mixed4a:1", "--reach", "inf"},
       {"--reach inf is out of range"}},
      {"LearningRateInfinite",
       {"render", "mixed4a:1", "-w", "good.h5", "--learning-rate", "inf"},
       {"--learning-rate 'inf'", "at most 1000000000"}},
      {"AmplitudeInfinite",
       {"render", "mixed4a:1", "-w", "good.h5", "--amplitude", "inf"},
       {"--amplitude 'inf'", "a number above 0"}},
  };
}

std::vector<BadInput> bad_starts_and_alphas() {
  return {
      {"DecayOfPixels",
       {"render", "mixed4a:1", "-w", "good.h5", "--param", "pixel", "--decay", "2"},
       {"--decay has no effect on --param pixel", "spectral"}},
      {"UnknownFit",
       {"render", "mixed4a:1", "-w", "good.h5", "--init", "photo.png", "--fit", "cover"},
       {"--fit 'cover'", "crop, pad or stretch"}},
      {"PhotoMissing", {"render", "mixed4a:1", "-w", "good.h5", "--init", "no.png"}, {"no.png", "not exist"}},
      {"AlphaTermWithoutAlpha",
       {"render", "mixed4a:1 - 0.5*alpha", "-w", "good.h5"},
       {"the term alpha", "--alpha"}},
      {"AlphaWatchedWithoutAlpha",
       {"render", "mixed4a:1", "--watch", "alpha", "-w", "good.h5"},
       {"the term alpha", "--alpha"}},
      {"AlphaOfMaco",
       {"render", "mixed4a:1", "-w", "good.h5", "--alpha", "--param", "maco"},
       {"--alpha has no effect on --param maco", "spectral"}},
      {"AlphaOfAGrid",
       {"grid", "conv2d0", "-w", "good.h5", "--alpha", "-o", "store"},
       {"three channels", "limpid render"}},
      {"AlphaTermOfAGradient",
       {"gradient", "photo.png", "mixed4a:1 - alpha", "-w", "good.h5"},
       {"only terms on layers"}},
      {"MaskCut", {"render", "mixed4a:1", "-w", "good.h5", "--mask", "cut.png"}, {"cut.png"}},
  };
}

std::vector<BadInput> bad_colours_and_priors() {
  return {
      {"ColoursNoMatrix", {"render", "mixed4a:1", "-w", "good.h5", "--colour", "1,2"}, {"'1,2'", "nine"}},
      {"ColoursSingular",
       {"render", "mixed4a:1", "-w", "good.h5", "--colour", "1,1,1;1,1,1;1,1,2"},
       {"no inverse"}},
      {"PriorOfAnotherKind",
       {"render", "mixed4a:1", "-w", "good.h5", "--param", "maco", "--prior", "foreign.h5"},
       {"foreign.h5", "no prior"}},
      {"PriorNoHdf5",
       {"render", "mixed4a:1", "-w", "good.h5", "--param", "maco", "--prior", "photo.png"},
       {"photo.png", "not an HDF5 file"}},
      {"ColoursOfNoPrior", {"render", "mixed4a:1", "-w", "good.h5", "--colour", "good.h5"}, {"good.h5"}},
      {"PriorWithoutMaco",
       {"render", "mixed4a:1", "-w", "good.h5", "--prior", "nowhere.h5"},
       {"--prior has no effect", "maco"}},
      {"PriorMissing",
       {"render", "mixed4a:1", "-w", "good.h5", "--param", "maco", "--prior", "nowhere.h5"},
       {"nowhere.h5", "does not exist"}},
      {"DecoderWithoutAFile",
       {"render", "mixed4a:1", "-w", "good.h5", "--param", "decoder"},
       {"--decoder FILE.h5"}},
      {"DecoderOfAnotherKind",
       {"render", "mixed4a:1", "-w", "good.h5", "--param", "decoder", "--decoder", "foreign.h5"},
       {"foreign.h5", "no decoder"}},
      {"DecoderMissing",
       {"render", "mixed4a:1", "-w", "good.h5", "--param", "decoder", "--decoder", "nowhere.h5"},
       {"nowhere.h5", "does not exist"}},
      {"DecoderOfAStoreThatKeepsParameters",
       {"grid", "mixed3a:1", "-w", "good.h5", "--param", "decoder", "--decoder",
        LIMPID_FIXTURES "/decoder.h5", "--size", "32", "--keep-parameters", "-o", "kept"},
       {"does not keep the latents", "leave out --keep-parameters"}},
      {"DecoderBesideSpectral",
       {"render", "mixed4a:1", "-w", "good.h5", "--decoder", "nowhere.h5"},
       {"--decoder has no effect", "decoder"}},
      {"DecoderInGray",
       {"render", "mixed4a:1", "-w", "good.h5", "--param", "decoder", "--gray"},
       {"--gray has no effect on --param decoder"}},
      {"PriorOfNoFolder", {"prior", "fit", "nowhere", "-o", "prior.h5"}, {"nowhere", "not a folder"}},
      {"PriorSizeZero", {"prior", "fit", ".", "-o", "prior.h5", "--size", "0"}, {"--size 0", "2 to 4096"}},
      {"PriorOfADamagedPicture", {"prior", "fit", "bad", "-o", "prior.h5", "--size", "8"}, {"cut.png"}},
  };
}

std::vector<BadInput> bad_output_sizes_and_shared_terms() {
  return {
      {"OutputSizeOfPixels",
       {"render", "mixed4a:1", "-w", "good.h5", "--output-size", "64"},
       {"--output-size has no effect on --param spectral", "cppn"}},
      {"OutputSizeHuge",
       {"render", "mixed4a:1", "-w", "good.h5", "--param", "cppn", "--output-size", "99999"},
       {"--output-size '99999'", "1 to 16384"}},
      {"SharedByOneImage", {"render", "mixed4a:1", "-w", "good.h5", "--shared", "4"}, {"--images 2"}},
      {"SharedNoNumber", {"render", "mixed4a:1", "-w", "good.h5", "--shared", "4,x"}, {"--shared", "4,x"}},
      {"SharedNoNumberTheSecondTime",
       {"render", "mixed4a:1", "-w", "good.h5", "--shared", "4", "--shared", "x"},
       {"--shared '4,x'"}},
      {"SharedTwice",
       {"render", "mixed4a:1", "-w", "good.h5", "--images", "2", "--shared", "4,8,4"},
       {"shared term 4", "twice"}},
      {"SharedLargerThanThePicture",
       {"render", "mixed4a:1", "-w", "good.h5", "--images", "2", "--shared", "65", "--size", "64x48"},
       {"shared term 65", "1 to the longer side of the picture, 64"}},
      {"SharedZero",
       {"render", "mixed4a:1", "-w", "good.h5", "--images", "2", "--shared", "0"},
       {"--shared '0'", "from 1"}},
      {"SharedPhases",
       {"render", "mixed4a:1", "-w", "good.h5", "--images", "2", "--shared", "4", "--param", "maco"},
       {"--shared has no effect on --param maco", "spectral, pixel, pyramid"}},
  };
}

std::vector<BadInput> bad_updates() {
  return {
      {"UnknownSquash", {"render", "mixed4a:1", "--squash", "tanh"}, {"--squash 'tanh'", "sigmoid or clip"}},
      {"NegativeDeviation", {"render", "mixed4a:1", "-w", "good.h5", "--sd", "-1"}, {"--sd '-1'", "from 0"}},
      {"NegativeThreads", {"render", "mixed4a:1", "-w", "good.h5", "--threads", "-1"}, {"threads"}},
      {"WarmUpOfAllSteps",
       {"render", "mixed4a:1", "-w", "good.h5", "--steps", "5", "--warmup", "5"},
       {"warm-up of 5", "0 to one less than the number of steps, 4"}},
      {"UnknownOptimiser",
       {"render", "mixed4a:1", "--optimiser", "sgd"},
       {"sgd", "adam, nadam, ascent or momentum"}},
      {"UnknownSchedule", {"render", "mixed4a:1", "--schedule", "step"}, {"step", "constant or cosine"}},
      {"NormalisedAdam", {"render", "mixed4a:1", "-w", "good.h5", "--normalise-gradient"}, {"only ascent"}},
      {"UnknownPool", {"render", "mixed4a:1", "--pool-gradient", "min"}, {"min", "max, average or l2"}},
      {"NegativePatience", {"render", "mixed4a:1", "-w", "good.h5", "--patience", "-1"}, {"--patience '-1'"}},
      {"NoRestarts",
       {"render", "mixed4a:1", "-w", "good.h5", "--restarts", "0"},
       {"--restarts '0'", "1 to 10000"}},
      {"NegativeRedirection",
       {"render", "mixed4a:1", "-w", "good.h5", "--redirected-relu", "-1"},
       {"--redirected-relu '-1'"}},
      {"BothRedirections",
       {"render", "mixed4a:1", "--redirected-relu", "3", "--no-redirected-relu"},
       {"--no-redirected-relu"}},
  };
}

std::vector<BadInput> bad_animations() {
  return {
      {"AnimationOfUnknownFormat",
       {"render", "mixed4a:1", "-w", "good.h5", "--animation", "a.avi"},
       {"a.avi", ".webp, .png, .gif or .mp4"}},
      {"FramesWithoutAnimation",
       {"render", "mixed4a:1", "--save-every", "2"},
       {"--save-every", "--animation"}},
      {"NoFrames",
       {"render", "mixed4a:1", "-w", "good.h5", "--animation", "a.webp", "--save-every", "0"},
       {"a frame every 0 steps"}},
      {"NoFrameRate",
       {"render", "mixed4a:1", "-w", "good.h5", "--animation", "a.webp", "--fps", "0"},
       {"0 frames a second"}},
      {"AnimationOfRestarts",
       {"render", "mixed4a:1", "-w", "good.h5", "--animation", "a.webp", "--restarts", "2"},
       {"2 restarts"}},
      {"AnimationInPlaceOfThePicture",
       {"render", "mixed4a:1", "-w", "good.h5", "--animation", "photo.png", "-o", "photo.png"},
       {"photo.png"}},
  };
}

std::vector<BadInput> bad_classifications() {
  return {
      {"TopZero", {"classify", "photo.png", "-w", "good.h5", "--top", "0"}, {"--top 0", "1..3"}},
      {"TopBeyondClasses", {"classify", "photo.png", "-w", "good.h5", "--top", "4"}, {"--top 4", "1..3"}},
      {"UnknownMean", {"classify", "photo.png", "--mean", "some"}, {"some", "model,none"}},
      {"TooFewLabels",
       {"classify", "photo.png", "-w", "good.h5", "--labels", "two_labels.txt"},
       {"two_labels.txt", "2 labels", "3 classes"}},
  };
}

std::vector<BadInput> bad_objectives() {
  return {
      {"UnknownLayer", {"render", "mixed4q:1", "-w", "good.h5"}, {"mixed4q", "did you mean 'mixed4a'"}},
      {"UnknownLayerOfActivations",
       {"activations", "photo.png", "mixd4a", "-w", "good.h5"},
       {"did you mean 'mixed4a'"}},
      {"ChannelOutOfRange", {"render", "mixed4a:8", "-w", "good.h5"}, {"no channel 8", "0 to 7"}},
      {"NegativeChannel", {"render", "mixed4a:-1", "-w", "good.h5"}, {"mixed4a:-1"}},
      {"ClassOutOfRange", {"render", "logits:3", "-w", "good.h5"}, {"logits", "0 to 2"}},
      {"ClassUnknown", {"render", "logits:zeppelin", "-w", "good.h5"}, {"zeppelin"}},
      {"PositionOutsideMap", {"render", "mixed4a:1@14,0", "-w", "good.h5"}, {"14,0", "outside", "14x14"}},
      {"GradientOutsideMap",
       {"gradient", "photo.png", "mixed4a:1@0,99", "-w", "good.h5"},
       {"0,99", "outside"}},
      {"DirectionOfAnotherLength",
       {"render", "dir(mixed4a, short.npy)", "-w", "good.h5"},
       {"short.npy", "holds 7", "8 channels"}},
      {"DirectionMissing", {"render", "dir(mixed4a, no.npy)", "-w", "good.h5"}, {"no.npy", "not exist"}},
      {"DirectionNoArray", {"render", "dir(mixed4a, noise)", "-w", "good.h5"}, {"noise"}},
      {"PatchLargerThanTheMap",
       {"render", "patch(mixed5b, patch.npy)", "-w", "good.h5", "--size", "64"},
       {"patch.npy", "a patch of 3x1", "mixed5b has 2x2"}},
      {"PhotoOfAnObjectiveMissing",
       {"render", "mixed4a:1 - distance(no.png)", "-w", "good.h5"},
       {"no.png", "not exist"}},
      {"WeightsOfNothing",
       {"render", "0*mixed4a:1 + 0*mixed4b:2", "-w", "good.h5"},
       {"every weight is zero", "character 1"}},
      {"MisspeltFunction",
       {"render", "mixed4a:1 + caricture(photo.png, mixed4a)", "-w", "good.h5"},
       {"character 13", "no function 'caricture'"}},
      {"PenaltiesAlone", {"render", "l1 + tv", "-w", "good.h5"}, {"character 1", "no term reads a layer"}},
      {"MixtureOfOneImage",
       {"render", "mix(mixed4a:1, mixed4a:2)", "-w", "good.h5"},
       {"mixture", "t=", "more images"}},
      {"EmptyObjective", {"render", "", "-w", "good.h5"}, {"objective"}},
      {"ChannelForActivations",
       {"activations", "photo.png", "mixed4a:1", "-w", "good.h5"},
       {"more than a layer"}},
  };
}

std::vector<BadInput> bad_weights() {
  return {
      {"WeightsMissing", {"render", "mixed4a:1", "-w", "nowhere.h5"}, {"nowhere.h5", "does not exist"}},
      {"WeightsEmpty", {"render", "mixed4a:1", "-w", "empty"}, {"empty"}},
      {"WeightsTruncated", {"render", "mixed4a:1", "-w", "cut.h5"}, {"cut.h5"}},
      {"WeightsNotHdf5", {"render", "mixed4a:1", "-w", "noise"}, {"noise", "not an HDF5 file"}},
      {"WeightsOfAnotherNetwork", {"render", "mixed4a:1", "-w", "foreign.h5"}, {"foreign.h5"}},
      {"WeightsOfWrongShape", {"render", "mixed4a:1", "-w", "shape.h5"}, {"shape.h5", "conv2d2"}},
      {"WeightsWithNan", {"inspect", "nan.h5"}, {"nan.h5", "mixed4c_5x5"}},
      {"WeightsAreAFolder", {"layers", "-w", "directory.png"}, {"directory.png"}},
      {"ClassifyWithoutWeights", {"classify", "photo.png", "-w", "nowhere.h5"}, {"nowhere.h5"}},
      {"ConvertMissing", {"convert", "nowhere.caffemodel", "out.h5"}, {"nowhere.caffemodel"}},
      {"ConvertNoise", {"convert", "noise", "out.h5"}, {"noise"}},
      {"ConvertForeignHdf5", {"convert", "foreign.h5", "out.h5"}, {"foreign.h5"}},
      {"ConvertNan", {"convert", "nan.h5", "out.h5"}, {"nan.h5"}},
      {"ConvertLabelsMissing", {"convert", "good.h5", "out.h5", "--labels", "nowhere.txt"}, {"nowhere.txt"}},
      {"ConvertTooFewLabels",
       {"convert", "good.h5", "out.h5", "--labels", "two_labels.txt"},
       {"two_labels.txt"}},
      {"ConvertOtherGraph", {"convert", "node.pb", "out.h5"}, {"node.pb", "no fully connected layer"}},
      {"ConvertCutGraph", {"convert", "cut.pb", "out.h5"}, {"cut.pb", "cut short"}},
      {"ConvertOtherOnnx", {"convert", "node.onnx", "out.h5"}, {"node.onnx", "no fully connected layer"}},
      {"ConvertCutOnnx", {"convert", "cut.onnx", "out.h5"}, {"cut.onnx", "cut short"}},
      {"ConvertFamilyUnknown",
       {"convert", "node.onnx", "out.h5", "--family", "resnet"},
       {"'resnet'", "bvlc_googlenet"}},
      {"ConvertInputUnknown",
       {"convert", "node.onnx", "out.h5", "--input", "torch"},
       {"unknown input 'torch'", "imagenet"}},
      {"ConvertInputKnown",
       {"convert", "good.h5", "out.h5", "--input", "caffe"},
       {"good.h5", "leave out --input"}},
      {"ConvertFamilyKnown",
       {"convert", "good.h5", "out.h5", "--family", "inception5h"},
       {"good.h5", "leave out --family"}},
  };
}

std::vector<BadInput> bad_files() {
  return {
      {"PhotoTooShortForItsPixels", {"classify", "large.png", "-w", "good.h5"}, {"large.png", "too few"}},
      {"PhotoMissing", {"classify", "nowhere.jpg", "-w", "good.h5"}, {"nowhere.jpg", "does not exist"}},
      {"PhotoEmpty", {"classify", "empty", "-w", "good.h5"}, {"'empty' is empty"}},
      {"PhotoNoPicture",
       {"gradient", "noise", "mixed4a:1", "-w", "good.h5"},
       {"noise", "no picture that is read"}},
      {"PhotoTruncated", {"activations", "cut.png", "mixed4a", "-w", "good.h5"}, {"cut.png"}},
      {"PhotoIsAFolder", {"classify", "directory.png", "-w", "good.h5"}, {"directory.png"}},
      {"NameWithLineFeed", {"classify", "no\nwhere.png", "-w", "good.h5"}, {"does not exist"}},
      {"OutputFolderMissing",
       {"render", "mixed4a:1", "-w", "good.h5", "-o", "no/a.png"},
       {"no/a.png", "No such file"}},
      {"OutputBelowAFile",
       {"render", "mixed4a:1", "-w", "good.h5", "-o", "photo.png/a.png"},
       {"Not a directory"}},
      {"OutputFolderItselfMissing",
       {"render", "mixed4a:1", "-w", "good.h5", "-o", "nowhere/"},
       {"nowhere/mixed4a-1.png", "No such file or directory"}},
      {"PictureAndJsonOnStandardOutput",
       {"render", "mixed4a:1", "-w", "good.h5", "--json", "-o", "-"},
       {"--json", "standard output"}},
      {"SeveralPicturesOnStandardOutput",
       {"render", "mixed4a:1", "-w", "good.h5", "--thresholds", "1,2", "-o", "-"},
       {"standard output", "--thresholds", "3", "--strip"}},
      {"StripOfOnePicture", {"render", "mixed4a:1", "-w", "good.h5", "--strip"}, {"a strip", "--thresholds"}},
      {"StripOfTheLastStep",
       {"render", "mixed4a:1", "-w", "good.h5", "--steps", "3", "--thresholds", "3", "--strip"},
       {"a strip", "--thresholds"}},
      {"AlphaInAJpeg",
       {"render", "mixed4a:1 - alpha", "--alpha", "-w", "good.h5", "-o", "a.jpg"},
       {"a.jpg", "alpha", ".webp"}},
      {"DiversityOfOneImage",
       {"render", "mixed5a:1 + diversity(mixed5a)", "-w", "good.h5"},
       {"diversity(mixed5a)", "--images"}},
      {"AlignmentOfOneImageWatched",
       {"render", "mixed5a:1", "--watch", "align(mixed5a)", "-w", "good.h5"},
       {"align(mixed5a)", "--images"}},
      {"DeviationOfAPhoto",
       {"render", "mixed4a:1", "-w", "good.h5", "--init", "photo.png", "--sd", "0.1"},
       {"--sd", "--init"}},
      {"ActivationsInAPicture",
       {"activations", "photo.png", "mixed4a", "-w", "good.h5", "-o", "a.png"},
       {"a.png", ".h5, .npz or .npy"}},
      {"GradientInAJpeg",
       {"gradient", "photo.png", "mixed4a:1", "-w", "good.h5", "-o", "a.jpg"},
       {"a.jpg", ".h5, .npz, .npy or .png"}},
      {"OutputOfUnknownFormat",
       {"render", "mixed4a:1", "-w", "good.h5", "-o", "a.bmp"},
       {"a.bmp", ".png, .jpg or .webp"}},
      {"GradientOutput",
       {"gradient", "photo.png", "mixed4a:1", "-w", "good.h5", "-o", "no/g.h5"},
       {"no/g.h5"}},
      {"ActivationsOutput",
       {"activations", "photo.png", "mixed4a", "-w", "good.h5", "-o", "no/a.h5"},
       {"no/a.h5"}},
      {"ConvertOutput", {"convert", "good.h5", "no/out.h5"}, {"no/out.h5"}},
  };
}

/// Files of PyTorch and safetensors that are refused, and what export and verify are asked in vain.
std::vector<BadInput> bad_exchanges() {
  return {
      {"ConvertOldPth", {"convert", "old.pth", "out.h5"}, {"old.pth", "before version 1.6", "torch.save"}},
      {"ConvertHostilePth", {"convert", "hostile.pth", "out.h5"}, {"hostile.pth", "refused", "'os.system'"}},
      {"ConvertForeignSafetensors",
       {"convert", "foreign.safetensors", "out.h5"},
       {"foreign.safetensors", "no InceptionV1"}},
      {"ConvertCutSafetensors", {"convert", "cut.safetensors", "out.h5"}, {"cut.safetensors", "cut short"}},
      {"ConvertFamilyKnown",
       {"convert", "good.safetensors", "out.h5", "--family", "inception5h"},
       {"good.safetensors", "leave out --family"}},
      {"ExportUnknownFormat", {"export", "good.h5", "out.pth"}, {"'out.pth'", ".npz", ".safetensors"}},
      {"ExportMissing", {"export", "nowhere.h5", "out.npz"}, {"nowhere.h5"}},
      {"ExportNothing", {"export", "good.h5"}, {"destination is required"}},
      {"ExportNoise", {"export", "noise", "out.npz"}, {"noise", "not an HDF5 file"}},
      {"ExportOutput", {"export", "good.h5", "no/out.npz"}, {"no/out.npz"}},
      {"ExportHalfTooLarge", {"export", "large.h5", "out.npz", "--half"}, {"'conv2d0'", "70000"}},
      {"VerifyOne", {"verify", "good.h5"}, {"b is required"}},
      {"VerifyMissing", {"verify", "good.h5", "nowhere.h5"}, {"nowhere.h5"}},
      {"VerifyNan", {"verify", "good.h5", "nan.h5"}, {"nan.h5", "mixed4c_5x5"}},
      {"VerifyPhotoMissing", {"verify", "good.h5", "good.h5", "nowhere.png"}, {"nowhere.png"}},
      {"VerifyTolerance", {"verify", "good.h5", "good.h5", "--tolerance", "nan"}, {"--tolerance nan"}},
      {"VerifyNegativeTolerance", {"verify", "good.h5", "good.h5", "--tolerance", "-1"}, {"--tolerance -1"}},
  };
}

std::string case_name(const ::testing::TestParamInfo<BadInput>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Commands, BadInputTest, ::testing::ValuesIn(bad_commands()), case_name);
INSTANTIATE_TEST_SUITE_P(Views, BadInputTest, ::testing::ValuesIn(bad_views()), case_name);
INSTANTIATE_TEST_SUITE_P(Numbers, BadInputTest, ::testing::ValuesIn(bad_numbers()), case_name);
INSTANTIATE_TEST_SUITE_P(StartsAndAlphas, BadInputTest, ::testing::ValuesIn(bad_starts_and_alphas()),
                         case_name);
INSTANTIATE_TEST_SUITE_P(ColoursAndPriors, BadInputTest, ::testing::ValuesIn(bad_colours_and_priors()),
                         case_name);
INSTANTIATE_TEST_SUITE_P(OutputSizesAndSharedTerms, BadInputTest,
                         ::testing::ValuesIn(bad_output_sizes_and_shared_terms()), case_name);
INSTANTIATE_TEST_SUITE_P(Updates, BadInputTest, ::testing::ValuesIn(bad_updates()), case_name);
INSTANTIATE_TEST_SUITE_P(Animations, BadInputTest, ::testing::ValuesIn(bad_animations()), case_name);
INSTANTIATE_TEST_SUITE_P(Classifications, BadInputTest, ::testing::ValuesIn(bad_classifications()),
                         case_name);
INSTANTIATE_TEST_SUITE_P(Objectives, BadInputTest, ::testing::ValuesIn(bad_objectives()), case_name);
INSTANTIATE_TEST_SUITE_P(Weights, BadInputTest, ::testing::ValuesIn(bad_weights()), case_name);
INSTANTIATE_TEST_SUITE_P(Exchanges, BadInputTest, ::testing::ValuesIn(bad_exchanges()), case_name);
INSTANTIATE_TEST_SUITE_P(Files, BadInputTest, ::testing::ValuesIn(bad_files()), case_name);

}  // namespace
}  // namespace limpid::testing
