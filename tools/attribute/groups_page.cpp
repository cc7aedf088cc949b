#include "tools/attribute/groups_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <string_view>
#include <vector>

#include "kernels/core/markup.h"
#include "tools/attribute/group_pictures.h"

namespace limpid {
namespace {

/// Channels that are named.
constexpr std::size_t kNamed = 5;

constexpr std::string_view kHead = R"html(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src 'self' file:; style-src 'unsafe-inline'">
<title>{0}</title>
<style>
:root {{ color-scheme: dark; }}
body {{ margin: 0 auto; max-width: 1200px; padding: 1rem; background: #16171a; color: #e8e8ea; font: 16px/1.4 system-ui, sans-serif; }}
h1 {{ font-size: 1.3rem; font-weight: 600; overflow-wrap: anywhere; }}
code {{ color: #a9abb3; overflow-wrap: anywhere; }}
img {{ display: block; width: 100%; height: auto; }}
.photo {{ max-width: 28rem; }}
.groups {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 1rem; padding: 0; list-style: none; }}
.groups li {{ border-top: 4px solid var(--colour); background: #1f2125; }}
.pair {{ display: grid; grid-template-columns: 1fr 1fr; }}
.groups p {{ margin: 0; padding: .5rem .75rem; }}
</style>
</head>
<body>
<h1>{0}</h1>
<p>{1} groups of channels that are active together; the relative error of their sum is {2:.1f} %.</p>
<img class="photo" src="overlay.png" alt="the photo under the groups' colours">
<ul class="groups">
)html";

constexpr std::string_view kGroupItem = R"html(<li style="--colour: rgb({0:.0f} {1:.0f} {2:.0f})">
<div class="pair"><img src="icon-{3}.png" alt="what group {3} stands for"><img src="part-{3}.png" alt="where group {3} is active"></div>
<p>{4}</p>
</li>
)html";

/// The channels of which the group has most.
std::string strongest(const NeuronGroup& group, std::string_view layer) {
  std::vector<std::size_t> order(group.channels.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(
      order, [&](std::size_t a, std::size_t b) { return group.channels[a] > group.channels[b]; });
  order.resize(std::min(order.size(), kNamed));
  std::string text;
  for (const std::size_t c : order) {
    if (group.channels[c] <= 0) break;
    text += fmt::format("{}{}:{} <code>{:.3g}</code>", text.empty() ? "" : ", ", escaped_markup(layer), c,
                        group.channels[c]);
  }
  return text;
}

}  // namespace

std::string groups_page(const GroupsText& text, const NeuronGroups& groups) {
  const std::string title = escaped_markup(fmt::format("{} in {}", text.photo, text.layer));
  std::string page = fmt::format(kHead, title, groups.groups.size(), 100 * groups.error);
  for (std::size_t k = 0; k < groups.groups.size(); ++k) {
    const auto colour = group_colour(k, groups.groups.size());
    page += fmt::format(kGroupItem, 255 * colour[0], 255 * colour[1], 255 * colour[2], k,
                        strongest(groups.groups[k], text.layer));
  }
  return page + fmt::format("</ul>\n<p><code>{}</code></p>\n</body>\n</html>\n", escaped_markup(text.command));
}

}  // namespace limpid
