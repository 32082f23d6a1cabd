#include "harness/text/normalise.h"

#include <unicode/bytestream.h>
#include <unicode/edits.h>
#include <unicode/normalizer2.h>
#include <unicode/uniset.h>

#include <algorithm>

#include "kernels/base/error.h"

namespace skipbench {
namespace {

void check(UErrorCode status) {
  if (U_FAILURE(status)) throw ContractError(std::string("NFC: ") + u_errorName(status));
}

bool is_ascii(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return (c & 0x80) != 0; });
}

/// Hugging Face tokenizers composes and reorders the characters of Unicode 9 alone (its crate
/// unicode-normalization-alignments); younger ones stay where they are.
const icu::Normalizer2& nfc_of_unicode_9() {
  static const icu::FilteredNormalizer2 normaliser = [] {
    UErrorCode status = U_ZERO_ERROR;
    static const icu::UnicodeSet unicode_9(UNICODE_STRING_SIMPLE("[:age=9.0:]"), status);
    const icu::Normalizer2* const nfc = icu::Normalizer2::getNFCInstance(status);
    check(status);
    return icu::FilteredNormalizer2(*nfc, unicode_9);
  }();
  return normaliser;
}

/// For each byte of the changed text, the byte of the given one; a changed part begins where the
/// part that it replaces began.
std::vector<size_t> origins(const icu::Edits& edits, size_t size) {
  std::vector<size_t> origin(size);
  UErrorCode status = U_ZERO_ERROR;
  for (auto edit = edits.getFineIterator(); edit.next(status);) {
    const auto from = static_cast<size_t>(edit.sourceIndex());
    const auto to = static_cast<size_t>(edit.destinationIndex());
    for (size_t i = 0; i < static_cast<size_t>(edit.newLength()); ++i) {
      origin[to + i] = edit.hasChange() ? from : from + i;
    }
  }
  check(status);
  return origin;
}

bool wants_prefix(std::string_view text, SpacePrefix prefix, bool at_beginning) {
  const bool there = text.starts_with(' ') || text.starts_with(kSpaceSymbol);
  switch (prefix) {
    case SpacePrefix::kNever:
      return false;
    case SpacePrefix::kAlways:
      return true;
    case SpacePrefix::kIfMissing:
      return !there;
    case SpacePrefix::kFirstIfMissing:
      return !there && at_beginning;
  }
  throw ContractError("space prefix outside its enumeration");
}

}  // namespace

NormalisedText normalise_nfc(std::string_view text) {
  if (is_ascii(text)) return {std::string(text), {}};
  const icu::Normalizer2& nfc = nfc_of_unicode_9();
  UErrorCode status = U_ZERO_ERROR;
  const icu::StringPiece given(text.data(), static_cast<int32_t>(text.size()));
  if (nfc.isNormalizedUTF8(given, status)) return {std::string(text), {}};
  NormalisedText result;
  icu::StringByteSink<std::string> sink(&result.text);
  icu::Edits edits;
  nfc.normalizeUTF8(0, given, sink, &edits, status);
  check(status);
  result.origin = origins(edits, result.text.size());
  return result;
}

NormalisedText normalise_spaces(std::string_view text, SpacePrefix prefix, bool at_beginning) {
  NormalisedText result;
  if (text.empty()) return result;
  result.text.reserve(text.size() + text.size() / 2);
  result.origin.reserve(text.size() + text.size() / 2);
  const auto add_symbol = [&](size_t from) {
    result.text += kSpaceSymbol;
    result.origin.insert(result.origin.end(), kSpaceSymbol.size(), from);
  };
  if (wants_prefix(text, prefix, at_beginning)) add_symbol(0);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ' ') {
      add_symbol(i);
    } else {
      result.text += text[i];
      result.origin.push_back(i);
    }
  }
  return result;
}

bool replaces_spaces_late(const TokenizerSpec& spec) {
  return spec.normaliser == Normaliser::kSpaces &&
         (spec.space_prefix == SpacePrefix::kIfMissing ||
          spec.space_prefix == SpacePrefix::kFirstIfMissing);
}

NormalisedText normalise(const TokenizerSpec& spec, std::string_view text) {
  if (spec.normaliser == Normaliser::kNfc) return normalise_nfc(text);
  if (spec.normaliser == Normaliser::kSpaces && !replaces_spaces_late(spec)) {
    return normalise_spaces(text, spec.space_prefix, false);
  }
  return {std::string(text), {}};
}

}  // namespace skipbench
