// The rows of the option table, and how each reads and sets its member.
#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <utility>

#include "engine/options/names.h"
#include "engine/options/option_table.h"
#include "kernels/core/limits.h"

namespace limpid {
namespace {

constexpr double kAnyCount = std::numeric_limits<int>::max();
/// Of rates, factors and deviations: far beyond any that makes a picture, and far from what fp32 overflows at.
constexpr double kLargestFactor = 1e9;

constexpr unsigned kSpectral = bit(Parameterisation::spectral), kPixel = bit(Parameterisation::pixel),
                   kCppn = bit(Parameterisation::cppn), kMaco = bit(Parameterisation::maco),
                   kDecoder = bit(Parameterisation::decoder);

// From members to values. What is not set is std::monostate.

OptionValue to_value(bool value) {
  return value;
}
OptionValue to_value(int value) {
  return std::int64_t{value};
}
OptionValue to_value(std::uint64_t value) {
  return value;
}
OptionValue to_value(float value) {
  return value;
}
OptionValue to_value(const std::string& value) {
  return value;
}
OptionValue to_value(const std::vector<int>& value) {
  return value;
}
OptionValue to_value(const std::array<int, 2>& value) {
  return std::vector<int>(value.begin(), value.end());
}
OptionValue to_value(const Transforms& value) {
  return to_string(value);
}
OptionValue to_value(const std::shared_ptr<const ColourBasis>& value) {
  return value == nullptr ? OptionValue{} : OptionValue{*value};
}
template <class File>
OptionValue to_value(const std::shared_ptr<const File>& value) {
  return value == nullptr ? OptionValue{} : OptionValue{NamedFile{value->file, value->sha256}};
}
template <class T>
OptionValue to_value(const std::optional<T>& value) {
  return value ? to_value(*value) : OptionValue{};
}
template <class Enum>
requires std::is_enum_v<Enum> OptionValue to_value(Enum value) {
  return std::string(name_of(value));
}

// And back.

template <class T>
requires std::is_constructible_v<OptionValue, std::in_place_type_t<T>, T>
void from_value(const OptionValue& value, T& member) {
  member = std::get<T>(value);
}
void from_value(const OptionValue& value, int& member) {
  member = static_cast<int>(std::get<std::int64_t>(value));
}
void from_value(const OptionValue& value, std::array<int, 2>& member) {
  std::copy_n(std::get<std::vector<int>>(value).begin(), 2, member.begin());
}
void from_value(const OptionValue& value, Transforms& member) {
  member = parse_transforms(std::get<std::string>(value));
}
void from_value(const OptionValue& value, std::shared_ptr<const ColourBasis>& member) {
  member = std::make_shared<const ColourBasis>(std::get<ColourBasis>(value));
}
template <class File>
void from_value(const OptionValue& value, std::shared_ptr<const File>& member) {
  const NamedFile& named = std::get<NamedFile>(value);
  File file;
  file.file = named.file;
  file.sha256 = named.sha256;
  member = std::make_shared<const File>(std::move(file));
}
template <class T>
void from_value(const OptionValue& value, std::optional<T>& member) {
  from_value(value, member.emplace());
}
template <class Enum>
requires std::is_enum_v<Enum>
void from_value(const OptionValue& value, Enum& member) {
  member = named<Enum>(std::get<std::string>(value)).value();
}

struct Access {
  OptionValue (*get)(const RenderOptions&);
  void (*set)(RenderOptions&, const OptionValue&);
  unsigned kinds = kEveryKind;
};

/// What is not set is as a render without options has it.
template <class T>
void assign(T& member, const OptionValue& value, const T& standard) {
  if (std::holds_alternative<std::monostate>(value)) {
    member = standard;
  } else {
    from_value(value, member);
  }
}

/// The member at the end of a chain of members.
template <auto... kMembers>
constexpr Access member() {
  return {[](const RenderOptions& options) { return to_value((options.*....*kMembers)); },
          [](RenderOptions& options, const OptionValue& value) {
            assign((options.*....*kMembers), value, (RenderOptions().*....*kMembers));
          }};
}

template <class Kind, class T>
Kind kind_with(T Kind::*);

template <class Kind, std::size_t kIndex = 0>
constexpr std::size_t index_of() {
  if constexpr (std::is_same_v<std::variant_alternative_t<kIndex, Parameters>, Kind>) {
    return kIndex;
  } else {
    return index_of<Kind, kIndex + 1>();
  }
}

/// A member of the kinds of parameters that have it. The others read as where nothing is said, and take
/// nothing.
template <auto... kMembers>
constexpr Access of_kinds() {
  return {[](const RenderOptions& options) {
            OptionValue value;
            const auto read = [&](auto kMember) {
              using Kind = decltype(kind_with(kMember));
              const auto* own = std::get_if<Kind>(&options.parameters);
              value = to_value(own == nullptr ? Kind{}.*kMember : own->*kMember);
              return own != nullptr;
            };
            (... || read(kMembers));
            return value;
          },
          [](RenderOptions& options, const OptionValue& value) {
            const auto write = [&](auto kMember) {
              using Kind = decltype(kind_with(kMember));
              auto* own = std::get_if<Kind>(&options.parameters);
              if (own != nullptr) assign(own->*kMember, value, Kind{}.*kMember);
            };
            (write(kMembers), ...);
          },
          (... | (1U << index_of<decltype(kind_with(kMembers))>()))};
}

OptionValue kind_value(const RenderOptions& options) {
  return to_value(options.kind());
}

void set_kind(RenderOptions& options, const OptionValue& value) {
  Parameterisation kind{};
  assign(kind, value, RenderOptions().kind());
  options.parameters = changed_to(kind, options.parameters);
}

OptionValue size_value(const RenderOptions& options) {
  return to_value(std::array{options.height, options.width});
}

void set_size(RenderOptions& options, const OptionValue& value) {
  const RenderOptions standard;
  std::array<int, 2> size{};
  assign(size, value, {standard.height, standard.width});
  options.height = size[0];
  options.width = size[1];
}

constexpr OptionRow row(Access access, OptionRow row) {
  row.get = access.get;
  row.set = access.set;
  row.kinds &= access.kinds;
  return row;
}

using enum OptionKind;
using enum OptionGroup;

constexpr std::array kRows = {
    row(member<&RenderOptions::images>(),
        {.key = "images",
         .flag = "--images",
         .kind = count,
         .group = picture,
         .type = "N",
         .least = 1,
         .most = kMostImages,
         .taken_by = TakenBy::render,
         .help = "Pictures optimised together and shown side by side: for mix, diversity and align"}),
    row(member<&RenderOptions::view, &ViewOptions::draws>(),
        {.key = "draws",
         .flag = "--draws",
         .kind = count,
         .group = view,
         .type = "N",
         .least = 1,
         .most = kMostDraws,
         .help = "Random views of the picture that a step averages over",
         .example = "--draws 4"}),
    row(member<&RenderOptions::seed>(),
        {.key = "seed",
         .flag = "--seed",
         .kind = OptionKind::seed,
         .group = picture,
         .type = "N",
         .recorded = Recorded::always,
         .help = "Of the start and of every random view; same seed, same bytes",
         .example = "--seed 3"}),
    row(Access{size_value, set_size},
        {.key = "size",
         .flag = "-s,--size",
         .kind = size,
         .group = picture,
         .type = "PIXELS",
         .least = 1,
         .most = kLargestSide,
         .recorded = Recorded::always,
         .help =
             "Height and width of the picture, N or HxW; the network sees as many pixels, unless --network-size "
             "says otherwise (lucent shows it 224 of its 128)",
         .example = "--size 96x128"}),
    row(member<&RenderOptions::steps>(), {.key = "steps",
                                          .flag = "-n,--steps",
                                          .kind = count,
                                          .group = duration,
                                          .type = "N",
                                          .least = 1,
                                          .most = kMostSteps,
                                          .recorded = Recorded::always,
                                          .help = "Updates of the picture"}),
    row(member<&RenderOptions::update, &UpdateOptions::learning_rate>(),
        {.key = "learning_rate",
         .flag = "--learning-rate",
         .kind = real,
         .group = update,
         .type = "X",
         .most = kLargestFactor,
         .above_least = true,
         .recorded = Recorded::always,
         .default_text = "0.05, of --param cppn 0.005, maco 1",
         .help = "Of the optimiser",
         .example = "--learning-rate 0.1"}),
    row(Access{kind_value, set_kind},
        {.key = "param",
         .flag = "--param",
         .kind = name,
         .group = start,
         .type = "KIND",
         .names = kNames<Parameterisation>,
         .recorded = Recorded::always,
         .help = "What is optimised: Fourier coefficients scaled by frequency, pixels, pixels at several "
                 "sizes, weights of a network of coordinates, phases alone, or the latent of a decoder",
         .example = "--param pixel"}),
    row(of_kinds<&Spectral::decay_power>(),
        {.key = "decay",
         .flag = "--decay",
         .kind = real,
         .group = start,
         .type = "X",
         .most = 100,
         .recorded = Recorded::always,
         .help = "Coefficients are scaled by frequency to the power of minus this",
         .example = "--decay 1.5"}),
    row(member<&RenderOptions::colour, &ColourOptions::decorrelate>(),
        {.key = "decorrelate",
         .flag = "--no-decorrelate",
         .kind = flag,
         .group = colour,
         .kinds = kEveryKind & ~kDecoder,
         .recorded = Recorded::always,
         .flag_sets = false,
         .help = "Optimise RGB itself, not decorrelated colours",
         .example = "--no-decorrelate"}),
    row(member<&RenderOptions::gradient, &GradientRules::relu_updates>(),
        {.key = "redirected_relu",
         .flag = "--redirected-relu",
         .kind = count,
         .group = gradient,
         .type = "N",
         .most = kAnyCount,
         .recorded = Recorded::always,
         .off_flag = "--no-redirected-relu",
         .off_value = "0",
         .off_help = "Plain ReLU gradients from the first step on: a silent start may stay silent",
         .help = "Steps at the start which --relu-gradient serves; then gradients are plain",
         .example = "--redirected-relu 32"}),
    row(member<&RenderOptions::view, &ViewOptions::transforms>(),
        {.key = "transforms",
         .flag = "--transforms",
         .kind = OptionKind::transforms,
         .group = view,
         .type = "LIST",
         .recorded = Recorded::always,
         .off_flag = "--no-transforms",
         .off_value = "none",
         .off_help = "Show the network the picture itself, as does --preset none",
         .help = "What random views the network is shown, a list such as 'pad(12,0.5) jitter(8) "
                 "scale(0.9..1.1) rotate(-10..10) jitter(4)'; forms below",
         .example = "--transforms 'jitter(16) flip'"}),
    row(member<&RenderOptions::view, &ViewOptions::network_size>(),
        {.key = "network_size",
         .flag = "--network-size",
         .kind = count,
         .group = view,
         .type = "N",
         .least = 1,
         .most = kLargestSide,
         .default_text = "as they are",
         .help = "Enlarge views to N pixels on their shorter side for the network; lucent shows it 224",
         .example = "--size 128 --network-size 224"}),
    row(member<&RenderOptions::colour, &ColourOptions::basis>(),
        {.key = "colours",
         .flag = "--colour",
         .kind = OptionKind::colours,
         .group = colour,
         .type = "MATRIX|FILE",
         .kinds = kEveryKind & ~kDecoder,
         .default_text = "ImageNet's",
         .help = "Decorrelate colours by a matrix of your own: nine numbers, rows R, G, B (and the mean), or "
                 "a prior's file",
         .example = "--colour '1,0,0;0,1,0;0,0,1'"}),
    row(member<&RenderOptions::colour, &ColourOptions::squash>(), {.key = "squash",
                                                                   .flag = "--squash",
                                                                   .kind = name,
                                                                   .group = colour,
                                                                   .type = "HOW",
                                                                   .names = kNames<Squash>,
                                                                   .kinds = kEveryKind & ~kDecoder,
                                                                   .help = "How colours come into [0, 1]",
                                                                   .example = "--squash clip"}),
    row(member<&RenderOptions::colour, &ColourOptions::grayscale>(),
        {.key = "gray",
         .flag = "--gray",
         .kind = flag,
         .group = colour,
         .kinds = kEveryKind & ~kDecoder,
         .help = "Optimise one plane: a picture in gray",
         .example = "--gray"}),
    row(of_kinds<&Spectral::amplitude>(), {.key = "amplitude",
                                           .flag = "--amplitude",
                                           .kind = real,
                                           .group = start,
                                           .type = "X",
                                           .most = kLargestFactor,
                                           .above_least = true,
                                           .help = "Factor of the coefficients; 1 is captum's",
                                           .example = "--amplitude 1"}),
    row(member<&RenderOptions::colour, &ColourOptions::alpha>(),
        {.key = "alpha",
         .flag = "--alpha",
         .kind = flag,
         .group = colour,
         .kinds = kEveryKind & ~kMaco & ~kDecoder,
         .help = "Optimise how opaque the picture is too, before random backgrounds: a PNG with alpha. "
                 "Something must drive it, such as the term - 2*alpha",
         .example = "--alpha"}),
    row(member<&RenderOptions::start, &StartOptions::deviation>(),
        {.key = "sd",
         .flag = "--sd",
         .kind = real,
         .group = start,
         .type = "X",
         .most = kLargestFactor,
         .kinds = kEveryKind & ~kCppn,
         .default_text = "0.01, of maco's phases and decoders' latents 1",
         .help = "Deviation of the noise that is started from",
         .example = "--sd 0.1"}),
    row(of_kinds<&Spectral::shared, &Pixel::shared, &Pyramid::shared>(),
        {.key = "shared",
         .flag = "--shared",
         .kind = counts,
         .group = start,
         .type = "N,N",
         .least = 1,
         .most = kLargestSide,
         .default_text = "none",
         .help = "Terms of 1/N of the size, for each N, that the --images of a job share, which aligns them "
                 "(4,8,16)",
         .example = "--images 2 --shared 4,8"}),
    row(of_kinds<&Maco::prior>(),
        {.key = "prior",
         .flag = "--prior",
         .kind = file,
         .group = start,
         .type = "FILE",
         .default_text = "limpid's own",
         .help = "The magnitudes that `limpid prior fit` found, and its colours, unless --colour, --gray or "
                 "--no-decorrelate says otherwise"}),
    row(of_kinds<&Decoded::decoder>(),
        {.key = "decoder",
         .flag = "--decoder",
         .kind = file,
         .group = start,
         .type = "FILE",
         .default_text = "none",
         .help =
             "Whose latent is optimised. What a picture owes to its training cannot be told from what the network asks "
             "for"}),
    row(of_kinds<&Decoded::penalty>(),
        {.key = "latent_penalty",
         .flag = "--latent-penalty",
         .kind = real,
         .group = start,
         .type = "X",
         .most = kLargestFactor,
         .help =
             "X / 2 times the square of a decoder's latent is taken from what is climbed, as a Gaussian prior would"}),
    row(member<&RenderOptions::start, &StartOptions::photo>(),
        {.key = "init",
         .flag = "--init",
         .kind = file,
         .group = start,
         .type = "noise|FILE",
         .kinds = kSpectral | kPixel,
         .unset = "noise",
         .default_text = "noise",
         .help = "Start: noise, or a photo: PNG, JPEG, WebP, BMP, GIF, PSD",
         .example = "--init photo.png"}),
    row(member<&RenderOptions::start, &StartOptions::mask>(),
        {.key = "mask",
         .flag = "--mask",
         .kind = file,
         .group = start,
         .type = "FILE",
         .default_text = "none",
         .help = "A picture: what is white in it stays as it was at the start",
         .example = "--mask mask.png"}),
    row(member<&RenderOptions::start, &StartOptions::fit>(),
        {.key = "fit",
         .flag = "--fit",
         .kind = name,
         .group = start,
         .type = "HOW",
         .names = kNames<Fit>,
         .help =
             "How photos and masks of another size come to the picture's: the centre in its shape (crop), all "
             "with grey beside it (pad), or all, out of shape (stretch)",
         .example = "--fit pad"}),
    row(member<&RenderOptions::update, &UpdateOptions::optimiser>(),
        {.key = "optimiser",
         .flag = "--optimiser,--optimizer",
         .kind = name,
         .group = update,
         .type = "NAME",
         .names = kNames<Optimiser>,
         .help =
             "How parameters are updated; ascent: along the gradient; momentum: along it and 0.9 of the last update",
         .example = "--optimiser nadam"}),
    row(member<&RenderOptions::update, &UpdateOptions::schedule>(),
        {.key = "schedule",
         .flag = "--schedule",
         .kind = name,
         .group = update,
         .type = "NAME",
         .names = kNames<RateSchedule>,
         .help = "The learning rate after the warm-up: constant, or falling to zero along a cosine",
         .example = "--schedule cosine"}),
    row(member<&RenderOptions::update, &UpdateOptions::warmup_steps>(),
        {.key = "warmup",
         .flag = "--warmup",
         .kind = count,
         .group = update,
         .type = "N",
         .most = kAnyCount,
         .help = "Updates over which the learning rate rises from zero",
         .example = "--warmup 2"}),
    row(member<&RenderOptions::update, &UpdateOptions::epsilon_form>(),
        {.key = "epsilon_form",
         .flag = "--epsilon-form",
         .kind = name,
         .group = update,
         .type = "FORM",
         .names = kNames<EpsilonForm>,
         .help = "Adam: epsilon is added to the corrected second moment's root, or (TensorFlow) before that",
         .example = "--epsilon-form uncorrected"}),
    row(member<&RenderOptions::update, &UpdateOptions::normalise_gradient>(),
        {.key = "normalise_gradient",
         .flag = "--normalise-gradient,--normalize-gradient",
         .kind = flag,
         .group = update,
         .help = "Ascent, momentum: divide each gradient by its root mean square",
         .example = "--optimiser ascent --normalise-gradient"}),
    row(member<&RenderOptions::gradient, &GradientRules::relu>(),
        {.key = "relu_gradient",
         .flag = "--relu-gradient",
         .kind = name,
         .group = gradient,
         .type = "RULE",
         .names = kNames<ReluGradient>,
         .help = "What ReLUs pass back at first: where they would let no gradient pass, what wakes silent "
                 "units (redirected) or all of it (unmasked); or a tenth of it wherever they are off (leaky)",
         .example = "--relu-gradient leaky"}),
    row(member<&RenderOptions::gradient, &GradientRules::pool>(),
        {.key = "pool_gradient",
         .flag = "--pool-gradient",
         .kind = name,
         .group = gradient,
         .type = "RULE",
         .names = kNames<PoolGradient>,
         .help = "What max-pools pass back: their own gradient, that of an average or of an L2 pool "
                 "(smoother)",
         .example = "--pool-gradient l2"}),
    row(member<&RenderOptions::patience>(),
        {.key = "patience",
         .flag = "--patience",
         .kind = count,
         .group = duration,
         .type = "N",
         .most = kAnyCount,
         .help = "Stop after a multiple of N steps once the mean objective of the latest N is not above that "
                 "of every N before; 0: never",
         .example = "--patience 16"}),
    row(member<&RenderOptions::restarts>(),
        {.key = "restarts",
         .flag = "--restarts",
         .kind = count,
         .group = duration,
         .type = "K",
         .least = 1,
         .most = kMostRestarts,
         .help = "Starts of which the one with the best final objective is kept",
         .example = "--restarts 3"}),
    row(of_kinds<&Cppn::output_size>(),
        {.key = "output_size",
         .flag = "--output-size",
         .kind = size,
         .group = picture,
         .type = "PIXELS",
         .least = 1,
         .most = kLargestOutputSide,
         .default_text = "that of --size",
         .help = "Make the final picture at this size, N or HxW; it is optimised at --size",
         .example = "--param cppn --size 64 --output-size 128"}),
    row(member<&RenderOptions::thresholds>(),
        {.key = "thresholds",
         .flag = "--thresholds",
         .kind = counts,
         .group = duration,
         .type = "STEPS",
         .least = 1,
         .most = kMostSteps,
         .recorded = Recorded::never,
         .taken_by = TakenBy::render,
         .default_text = "none",
         .help = "Also keep the picture after these steps, as NAME-STEP beside the output (32,128)",
         .example = "--thresholds 1,2"}),
    row(member<&RenderOptions::compute, &ComputeOptions::device>(),
        {.key = "device",
         .flag = "--device",
         .kind = text,
         .group = compute,
         .type = "DEVICE",
         .recorded = Recorded::elsewhere,
         .help = "auto (the first GPU that answers, else the processor), cpu, cuda or cuda:N"}),
    row(member<&RenderOptions::compute, &ComputeOptions::precision>(),
        {.key = "precision",
         .flag = "--precision",
         .kind = name,
         .group = compute,
         .type = "NUMBERS",
         .names = kNames<Precision>,
         .recorded = Recorded::elsewhere,
         .help = "Numbers the network is computed in; auto is fp32 on the processor, fp16 on a GPU"}),
    row(member<&RenderOptions::compute, &ComputeOptions::threads>(),
        {.key = "threads",
         .flag = "--threads",
         .kind = count,
         .group = compute,
         .type = "N",
         .most = 4096,
         .recorded = Recorded::never,
         .help = "Processor threads; 0 takes all cores"}),
};

}  // namespace

std::span<const OptionRow> option_table() {
  return kRows;
}

}  // namespace limpid
