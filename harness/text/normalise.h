#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/text/tokenizer.h"

namespace skipbench {

/// "▁" (U+2581), which stands for a space in SentencePiece's vocabularies.
inline constexpr std::string_view kSpaceSymbol = "\xE2\x96\x81";

/// A stretch of text after normalisation, and where each of its bytes comes from.
struct NormalisedText {
  std::string text;
  std::vector<size_t> origin;  // byte of `text` -> byte of the given text; empty: the same one

  size_t origin_of(size_t byte) const { return origin.empty() ? byte : origin[byte]; }
};

/// Unicode's normalisation form C, as Hugging Face tokenizers has it (characters up to Unicode 9).
/// What a run of characters becomes comes from where the run begins.
NormalisedText normalise_nfc(std::string_view text);

/// Spaces become "▁", with one more in front as `prefix` says; `at_beginning`: the stretch begins
/// the whole text. Empty text stays empty.
NormalisedText normalise_spaces(std::string_view text, SpacePrefix prefix, bool at_beginning);

/// Whether the spec replaces spaces only once the special tokens have been found (Metaspace is a
/// pre-tokenizer), not before those that are matched late.
bool replaces_spaces_late(const TokenizerSpec& spec);

/// The spec's normalisation before special tokens are matched late.
NormalisedText normalise(const TokenizerSpec& spec, std::string_view text);

}  // namespace skipbench
