// The tasks of a step, and the bytes they move, for every way there is of making one: a golden list, so
// that a change of any is meant.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "engine/network/threads.h"
#include "engine/optimize/lane.h"
#include "engine/optimize/lane_plan.h"
#include "engine/optimize/presets.h"
#include "engine/optimize/step_cost.h"
#include "engine/options/image_options.h"
#include "engine/options/option_table.h"
#include "kernels/core/names.h"
#include "tests/engine/other_value.h"
#include "tests/engine/some_decoder.h"
#include "tests/weights/support.h"

namespace limpid {
namespace {

/// Of two channels a convolution: lists are the same whatever the widths.
const Model& model() {
  static const Model instance = testing::narrow_model("bvlc_googlenet");
  return instance;
}

struct StepCase {
  std::string name;
  std::string objective = "conv2d1:1";
  std::function<void(RenderOptions&)> change = [](RenderOptions&) {};
};

RenderOptions options_of(const StepCase& what) {
  RenderOptions options;
  options.height = 48;
  options.width = 40;
  what.change(options);
  options.objective = parse_objective(what.objective, model());
  return options;
}

std::shared_ptr<const Mask> mask() {
  Mask mask;
  mask.height = 48;
  mask.width = 40;
  mask.values.assign(std::size_t{48} * 40, 0.5F);
  return std::make_shared<const Mask>(mask);
}

void share(RenderOptions& options, const std::vector<int>& divisors) {
  find_option("shared")->set(options, divisors);
}

/// Every parameterisation, plain, in gray, and where they can with alpha and shared terms.
void add_parameterisations(std::vector<StepCase>& cases) {
  for (const auto& [kind, name] : enumerators<Parameterisation>()) {
    const auto add = [&, kind = kind, name = name](const char* suffix,
                                                   const std::function<void(RenderOptions&)>& change) {
      cases.push_back({fmt::format("{}{}", name, suffix), "conv2d1:1", [=](RenderOptions& o) {
                         o.parameters = test::parameters_for(kind, o.height, o.width);
                         change(o);
                       }});
    };
    add("", [](RenderOptions&) {});
    if (kind == Parameterisation::decoder) continue;
    add(", gray", [](RenderOptions& o) { o.colour.grayscale = true; });
    if (kind != Parameterisation::maco) add(", alpha", [](RenderOptions& o) { o.colour.alpha = true; });
    if (kind == Parameterisation::maco || kind == Parameterisation::cppn) continue;
    add(", shared", [](RenderOptions& o) {
      o.images = 2;
      share(o, {2, 5});
    });
    add(", shared, gray, alpha, mask", [](RenderOptions& o) {
      o.images = 2;
      share(o, {3});
      o.colour.grayscale = o.colour.alpha = true;
      o.start.mask = mask();
    });
  }
}

/// Every kind of term: of a map, of a photo, of a job's images, of the picture.
void add_objectives(std::vector<StepCase>& cases) {
  for (const char* text :
       {"conv2d1:1@2,2", "conv2d1", "conv2d1:pre", "dir(conv2d1, random:3)", "match(a.png, conv2d1)",
        "caricature(a.png, conv2d1)", "style(a.png, conv2d1)", "conv2d1:1 - 0.1*tv",
        "conv2d1:1 - 0.1*l1 - 0.1*l2 - 0.1*blur - 0.1*boundary(frame=3)", "conv2d1:1 - distance(a.png)",
        "conv2d0:1 + conv2d1:1 + conv2d1:0:pre"}) {
    cases.push_back({fmt::format("objective {}", text), text});
  }
  for (const char* text : {"conv2d1:1 + diversity(conv2d0)", "conv2d1:1 + align(conv2d0)"}) {
    cases.push_back({fmt::format("objective {}", text), text, [](RenderOptions& o) { o.images = 2; }});
  }
  cases.push_back(
      {"objective with alpha", "conv2d1:1 - alpha", [](RenderOptions& o) { o.colour.alpha = true; }});
  cases.push_back({"watched", "conv2d1:1", [](RenderOptions& o) {
                     o.watch = {parse_watched("conv2d0:1", model()), parse_watched("tv", model())};
                   }});
}

void add_options(std::vector<StepCase>& cases) {
  const auto add = [&](const char* name, const std::function<void(RenderOptions&)>& change,
                       const char* objective = "conv2d1:1") {
    cases.push_back({name, objective, change});
  };
  add("plain colours, clipped", [](RenderOptions& o) {
    o.colour.decorrelate = false;
    o.colour.squash = Squash::clip;
  });
  add("mask", [](RenderOptions& o) { o.start.mask = mask(); });
  add(
      "mask, photo and penalty", [](RenderOptions& o) { o.start.mask = mask(); },
      "match(a.png, conv2d1) - 0.1*tv");
  add("three draws", [](RenderOptions& o) { o.view.draws = 3; });
  add(
      "three draws, penalty and watched",
      [](RenderOptions& o) {
        o.view.draws = 3;
        o.watch = {parse_watched("l2", model())};
      },
      "conv2d1:1 - 0.1*tv");
  add("three images", [](RenderOptions& o) { o.images = 3; });
  add("restarts", [](RenderOptions& o) { o.restarts = 3; });
  add("normalised ascent", [](RenderOptions& o) {
    o.update.optimiser = Optimiser::ascent;
    o.update.normalise_gradient = true;
  });
  add("nadam", [](RenderOptions& o) { o.update.optimiser = Optimiser::nadam; });
  add(
      "smooth pools", [](RenderOptions& o) { o.gradient.pool = PoolGradient::l2; }, "maxpool0:1");
}

void add_views(std::vector<StepCase>& cases) {
  for (const char* text : {"none", "hue(5)", "blur(0..2)", "blur(1) noise(0.1) jitter(3)",
                           "lucid: jitter(4) rotate(-5..5) scale(1)", "lucent: jitter(4) rotate(-5..5)",
                           "captum: scale(0.9,1) jitter(4)"}) {
    cases.push_back({fmt::format("transforms {}", text), "conv2d1:1",
                     [=](RenderOptions& o) { o.view.transforms = parse_transforms(text); }});
  }
  cases.push_back({"peer's views of an alpha", "conv2d1:1", [](RenderOptions& o) {
                     o.colour.alpha = true;
                     o.view.transforms = parse_transforms("lucent: jitter(4) rotate(-5..5)");
                   }});
  for (const std::string& name : preset_names()) {
    if (name == "lucid") continue;  // A network for each of some hundred sizes; its transforms are above.
    cases.push_back({fmt::format("preset {}", name), "conv2d1:1", [=](RenderOptions& o) {
                       apply_preset(name, o);
                       o.height = 48;
                       o.width = 40;
                     }});
  }
}

std::vector<StepCase> every_case() {
  std::vector<StepCase> cases;
  add_parameterisations(cases);
  add_objectives(cases);
  add_options(cases);
  add_views(cases);
  return cases;
}

/// One line a task: its bytes and its name.
std::string list_of(const StepCase& what) {
  const LaneSpec spec = lane_for(model(), options_of(what), false);
  std::string text = fmt::format("# {}\n", what.name);
  for (const OperationCost& operation : step_cost(model(), spec, {}).operations) {
    text += fmt::format("{:>8.0f} {}\n", operation.bytes(), operation.name);
  }
  return text;
}

/// What is said of a step is what a lane runs.
void expect_told_is_done(const RenderOptions& options) {
  HostThreads host(1);
  const auto backend = cpu::make_backend();
  const LaneSpec spec = lane_for(model(), options, false);
  const Lane lane(*backend, host.stream(), model(), spec);
  std::vector<std::string> told, done;
  for (const OperationCost& operation : step_cost(model(), spec, {}).operations)
    told.push_back(operation.name);
  for (const Task& task : lane.step_tasks()) done.push_back(task.name);
  EXPECT_EQ(told, done);
}

TEST(StepList, NamesTheTasksOfLanes) {
  for (const StepCase& what : every_case()) {
    SCOPED_TRACE(what.name);
    expect_told_is_done(options_of(what));
  }
}

/// Kinds of what is optimised and files are among the cases above.
TEST(StepList, NamesTheTasksOfLanesWithEveryOption) {
  for (const OptionRow& row : option_table()) {
    if (row.kind == OptionKind::file || row.key == "param") continue;
    for (const auto& [kind, name] : enumerators<Parameterisation>()) {
      if ((row.kinds & bit(kind)) == 0 || (kind != Parameterisation::spectral && row.kinds == kEveryKind))
        continue;
      SCOPED_TRACE(fmt::format("{} of {}", row.key, name));
      RenderOptions options = options_of({});
      options.parameters = test::parameters_for(kind, options.height, options.width);
      options.images = 2;  // Of which some have terms in common.
      row.set(options, parse_option(row, testing::other_value(row)));
      expect_told_is_done(options);
    }
  }
}

/// What shares memory holds anything at all when its turn comes.
TEST(StepList, NothingIsReadBeforeItIsWritten) {
  for (const StepCase& what : every_case()) {
    SCOPED_TRACE(what.name);
    const LaneSpec spec = lane_for(model(), options_of(what), false);
    const LaneStep step = plan_step(spec, {}, first_stages(spec), 4);
    std::set<int> written;
    for (const auto* ops : {&step.plan.before, &step.plan.after}) {
      for (const StepOp& op : *ops) {
        for (const StepUse& use : op.uses) {
          const StepBuffer& buffer = step.plan.buffer(use.buffer);
          if (use.read && buffer.memory == StepMemory::scratch) {
            EXPECT_TRUE(written.contains(use.buffer)) << op.name << ", " << buffer.name;
          }
        }
        for (const StepUse& use : op.uses) {
          if (use.write) written.insert(use.buffer);
        }
      }
    }
  }
}

TEST(StepList, IsTheOneCommitted) {
  std::string now;
  for (const StepCase& what : every_case()) now += list_of(what) + "\n";
  const std::string committed = testing::read_text(LIMPID_FIXTURES "/step_list.txt");
  if (now == committed) return;
  const std::string written = ::testing::TempDir() + "step_list.txt";
  testing::write_text(written, now);
  std::istringstream a(now), b(committed);
  std::string here, there;
  int line = 1;
  while (std::getline(a, here) && std::getline(b, there) && here == there) ++line;
  FAIL() << "line " << line << " is\n  " << here << "\nand was\n  " << there << "\nThe whole list is in "
         << written << "; if it is meant, it goes to tests/fixtures.";
}

}  // namespace
}  // namespace limpid
