#pragma once

#include <string>
#include <vector>

#include "harness/text/tokenizer.h"
#include "kernels/base/json.h"

namespace skipbench {

/// What a trace looks like in a browser.
struct TracePage {
  std::string model;                    // as the page's title names it
  const Tokenizer* tokenizer;           // null: token ids stand for their texts
  std::vector<std::string> highlights;  // texts whose tokens in the prompt are marked
};

/// One HTML page, complete in itself, that shows the trace layer by layer: the JSON of
/// trace_prompt() whole, and the tokens' texts. Throws InputError for a highlight that does not
/// stand in the prompt.
std::string trace_page(const Json& trace, const TracePage& page);

}  // namespace skipbench
