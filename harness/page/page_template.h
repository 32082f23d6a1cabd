#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/embedded_text.h"

namespace skipbench {

/// What a page of one file is put together from: the folder's page.html with the marks @TITLE@,
/// @STYLE@, @DATA@ and @SCRIPT@, and its styles and scripts in their order.
struct PageParts {
  std::span<const EmbeddedText> folder;
  std::vector<std::string_view> styles;   // after base.css
  std::vector<std::string_view> scripts;  // after dom.js
};

/// A page that needs nothing but itself. `json` lies in it whole, in the element "data", whatever
/// texts it holds.
std::string fill_page(const PageParts& parts, std::string_view title, std::string_view json);

}  // namespace skipbench
