// A batch in micro-batches: the bits of the whole batch at once, for every family of objectives and every remainder,
// in less memory.
#include "engine/network/micro_batches.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/network/executor.h"
#include "engine/network/planner.h"
#include "engine/network/threads.h"
#include "engine/objective/objective_data.h"
#include "engine/objective/terms.h"
#include "tests/engine/engine_run.h"
#include "tests/weights/support.h"
#include "weights/append_layer.h"

namespace limpid {
namespace {

using ReluRule = NetworkExecutor::ReluRule;

constexpr int kHeight = 49, kWidth = 48;
constexpr int kPictures = 5;  // A remainder of micro-batches of two.

/// Features of mixed3b, some of which a gate lets on.
void append_features(Model& model, const std::string& name, ReluGate gate) {
  constexpr int kFeatures = 12;
  const int inputs = channels_of(model.network, model, model.network.find("mixed3b"));
  AppendedLayer layer{"mixed3b", true, {name, kFeatures, inputs, 1, {}, {}}, {gate, 0}};
  if (gate == ReluGate::top_k) layer.gated.kept = 2;
  for (int i = 0; i < kFeatures * inputs; ++i)
    layer.conv.filter.push_back(0.125F * static_cast<float>(i * 7 % 5 - 1));
  layer.conv.bias.assign(kFeatures, 0.25F);
  if (gate == ReluGate::threshold) layer.conv.threshold.assign(kFeatures, 0.5F);
  append_layer(model, layer, "test");
}

const Model& model() {
  static const Model instance = [] {
    Model made = testing::narrow_model("bvlc_googlenet");
    append_features(made, "kept", ReluGate::top_k);
    append_features(made, "above", ReluGate::threshold);
    return made;
  }();
  return instance;
}

class OnePhoto final : public ObjectiveFiles {
 public:
  std::shared_ptr<const Image> photo(const std::string&) override {
    return std::make_shared<const Image>(Image{kHeight, kWidth, {}});
  }
  std::shared_ptr<const FeatureVectors> vectors(const std::string&, int) override { return nullptr; }
};

struct Case {
  const char* name;
  std::vector<const char*> objectives;  ///< Of one shape, taken by jobs in turn.
  int images = 1;                       ///< Of a job.
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.name;
}

struct Answer {
  std::vector<double> values;
  std::vector<float> gradient;
  bool operator==(const Answer&) const = default;
};

class MicroBatch : public ::testing::TestWithParam<Case> {
 protected:
  MicroBatch() {
    OnePhoto files;
    for (const char* text : GetParam().objectives) {
      goals_.push_back({parse_objective(text, model(), &files), {}});
    }
    shape_ = shape_of(goals_.front());
    for (TargetRequest& target : shape_.targets) target.channels.clear();
    pictures_of_job_ = GetParam().images + shape_.photos;
    jobs_ = std::max(1, kPictures / pictures_of_job_);
  }

  std::unique_ptr<NetworkExecutor> open(const MicroBatches& split) {
    PlanRequest request{shape_.targets, kHeight, kWidth, jobs_ * pictures_of_job_};
    request.micro_batches = split;
    auto network =
        std::make_unique<NetworkExecutor>(*backend_, threads_.stream(), model(), make_plan(model(), request));
    for (int n = 0; n < jobs_ * pictures_of_job_; ++n) {
      test::write_input(test::make_input(kHeight, kWidth, static_cast<unsigned>(n)), *network, n);
      network->relu_rules()[n] = n % 2 == 0 ? ReluGradient::leaky : ReluGradient::plain;
    }
    for (int job = 0; job < jobs_; ++job) {
      for (int i = 0; i < GetParam().images; ++i) {
        const ImagePlace place{i, GetParam().images, job * pictures_of_job_, 1};
        const Goals& goals = goals_[static_cast<std::size_t>(job) % goals_.size()];
        const std::vector<TargetTerms> terms = bind_terms(goals, network->plan(), place);
        for (std::size_t t = 0; t < terms.size(); ++t) {
          network->set_terms(static_cast<int>(t), place.batch_index(i), terms[t]);
        }
      }
    }
    return network;
  }

  static Answer answer(NetworkExecutor& network) {
    const Planar<float> gradient = network.input_gradient();
    return {network.download_values(), {gradient.data, gradient.data + gradient.elements()}};
  }

  std::vector<Goals> goals_;
  GoalShape shape_;
  int jobs_ = 0, pictures_of_job_ = 0;
  HostThreads threads_{1};
  std::unique_ptr<Backend> backend_ = cpu::make_backend();
};

TEST_P(MicroBatch, ChangesNoBit) {
  const auto whole = open({});
  whole->forward();
  whole->backward();
  const Answer plain = answer(*whole);
  EXPECT_TRUE(std::any_of(plain.gradient.begin(), plain.gradient.end(), [](float x) { return x != 0; }));
  whole->forward();
  whole->backward(ReluRule::ruled);
  const Answer ruled = answer(*whole);
  EXPECT_NE(ruled, plain);

  for (const int images : {1, 2, 4}) {
    for (const bool one_pass : {false, true}) {
      SCOPED_TRACE(::testing::Message() << images << " images, one pass: " << one_pass);
      const auto network = open({images, one_pass, !shape_.joined});
      // Again and again, for what is shared holds what the last image left.
      for (int i = 0; i < 2; ++i) {
        network->gradient();
        EXPECT_EQ(answer(*network), plain);
        network->gradient(ReluRule::ruled);
        EXPECT_EQ(answer(*network), ruled);
        network->evaluate();
        EXPECT_EQ(network->download_values(), plain.values);
        if (one_pass) continue;
        network->forward();
        for (int n : {0, network->plan().batch - 1}) {
          whole->forward();
          EXPECT_EQ(network->download_target(0, n), whole->download_target(0, n));
        }
        network->backward();
        EXPECT_EQ(answer(*network), plain);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Families, MicroBatch,
    ::testing::Values(
        Case{"Channel", {"mixed4a:1", "mixed4a:0", "mixed4a:2"}},
        Case{"Neuron", {"mixed4b:1@1,1", "mixed4b:0@0,1"}}, Case{"Logit", {"logits:1"}},
        Case{"Layer", {"mixed3b"}},
        Case{"Sum", {"mixed3a:1 + 0.5*mixed4a:0:pre - conv2d2:0", "mixed3a:0 + mixed4a:1:pre - conv2d2:1"}},
        Case{"TopK", {"kept:1", "kept:2"}}, Case{"JumpRelu", {"above:1"}},
        Case{"Direction", {"dir(mixed4a, random:3, cossim=1)"}},
        Case{"Diversity", {"mixed4a:1 - 10*diversity(mixed3b)"}, 3},
        Case{"Align", {"mixed4a:1 + align(mixed3a)"}, 2}, Case{"Match", {"match('a', mixed3b)"}},
        Case{"Caricature", {"caricature('a', mixed4a)"}, 1}, Case{"Style", {"style('a', conv2d2, mixed3a)"}}),
    [](const auto& info) { return std::string(info.param.name); });

Plan plan_of(int batch, const MicroBatches& split, bool repeats = false) {
  PlanRequest request{{{"mixed4b", false, {}}}, 64, 64, batch};
  request.micro_batches = split;
  request.repeats = repeats;
  return make_plan(model(), request);
}

std::size_t arena_of(int batch, const MicroBatches& split, bool repeats = false) {
  HostThreads threads(1);
  const auto backend = cpu::make_backend();
  return NetworkExecutor(*backend, threads.stream(), model(), plan_of(batch, split, repeats)).arena_bytes();
}

/// Whoever runs both passes in one needs the maps of a micro-batch only; between them, every image's are there.
TEST(MicroBatchMemory, IsThatOfAMicroBatchWherePassesAreOne) {
  EXPECT_EQ(arena_of(7, {1, true, true}), arena_of(1, {}));
  EXPECT_EQ(arena_of(7, {2, true, true}), arena_of(2, {}));
  EXPECT_LT(arena_of(7, {1, true, false}), arena_of(7, {}));
  EXPECT_GT(arena_of(7, {1, true, false}), arena_of(1, {}));
  EXPECT_LT(arena_of(7, {1, false, false}), arena_of(7, {}));
  EXPECT_LT(arena_of(7, {1, false, false}, true), arena_of(7, {}, true));
}

/// A batch of one micro-batch is planned as ever.
TEST(MicroBatchMemory, OfOneIsTheWholeBatchs) {
  const Plan whole = plan_of(3, {}), one = plan_of(3, {4, true, true});
  EXPECT_EQ(one.micro_batch, 3);
  ASSERT_EQ(one.buffers.size(), whole.buffers.size());
  for (std::size_t i = 0; i < whole.buffers.size(); ++i) {
    EXPECT_EQ(one.buffers[i].images, 3) << whole.buffers[i].name;
    EXPECT_EQ(one.buffers[i].first_use, whole.buffers[i].first_use) << whole.buffers[i].name;
    EXPECT_EQ(one.buffers[i].last_use, whole.buffers[i].last_use) << whole.buffers[i].name;
  }
}

/// What micro-batches share is no image's for long: asking for it is a mistake, not a wrong number.
TEST(MicroBatchMemory, IsNotReadBetweenPassesThatAreOne) {
  HostThreads threads(1);
  const auto backend = cpu::make_backend();
  NetworkExecutor network(*backend, threads.stream(), model(), plan_of(3, {1, true, true}));
  EXPECT_THROW(network.forward(), std::logic_error);
  EXPECT_THROW(network.backward(), std::logic_error);
  EXPECT_THROW(network.target_value(0), std::logic_error);
}

TEST(MicroBatchFailure, IsNamedByTheFirstOperationOfAnyImage) {
  HostThreads threads(1);
  const auto backend = cpu::make_backend();
  NetworkExecutor network(*backend, threads.stream(), model(), plan_of(3, {1, true, true}));
  const reference::Map picture = test::make_input(64, 64, 1);
  for (int n = 0; n < 3; ++n) test::write_input(picture, network, n);
  EXPECT_EQ(network.first_non_finite(), "");
  network.input().plane(2, 1)[100] = std::numeric_limits<float>::infinity();
  EXPECT_EQ(network.first_non_finite(), network.forward_ops().front().name);
}

}  // namespace
}  // namespace limpid
