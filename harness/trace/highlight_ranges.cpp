#include "harness/trace/highlight_ranges.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/text/token_texts.h"
#include "kernels/base/error.h"

namespace skipbench {

std::vector<std::string> token_pieces(std::span<const int32_t> tokens, const Tokenizer* tokenizer) {
  std::vector<std::string> pieces;
  if (tokenizer == nullptr) {
    for (const int32_t token : tokens) pieces.push_back(fmt::format("[{}]", token));
    return pieces;
  }
  const TokenTexts texts(tokenizer->spec());
  for (const int32_t token : tokens) pieces.emplace_back(texts.bytes(token));
  return pieces;
}

std::vector<TokenRange> highlight_ranges(const std::vector<std::string>& pieces,
                                         const std::string& needle) {
  if (needle.empty()) throw InputError("--highlight: the text is empty");
  std::string whole;
  std::vector<size_t> ends;
  for (const std::string& piece : pieces) ends.push_back((whole += piece).size());
  const auto token_at = [&](size_t byte) {
    return std::upper_bound(ends.begin(), ends.end(), byte) - ends.begin();
  };
  std::vector<TokenRange> ranges;
  for (size_t at = whole.find(needle); at != std::string::npos; at = whole.find(needle, at + 1)) {
    ranges.push_back({token_at(at), token_at(at + needle.size() - 1) + 1});
  }
  if (!ranges.empty()) return ranges;
  throw InputError(fmt::format("--highlight: '{}' does not stand in the prompt", needle));
}

}  // namespace skipbench
