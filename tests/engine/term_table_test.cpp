// Every row of the term table, through all that walks it: text, plan, binding.
#include "engine/objective/term_table.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/network/planner.h"
#include "engine/objective/check_objective.h"
#include "engine/objective/terms.h"
#include "kernels/core/error.h"
#include "weights/synthetic.h"

namespace limpid::term_table_test {
namespace {

constexpr int kSize = 64;

const Model& model() {
  static const Model instance = synthetic_model("bvlc_googlenet", 1);
  return instance;
}

/// Photos are grey; vectors are of one position, those of "p.npy" of two.
class GivenFiles final : public ObjectiveFiles {
 public:
  std::shared_ptr<const Image> photo(const std::string&) override {
    return std::make_shared<Image>(Image{kSize, kSize, std::vector<float>(kSize * kSize * 3, 0.5F)});
  }
  std::shared_ptr<const FeatureVectors> vectors(const std::string& path, int channels) override {
    auto vectors = std::make_shared<FeatureVectors>();
    vectors->height = path == "p.npy" ? 2 : 1;
    vectors->channels = channels;
    vectors->values.assign(static_cast<std::size_t>(vectors->height * channels), 1.0F);
    return vectors;
  }
};

/// What `limpid render` could be asked for: terms of the picture alone are watched only.
Objective parsed(const TermRow& row, const std::string& text) {
  GivenFiles files;
  return row.reads_map() ? parse_objective(text, model(), &files) : parse_watched(text, model(), &files);
}

class EveryTerm : public ::testing::TestWithParam<TermKind> {
 protected:
  const TermRow& row_ = row_of(GetParam());
};

TEST_P(EveryTerm, IsReadFromItsExampleAndPrintedAsIt) {
  const Objective objective = parsed(row_, std::string(row_.example));
  ASSERT_FALSE(objective.terms.empty());
  for (const ObjectiveTerm& term : objective.terms) {
    EXPECT_EQ(term.kind, row_.kind);
    EXPECT_EQ(to_string(parsed(row_, to_string(term))), to_string(term));
    EXPECT_EQ(term.layer.empty(), !row_.reads_map());
    EXPECT_EQ(term.photo != nullptr, row_.reads_photo());
    EXPECT_EQ(term.vectors != nullptr, row_.has_vectors());
  }
  // Several layers are a term each.
  if (!row_.takes(TermArgument::layers)) {
    EXPECT_EQ(to_string(objective), row_.example);
  }
  check_objective(objective, model(), "the example");
}

TEST_P(EveryTerm, HasTheOptionsAndThePositionOfItsRowAndNoOther) {
  for (const TermOption& option : term_options()) {
    ObjectiveTerm term = parsed(row_, std::string(row_.example)).terms.front();
    option.set(term, 3);
    bool own = false;
    for (const TermOption& other : row_.options) own = own || other.name == option.name;
    const std::string text = to_string(term);
    EXPECT_EQ(text.find(std::string(option.name) + "=3") != std::string::npos, own) << text;
    if (own) {
      EXPECT_EQ(option.get(parsed(row_, text).terms.front()), 3) << text;
    }
  }
  const std::string at = std::string(row_.example) + "@1,2";
  if (row_.at_position) {
    const ObjectiveTerm term = parsed(row_, at).terms.front();
    EXPECT_EQ(to_string(term), at);
    EXPECT_EQ(term.position->x, 2);
    EXPECT_TRUE(parsed(row_, std::string(row_.example) + "@c").terms.front().position->is_centre());
  } else {
    EXPECT_THROW(parsed(row_, at), Error);
  }
}

TEST_P(EveryTerm, IsPlannedAndBoundToItsOperation) {
  const Objective objective = parsed(row_, std::string(row_.example));
  const Goals goals{objective, {}};
  const GoalShape shape = shape_of(goals);
  EXPECT_EQ(shape.photos, row_.reads_photo() ? 1 : 0);
  EXPECT_EQ(measures_alpha(goals), row_.needs_alpha);
  const std::size_t count = objective.terms.size();
  if (!row_.reads_map()) {
    EXPECT_EQ(shape.penalties, static_cast<int>(count));
    const std::vector<PenaltyTerm> bound = bind_penalties(goals, {});
    ASSERT_EQ(bound.size(), count);
    EXPECT_EQ(bound.front().kind, row_.kind);
    return;
  }
  const Plan plan = make_plan(model(), {shape.targets, kSize, kSize, 2});
  ASSERT_EQ(plan.targets.size(), count);
  for (const TargetTerms& bound : bind_terms(goals, plan, {0, row_.compares_images ? 2 : 1, 0, 1})) {
    ASSERT_EQ(bound.seeds.size() + bound.caricatures.size() + bound.grams.size(), 1U);
    if (row_.operation == TermOperation::seed) {
      EXPECT_EQ(bound.seeds.front().term.kind, row_.kind);
      EXPECT_EQ(bound.seeds.front().vectors.empty(), !row_.has_vectors());
    } else if (row_.operation == TermOperation::caricature) {
      EXPECT_EQ(bound.caricatures.front().kind, row_.kind);
    } else {
      EXPECT_EQ(bound.grams.front().kind, row_.kind);
    }
  }
}

std::vector<TermKind> every_kind() {
  std::vector<TermKind> kinds;
  for (const TermRow& row : term_table()) kinds.push_back(row.kind);
  return kinds;
}

INSTANTIATE_TEST_SUITE_P(Rows, EveryTerm, ::testing::ValuesIn(every_kind()), [](const auto& info) {
  const std::string_view example = row_of(info.param).example;
  return std::string(example.substr(0, example.find_first_of("(:"))) +
         (info.param == TermKind::channel ? "Channel" : "");
});

TEST(TermTable, HasEachKindOnceAndAllOfThem) {
  std::set<TermKind> kinds;
  std::set<std::string_view> names;
  for (const TermRow& row : term_table()) {
    EXPECT_TRUE(kinds.insert(row.kind).second) << row.example;
    EXPECT_TRUE(row.name.empty() || names.insert(row.name).second) << row.name;
    EXPECT_FALSE(row.help.empty()) << row.example;
  }
  EXPECT_EQ(kinds.size(), static_cast<std::size_t>(TermKind::alpha)) << "none has no row, alpha is the last";
  EXPECT_EQ(kinds.count(TermKind::none), 0U);
}

TEST(TermTable, SaysHowATermIsWritten) {
  EXPECT_EQ(form_of(row_of(TermKind::direction)),
            "dir(mixed4a, v.npy), with a file of .npy or .h5, or random:7; cossim=2 and @7,7 may follow");
  EXPECT_EQ(form_of(row_of(TermKind::boundary)), "boundary, or boundary(frame=20, centre=0.5)");
  EXPECT_EQ(form_of(row_of(TermKind::align)), "align(mixed4a)");
}

}  // namespace
}  // namespace limpid::term_table_test
