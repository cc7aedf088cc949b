// Classes by label.
#include "weights/class_names.h"

#include <gtest/gtest.h>

#include "kernels/core/error.h"

namespace limpid {
namespace {

const std::vector<std::string> kLabels = {"crane",
                                          "maillot",
                                          "crane",
                                          "maillot, tank suit",
                                          "tabby, tabby cat",
                                          "tiger cat",
                                          "Cardigan, Cardigan Welsh corgi",
                                          "cardigan",
                                          "cathedral",
                                          "l\u00e9opard"};

std::string refusal(std::string_view word, const std::vector<std::string>& labels = kLabels) {
  try {
    return "class " + std::to_string(find_class(labels, word));
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    return error.what();
  }
}

TEST(ClassNames, WholeLabelsComeBeforeSynonymsAndTheseBeforeOtherCases) {
  EXPECT_EQ(find_class(kLabels, "maillot"), 1);
  EXPECT_EQ(find_class(kLabels, "maillot, tank suit"), 3);
  EXPECT_EQ(find_class(kLabels, "tank suit"), 3);
  EXPECT_EQ(find_class(kLabels, "cardigan"), 7);
  EXPECT_EQ(find_class(kLabels, "Cardigan"), 6);
  EXPECT_EQ(find_class(kLabels, "Tabby"), 4);
  EXPECT_EQ(find_class(kLabels, "l\u00e9opard"), 9);
}

TEST(ClassNames, OneLabelOfSeveralClassesIsRefusedNamingThem) {
  EXPECT_EQ(refusal("crane"),
            "'crane' names several classes: 'crane' (0), 'crane' (2); give the number of one");
  EXPECT_EQ(refusal("CARDIGAN"),
            "'CARDIGAN' names several classes: 'Cardigan, Cardigan Welsh corgi' (6), 'cardigan' (7); give "
            "the number "
            "of one");
}

TEST(ClassNames, SuggestsLabelsWithTheWordElseTheNearest) {
  EXPECT_EQ(refusal("cat"),
            "no class is labelled 'cat': did you mean 'tabby, tabby cat' (4), 'tiger cat' (5)?");
  EXPECT_EQ(refusal("cathedrel"), "no class is labelled 'cathedrel': did you mean 'cathedral' (8)?");
  EXPECT_EQ(refusal("submarine"), "no class is labelled 'submarine': give a label or a number from 0 to 9");
  EXPECT_EQ(refusal(""), "no class is labelled '': give a label or a number from 0 to 9");
  const std::vector<std::string> many(9, "a cat");
  const std::string message = refusal("cat", many);
  EXPECT_NE(message.find("'a cat' (5), 3 more?"), std::string::npos) << message;
  EXPECT_EQ(refusal("cat", {}), "the weights have no labels, so 'cat' names no class: give a number");
}

}  // namespace
}  // namespace limpid
