// Every row of the option table through every walk: command line, options, JSON, and back; then what presets
// set, on every kind of what is optimised.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "engine/grid/job_json.h"
#include "engine/grid/option_json.h"
#include "engine/optimize/lane_plan.h"
#include "engine/optimize/presets.h"
#include "engine/options/command_line.h"
#include "engine/options/image_options.h"
#include "kernels/core/names.h"
#include "tests/engine/other_value.h"
#include "tests/weights/support.h"
#include "tools/render_options.h"

namespace limpid {

/// In CTest's name of the case.
void PrintTo(const OptionRow& row, std::ostream* stream) {
  *stream << row.key;
}

}  // namespace limpid

namespace limpid::testing {
namespace {

using Json = JsonField::Json;

RenderOptions usual() {
  RenderOptions options;
  options.objective = ObjectiveTerm{TermKind::channel, "conv2d1", false, 1, {}, 1};
  return options;
}

class Walks : public ::testing::TestWithParam<OptionRow> {
 protected:
  /// The first kind of parameters that has the option.
  RenderOptions of_its_kind() const {
    RenderOptions options = usual();
    const auto kinds = enumerators<Parameterisation>();
    const auto kind =
        std::ranges::find_if(kinds, [&](const auto& k) { return (row_.kinds & bit(k.first)) != 0; });
    options.parameters = parameters_of(kind->first);
    return options;
  }

  const OptionRow& row_ = *find_option(GetParam().key);
};

TEST_P(Walks, LoseNothing) {
  RenderOptions options = of_its_kind();
  const OptionValue value = parse_option(row_, other_value(row_));
  row_.set(options, value);
  EXPECT_EQ(row_.get(options), value);
  EXPECT_NE(row_.get(options), row_.get(usual()));
  EXPECT_EQ(option_text(row_, value), other_value(row_));

  const bool recorded = row_.recorded == Recorded::always || row_.recorded == Recorded::different;
  const Json json = job_to_json(options);
  EXPECT_EQ(json.contains(std::string(row_.key)), recorded);
  static const Model model = narrow_model("bvlc_googlenet");
  const RenderOptions back = job_from_json({json, "jobs.json", ""}, model);
  if (recorded) {
    EXPECT_EQ(row_.get(back), value) << json.dump();
  }
  EXPECT_EQ(job_to_json(back), json);

  const std::string command = command_line(options);
  const std::string text = row_.kind == OptionKind::flag
                               ? fmt::format(" {}", row_.long_flag())
                               : fmt::format(" {} {}", row_.long_flag(), shell_quote(other_value(row_)));
  EXPECT_EQ((command + " ").find(text + " ") != std::string::npos, row_.recorded != Recorded::never)
      << command;

  // What is not set is as without options.
  row_.set(options, {});
  EXPECT_EQ(row_.get(options), row_.get(usual()));
}

TEST_P(Walks, RefuseWhatIsOutOfRange) {
  std::vector<std::string> wrong;
  switch (row_.kind) {
    case OptionKind::count:
      wrong = {"",
               "x",
               "1.5",
               "0x2",
               " 1",
               fmt::format("{}", static_cast<std::int64_t>(row_.least) - 1),
               fmt::format("{}", static_cast<std::int64_t>(row_.most) + 1),
               "18446744073709551617"};
      break;
    case OptionKind::seed:
      wrong = {"", "-1", "1.5", "18446744073709551616"};
      break;
    case OptionKind::real:
      wrong = {"", "x", "nan", "inf", "-inf", "1e39", "-1", "1e30"};
      break;
    case OptionKind::name:
      wrong = {"", "Adam", "none such"};
      break;
    case OptionKind::size:
      wrong = {"", "x", "0", "12x", "12x0", "1x2x3", "99999", "99999999999"};
      break;
    case OptionKind::counts:
      wrong = {"", ",", "4,", "4,x", "0", "99999999999"};
      break;
    case OptionKind::colours:
      wrong = {"", "1,2", "1,0,0;0,1,0;0,0,x"};
      break;
    default:
      break;
  }
  for (const std::string& text : wrong) {
    SCOPED_TRACE(text);
    try {
      parse_option(row_, text);
      ADD_FAILURE();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::usage);
      EXPECT_EQ(std::string(error.what()),
                fmt::format("{} '{}': expected {}", row_.long_flag(), text, expected(row_)));
    }
  }
  EXPECT_TRUE(in_range(row_, row_.get({})));
}

TEST_P(Walks, ALibrarysNumbersAreLookedAtToo) {
  if (row_.kind != OptionKind::real && row_.kind != OptionKind::count) return;
  RenderOptions options = of_its_kind();
  if (row_.kind == OptionKind::real) {
    row_.set(options, std::numeric_limits<float>::quiet_NaN());
  } else {
    row_.set(options, static_cast<std::int64_t>(row_.least) - 1);
  }
  try {
    check_ranges(options);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find(fmt::format("{} ", row_.key)), std::string::npos);
    EXPECT_NE(std::string(error.what()).find(expected(row_)), std::string::npos);
  }
}

INSTANTIATE_TEST_SUITE_P(Rows, Walks, ::testing::ValuesIn(option_table().begin(), option_table().end()),
                         [](const ::testing::TestParamInfo<OptionRow>& info) {
                           return std::string(info.param.key);
                         });

TEST(OptionTable, NamesAreGivenOnce) {
  std::set<std::string_view> keys, flags;
  for (const OptionRow& row : option_table()) {
    EXPECT_TRUE(keys.insert(row.key).second) << row.key;
    EXPECT_TRUE(flags.insert(row.long_flag()).second) << row.flag;
    EXPECT_FALSE(row.help.empty());
    if (row.off_flag.empty()) continue;
    EXPECT_NO_THROW(parse_option(row, row.off_value)) << row.off_flag;
  }
}

TEST(OptionTable, WithoutARateAKindOfPictureHasItsOwn) {
  const auto rate = [](Parameterisation kind) {
    RenderOptions options = usual();
    options.parameters = parameters_of(kind);
    return job_to_json(options).at("learning_rate").get<double>();
  };
  EXPECT_EQ(rate(Parameterisation::spectral), 0.05);
  EXPECT_EQ(rate(Parameterisation::cppn), 0.005);
  EXPECT_EQ(rate(Parameterisation::maco), 1);
  EXPECT_EQ(rate(Parameterisation::decoder), 0.05);
}

TEST(OptionTable, PresetsSetWhatTheySayAndNothingElse) {
  for (const std::string& name : preset_names()) {
    RenderOptions options = usual();
    options.steps = 7;
    options.restarts = 2;
    apply_preset(name, options);
    EXPECT_EQ(options.restarts, 2);
    for (const OptionRow& row : option_table()) {
      if (!in_presets(row.key)) continue;
      OptionValue wanted = row.get(usual());
      for (const PresetValue& value : preset_values(name)) {
        if (value.key == row.key) wanted = parse_option(row, value.text);
      }
      EXPECT_EQ(row.get(options), wanted) << name << " " << row.key;
    }
  }
}

constexpr const char* kPhoto = LIMPID_FIXTURES "/rgb8.png";

RenderOptions taken(const std::string& command, const Model& model) {
  CLI::App program;
  CLI::App* render = program.add_subcommand("render");
  std::string objective;
  RenderArguments arguments;
  render->add_option("objective", objective);
  add_render_options(*render, arguments, TakenBy::render);
  program.parse(command, true);
  RenderOptions options = render_options(arguments);
  options.objective = parse_objective(objective, model);
  return options;
}

void expect_same(const RenderOptions& options, const RenderOptions& wanted) {
  for (const OptionRow& row : option_table()) {
    if (row.key == "learning_rate") continue;  // May be said or left to the kind.
    EXPECT_EQ(row.get(options), row.get(wanted)) << row.key;
  }
  EXPECT_EQ(learning_rate(options), learning_rate(wanted));
}

/// The preset on this kind as a command and as a job, beside its name and beneath defaults that have it.
void walk_preset(const std::string& preset, std::string_view kind, bool photo) {
  SCOPED_TRACE(fmt::format("--preset {} --param {}{}", preset, kind, photo ? " --init" : ""));
  static const Model model = narrow_model("bvlc_googlenet");
  const RenderOptions options = taken(fmt::format("limpid render conv2d1:1 --preset {} --param {}{}", preset,
                                                  kind, photo ? fmt::format(" --init '{}'", kPhoto) : ""),
                                      model);
  EXPECT_NO_THROW(check_render_options(options));
  for (const OptionRow& row : option_table()) {
    if (!has_effect(row, options)) {
      EXPECT_EQ(row.get(options), row.get({})) << row.key;
    }
  }
  const std::string command = command_line(options);
  SCOPED_TRACE(command);
  EXPECT_NO_THROW(expect_same(taken(command, model), options));

  Json job = {{"objective", "conv2d1:1"}, {"param", kind}};
  if (photo) job["init"] = kPhoto;
  const Json defaults = {{"objective", "conv2d1:1"}, {"preset", preset}};
  RenderOptions beneath =
      job_from_json({job, "jobs.json", ""}, model, job_from_json({defaults, "jobs.json", ""}, model));
  beneath.start.photo = options.start.photo;
  EXPECT_NO_THROW(check_render_options(beneath));
  for (const std::string_view key : {"amplitude", "sd"}) {
    const OptionRow& row = *find_option(key);
    if (!has_effect(row, beneath)) {
      EXPECT_EQ(row.get(beneath), row.get({})) << key;
    }
  }

  job["preset"] = preset;
  RenderOptions beside = job_from_json({job, "jobs.json", ""}, model);
  beside.start.photo = options.start.photo;
  expect_same(beside, options);
  EXPECT_EQ(job_to_json(beside), job_to_json(options));
}

TEST(Presets, OnEveryKindWhatIsSaidOfThemIsTakenAgain) {
  for (const std::string& preset : preset_names()) {
    for (const auto& [kind, name] : enumerators<Parameterisation>()) {
      if (kind == Parameterisation::decoder) continue;  // It needs a file.
      walk_preset(preset, name, false);
      if ((find_option("init")->kinds & bit(kind)) != 0) walk_preset(preset, name, true);
    }
  }
}

TEST(Presets, TheDefaultIsTheOneThatSetsNothing) {
  static const Model model = narrow_model("bvlc_googlenet");
  EXPECT_TRUE(preset_values(kDefaultPreset).empty());
  const RenderOptions named =
      taken(fmt::format("limpid render conv2d1:1 --preset {}", kDefaultPreset), model);
  expect_same(taken("limpid render conv2d1:1", model), named);
  expect_same(usual(), named);
}

TEST(Presets, OtherKindsKeepTheirRates) {
  static const Model model = narrow_model("bvlc_googlenet");
  for (const char* preset : {"limpid", "fast", "best"}) {
    for (const char* kind : {"spectral", "pixel", "pyramid", "cppn", "maco"}) {
      const std::string command = fmt::format("limpid render conv2d1:1 --param {}", kind);
      const RenderOptions named = taken(fmt::format("{} --preset {}", command, preset), model);
      EXPECT_EQ(learning_rate(named), learning_rate(taken(command, model))) << preset << ", " << kind;
      EXPECT_EQ(named.update.optimiser, Optimiser::nadam);
    }
  }
}

TEST(Presets, WhatIsGivenBesideThemStays) {
  static const Model model = narrow_model("bvlc_googlenet");
  EXPECT_EQ(taken("limpid render conv2d1:1 --preset captum --param pixel --sd 0.5", model).start.deviation,
            0.5F);
  RenderOptions defaults = usual();
  defaults.start.deviation = 0.5F;
  const Json job = {{"objective", "conv2d1:1"}, {"param", "pixel"}};
  EXPECT_EQ(job_from_json({job, "jobs.json", ""}, model, defaults).start.deviation, 0.5F);
  EXPECT_THROW(taken("limpid render conv2d1:1 --preset captum --param pixel --amplitude 1", model), Error);
  EXPECT_THROW(taken(fmt::format("limpid render conv2d1:1 --sd 0.1 --init '{}'", kPhoto), model), Error);
}

}  // namespace
}  // namespace limpid::testing
