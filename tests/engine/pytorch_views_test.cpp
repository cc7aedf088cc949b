// Staged views against those that PyTorch makes, and gradients against its autograd's: fixtures/views.json,
// which fixtures/make_views.py wrote.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/image/staged_views.h"
#include "kernels/ops/nearest_turn.h"
#include "kernels/ops/resample.h"
#include "kernels/ops/warp.h"

namespace limpid::pytorch_views_test {
namespace {

using nlohmann::json;

/// The fixture's numbers in [0, 1).
std::vector<float> pattern(int count, int factor, float less = 0) {
  std::vector<float> values;
  for (int i = 0; i < count; ++i) values.push_back(static_cast<float>(i * factor % 1009) / 1009.0F - less);
  return values;
}

std::vector<StagedDraw> draws_of(const Transforms& transforms, const json& given) {
  std::vector<StagedDraw> draws;
  auto next = given.begin();
  for (const Transform& transform : transforms.list) {
    StagedDraw draw;
    if (transform.kind == TransformKind::jitter) {
      draw.x = next->at(0).get<int>();
      draw.y = next->at(1).get<int>();
    } else if (transform.kind != TransformKind::pad) {
      draw.value = next->get<float>();
    }
    if (transform.kind != TransformKind::pad) ++next;
    draws.push_back(draw);
  }
  EXPECT_EQ(next, given.end());
  return draws;
}

/// Canvases of one picture, three planes each.
struct Canvas {
  int h, w;
  std::vector<float> values;
  Planar<float> planes() { return {values.data(), 1, 3, h, w}; }
};

constexpr InputScaling kPlain{1, {0, 0, 0}, {0, 1, 2}};
constexpr float kNothing = 0;

void run(const ViewStage& stage, Canvas& from, Canvas& to) {
  switch (stage.kind) {
    case ViewStage::Kind::resample:
      return cpu::resample({}, {from.planes(), to.planes(), &stage.rule});
    case ViewStage::Kind::turn:
      return cpu::warp({}, {from.planes(), to.planes(), &stage.map, &kNothing, kPlain});
    case ViewStage::Kind::nearest_turn:
      return cpu::nearest_turn({}, {from.planes(), to.planes(), &stage.map});
  }
}

void run_adjoint(const ViewStage& stage, Canvas& dto, Canvas& dfrom) {
  switch (stage.kind) {
    case ViewStage::Kind::resample:
      return cpu::resample_adjoint({}, {dto.planes(), dfrom.planes(), &stage.rule});
    case ViewStage::Kind::turn:
      return cpu::warp_adjoint({}, {dto.planes(), dfrom.planes(), &stage.map, kPlain});
    case ViewStage::Kind::nearest_turn:
      return cpu::nearest_turn_adjoint({}, {dto.planes(), dfrom.planes(), &stage.map});
  }
}

TEST(PytorchViews, AreTheSameAndSoAreTheirGradients) {
  std::ifstream file(LIMPID_FIXTURES "/views.json");
  const json fixture = json::parse(file);
  const int h = fixture.at("height"), w = fixture.at("width");
  ASSERT_EQ(fixture.at("cases").size(), 6U);
  for (const json& c : fixture.at("cases")) {
    const std::string text = c.at("transforms");
    SCOPED_TRACE(text + " " + c.at("draws").dump());
    const Transforms transforms = parse_transforms(text);
    const std::vector<ViewStage> stages = stages_of(transforms, draws_of(transforms, c.at("draws")), h, w);
    std::vector<Canvas> canvases = {{h, w, pattern(3 * h * w, 613)}};
    for (const ViewStage& stage : stages) {
      Canvas to{stage.h, stage.w, std::vector<float>(static_cast<std::size_t>(3 * stage.h * stage.w))};
      run(stage, canvases.back(), to);
      canvases.push_back(std::move(to));
    }
    Canvas& view = canvases.back();
    ASSERT_EQ(view.h, c.at("height").get<int>());
    ASSERT_EQ(view.w, c.at("width").get<int>());
    const std::vector<double> expected = c.at("view");
    const std::size_t stride = c.at("stride");
    for (std::size_t i = 0; i < expected.size(); ++i) {
      ASSERT_NEAR(static_cast<double>(view.values[i * stride]), expected[i], 1e-5) << "value " << i * stride;
    }

    view.values = pattern(3 * view.h * view.w, 389, 0.5F);
    for (std::size_t i = stages.size(); i-- > 0;) run_adjoint(stages[i], canvases[i + 1], canvases[i]);
    const std::vector<double> gradient = c.at("gradient");
    double largest = 0;
    for (const double value : gradient) largest = std::max(largest, std::abs(value));
    for (std::size_t i = 0; i < gradient.size(); ++i) {
      ASSERT_NEAR(static_cast<double>(canvases[0].values[i]), gradient[i], 1e-5 * largest)
          << "gradient " << i;
    }
  }
}

}  // namespace
}  // namespace limpid::pytorch_views_test
