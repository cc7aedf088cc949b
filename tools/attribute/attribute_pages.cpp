#include "tools/attribute/attribute_pages.h"

#include <fmt/core.h>

#include <cstddef>
#include <filesystem>
#include <utility>
#include <vector>

#include "tools/attribute/position_page.h"
#include "tools/command.h"
#include "weights/sha256.h"

namespace limpid {
namespace {

/// Channels of a position.
constexpr std::size_t kListed = 8;

/// Where the photo lies does not matter there.
std::string page_title(const AttributeArguments& arguments, const std::string& what) {
  return fmt::format("{}: {}", std::filesystem::path(arguments.photo).filename().string(), what);
}

/// What the page was made of: the end of its facts.
void add_input_facts(PositionPage& page, const AttributeArguments& arguments, const std::string& objective) {
  page.facts.emplace_back("photo's sha256", sha256_of_file(arguments.photo));
  if (arguments.baseline != "zero" && arguments.baseline != "mean")
    page.facts.emplace_back("baseline's sha256", sha256_of_file(arguments.baseline));
  page.facts.emplace_back("weights' sha256", sha256_of_file(weights_file(arguments.weights)));
  page.facts.emplace_back("command", attribute_command_line(arguments, objective));
}

}  // namespace

void write_attribution_page(const AttributeArguments& arguments, const Attribution& a,
                            const std::string& objective, const std::string& layer, const Image& photo) {
  PositionPage page;
  page.title = page_title(arguments, fmt::format("{} by {}", objective, layer));
  page.layer = layer;
  page.height = a.height;
  page.width = a.width;
  page.of = "attribution";
  page.totals = a.by_position();
  const std::size_t positions = page.totals.size();
  for (std::size_t p = 0; p < positions; ++p) {
    std::vector<double> channels;
    for (std::size_t i = p; i < a.values.size(); i += positions) channels.push_back(double{a.values[i]});
    page.units.push_back(largest_numbers(channels, kListed, true));
  }
  const double change = a.value - a.baseline_value;
  page.facts = {{"value", fmt::format("{:.7g}, at the baseline {:.7g}", a.value, a.baseline_value)},
                {"sum of the parts", fmt::format("{:.7g}", a.sum())},
                {"missed by the sum", fmt::format("{:+.2g} of the difference", a.residual / change)},
                {"bound on that", fmt::format("{:.2g}", a.bound)},
                {"corrected by", fmt::format("{:.2g}", a.correction)},
                {"gradients", std::to_string(a.gradients)}};
  add_input_facts(page, arguments, objective);
  write_position_page(page, photo, arguments.page);
}

void write_pairs_page(const AttributeArguments& arguments, const PositionPairs& pairs,
                      const std::string& upper, const std::string& lower, const Image& photo) {
  PositionPage page;
  page.title = page_title(arguments, fmt::format("where {} comes from in {}", upper, lower));
  page.layer = upper;
  page.height = pairs.upper_height;
  page.width = pairs.upper_width;
  page.of = "length";
  page.totals.assign(pairs.lengths.begin(), pairs.lengths.end());
  page.map_height = pairs.lower_height;
  page.map_width = pairs.lower_width;
  const std::ptrdiff_t size = std::ptrdiff_t{pairs.lower_height} * pairs.lower_width;
  for (auto map = pairs.values.begin(); map != pairs.values.end(); map += size)
    page.maps.emplace_back(map, map + size);
  add_input_facts(page, arguments, upper);
  write_position_page(page, photo, arguments.page);
}

}  // namespace limpid
