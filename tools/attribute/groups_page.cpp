#include "tools/attribute/groups_page.h"

#include <fmt/format.h>

#include <cstddef>
#include <string_view>

#include "engine/pictures/markup.h"
#include "engine/pictures/svg_drawing.h"
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
.wide {{ overflow-x: auto; margin: 0 0 1rem; }}
.flow {{ min-width: 36rem; max-width: 48rem; }}
h2 {{ font-size: 1.1rem; font-weight: 600; margin: 2rem 0 .5rem; overflow-wrap: anywhere; }}
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
)html";

constexpr std::string_view kGroupItem = R"html(<li style="--colour: {0}">
<div class="pair"><img src="{3}icon-{1}.png" alt="what group {1} stands for"><img src="{3}part-{1}.png" alt="where group {1} is active"></div>
<p>{2}</p>
</li>
)html";

/// "mixed4d:12 <code>3.1</code>, ...", the channels of which the group has most.
std::string named_channels(const NeuronGroup& group, std::string_view layer) {
  std::string text;
  for (const std::size_t c : strongest_channels(group, kNamed)) {
    text += fmt::format("{}{}:{} <code>{:.3g}</code>", text.empty() ? "" : ", ", escaped_markup(layer), c,
                        group.channels[c]);
  }
  return text;
}

/// A list of groups; the files of each are `stem`icon-N.png and `stem`part-N.png.
std::string group_list(const NeuronGroups& groups, std::string_view layer, std::string_view stem) {
  std::string list = "<ul class=\"groups\">\n";
  for (std::size_t k = 0; k < groups.groups.size(); ++k) {
    list += fmt::format(kGroupItem, css_colour(group_colour(k, groups.groups.size())), k,
                        named_channels(groups.groups[k], layer), stem);
  }
  return list + "</ul>\n";
}

constexpr std::string_view kBelow = R"html(<h2>Where they come from in {0}</h2>
<p>{1} groups of {0}, whose sum has a relative error of {2:.1f} %. Bands are as wide as a group of {0} adds to one of {3}, orange, or takes from it, blue: activation times gradient.</p>
<div class="wide" tabindex="0"><img class="flow" src="flow.svg" alt="which groups of {0} those of {3} come from"></div>
<img class="photo" src="from-overlay.png" alt="the photo under the colours of the groups of {0}">
)html";

}  // namespace

std::string groups_page(const GroupsText& text, const NeuronGroups& groups, const NeuronGroups* below) {
  const std::string title = escaped_markup(fmt::format("{} in {}", text.photo, text.layer));
  std::string page = fmt::format(kHead, title, groups.groups.size(), 100 * groups.error);
  page += group_list(groups, text.layer, "");
  if (below != nullptr) {
    page += fmt::format(kBelow, escaped_markup(text.from), below->groups.size(), 100 * below->error,
                        escaped_markup(text.layer));
    page += group_list(*below, text.from, "from-");
  }
  return page + fmt::format("<p><code>{}</code></p>\n</body>\n</html>\n", escaped_markup(text.command));
}

}  // namespace limpid
