#define PCRE2_CODE_UNIT_WIDTH 8
#include "harness/text/word_splitter.h"

#include <fmt/format.h>
#include <pcre2.h>

#include <array>
#include <limits>
#include <stdexcept>
#include <string>

#include "harness/text/normalise.h"
#include "harness/text/word_patterns.h"

namespace skipbench {
namespace {

std::string pcre2_message(int code) {
  std::array<PCRE2_UCHAR, 256> text{};
  pcre2_get_error_message(code, text.data(), text.size());
  return reinterpret_cast<const char*>(text.data());
}

}  // namespace

struct WordSplitter::Pattern {
  pcre2_code* code = nullptr;
  pcre2_match_context* context = nullptr;

  explicit Pattern(const std::string& expression) {
    int error = 0;
    PCRE2_SIZE offset = 0;
    code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(expression.data()), expression.size(),
                         PCRE2_UTF | PCRE2_UCP | PCRE2_ANCHORED, &error, &offset, nullptr);
    if (code == nullptr) {
      throw std::logic_error(
          fmt::format("PCRE2 refuses '{}' at {}: {}", expression, offset, pcre2_message(error)));
    }
    pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);  // without a JIT pcre2_match interprets
    context = pcre2_match_context_create(nullptr);
    if (context == nullptr) throw std::bad_alloc();
    // The default limit of ten million steps would refuse a very long run of white space.
    pcre2_set_match_limit(context, std::numeric_limits<uint32_t>::max());
  }
  ~Pattern() {
    pcre2_match_context_free(context);
    pcre2_code_free(code);
  }
  Pattern(const Pattern&) = delete;
};

struct WordSplitter::Cursor::State {
  const WordSplitter& splitter;
  std::string_view text;
  size_t position = 0;
  pcre2_match_data* match;

  State(const WordSplitter& splitter_, std::string_view text_) : splitter(splitter_), text(text_) {
    match = pcre2_match_data_create(1, nullptr);
    if (match == nullptr) throw std::bad_alloc();
  }
  ~State() { pcre2_match_data_free(match); }
  State(const State&) = delete;

  size_t match_length() const;
  std::string_view take(size_t length) {
    const std::string_view word = text.substr(position, length);
    position += word.size();
    return word;
  }
};

WordSplitter::WordSplitter(PreTokenizer kind) : kind_(kind) {
  const bool by_expression = kind != PreTokenizer::kWhole && kind != PreTokenizer::kAtSpaces;
  if (by_expression) pattern_ = std::make_unique<Pattern>(word_pattern(kind));
}
WordSplitter::~WordSplitter() = default;

WordSplitter::Cursor::Cursor(const WordSplitter& splitter, std::string_view text)
    : state_(std::make_unique<State>(splitter, text)) {}
WordSplitter::Cursor::~Cursor() = default;

std::string_view WordSplitter::Cursor::next() {
  State& state = *state_;
  if (state.position == state.text.size()) return {};
  switch (state.splitter.kind_) {
    case PreTokenizer::kWhole:
      return state.take(state.text.npos);
    case PreTokenizer::kAtSpaces: {
      const size_t end = state.text.find(kSpaceSymbol, state.position + 1);
      return state.take(end == state.text.npos ? end : end - state.position);
    }
    default:
      return state.take(state.match_length());
  }
}

size_t WordSplitter::Cursor::State::match_length() const {
  // The pattern is anchored, for every character begins some word. The text is known to be UTF-8;
  // checking all of it again at each word would make the walk quadratic.
  const int found =
      pcre2_match(splitter.pattern_->code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(),
                  position, PCRE2_NO_UTF_CHECK, match, splitter.pattern_->context);
  if (found < 0) {
    throw std::runtime_error(fmt::format("no word at byte {}: {}", position, pcre2_message(found)));
  }
  return pcre2_get_ovector_pointer(match)[1] - position;
}

}  // namespace skipbench
