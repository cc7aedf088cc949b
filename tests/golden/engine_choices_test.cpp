// The engine's input gradients against double precision along the engine's own choices.
//
// End to end, an fp32 gradient differs from double precision by far more than rounding as soon as one
// near-tie falls the other way. With the same ReLU masks and max-pool choices both are smooth functions, and
// must agree to rounding: this tells selection flips from defects.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "tests/engine/engine_run.h"
#include "tests/golden/golden_data.h"
#include "tests/reference/comparison.h"
#include "tests/reference/reference_network.h"
#include "weights/import.h"

namespace limpid {
namespace {

using golden::RecordedObjective;
using reference::Map;
using reference::relative_l2;
using reference::Selections;
using test::EngineGradient;
using test::OpenPass;

template <class Choice>
std::size_t count_different(const std::map<std::string, Choice>& a, const std::map<std::string, Choice>& b) {
  std::size_t count = 0;
  for (const auto& [name, choice] : a) {
    for (std::size_t i = 0; i < choice.size(); ++i) count += choice[i] != b.at(name)[i];
  }
  return count;
}

TEST(EngineChoices, InputGradientsAgreeWithDoublePrecisionAlongThem) {
  const auto folder = golden::data_folder();
  if (!folder) GTEST_SKIP() << "LIMPID_TEST_DATA is not set";
  const Model model = import_model(*folder / "weights/bvlc_googlenet.caffemodel");
  const golden::RecordedRun run = golden::read_recorded_run(*folder / "reference/bvlc_dog_cat.h5");
  Map input(3, run.height, run.width);
  std::copy(run.input.begin(), run.input.end(), input.values.begin());
  const reference::Network oracle(model);
  const reference::Trace own = oracle.forward(input);

  for (const RecordedObjective& recorded : run.objectives) {
    SCOPED_TRACE(recorded.name);
    const reference::Gradients free = oracle.backward(own, recorded.objective);
    const Selections layers = test::on_the_way(own, free);
    const Selections chosen = OpenPass(model, input, layers).choices();
    const EngineGradient gradient = test::engine_gradient(model, input, recorded.objective);

    const reference::Trace same = oracle.forward(input, reference::value_name(recorded.objective), chosen);
    const reference::Gradients expected = oracle.backward(same, recorded.objective);
    EXPECT_NEAR(gradient.value, expected.value, 1e-5 * std::abs(expected.value));
    EXPECT_LE(relative_l2(gradient.values, expected.input().values), 1e-5);

    // For the record: what a user sees end to end, and how many choices explain it.
    RecordProperty("end_to_end_" + recorded.objective.layer,
                   std::to_string(relative_l2(gradient.values, free.input().values)));
    RecordProperty("flipped_relu_" + recorded.objective.layer,
                   std::to_string(count_different(chosen.relu, layers.relu)));
    RecordProperty("flipped_pool_" + recorded.objective.layer,
                   std::to_string(count_different(chosen.pool, layers.pool)));
  }
}

}  // namespace
}  // namespace limpid
