#define PCRE2_CODE_UNIT_WIDTH 8
#include "harness/text/word_splitter.h"

#include <fmt/format.h>
#include <pcre2.h>

#include <array>
#include <limits>
#include <stdexcept>
#include <string>

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
  const Pattern& pattern;
  std::string_view text;
  size_t position = 0;
  pcre2_match_data* match;

  State(const Pattern& pattern_, std::string_view text_) : pattern(pattern_), text(text_) {
    match = pcre2_match_data_create(1, nullptr);
    if (match == nullptr) throw std::bad_alloc();
  }
  ~State() { pcre2_match_data_free(match); }
  State(const State&) = delete;
};

WordSplitter::WordSplitter(PreTokenizer kind)
    : pattern_(std::make_unique<Pattern>(word_pattern(kind))) {}
WordSplitter::~WordSplitter() = default;

WordSplitter::Cursor::Cursor(const WordSplitter& splitter, std::string_view text)
    : state_(std::make_unique<State>(*splitter.pattern_, text)) {}
WordSplitter::Cursor::~Cursor() = default;

std::string_view WordSplitter::Cursor::next() {
  State& state = *state_;
  if (state.position == state.text.size()) return {};
  // The pattern is anchored, for every character begins some word. The text is known to be UTF-8;
  // checking all of it again at each word would make the walk quadratic.
  const int found = pcre2_match(state.pattern.code, reinterpret_cast<PCRE2_SPTR>(state.text.data()),
                                state.text.size(), state.position, PCRE2_NO_UTF_CHECK, state.match,
                                state.pattern.context);
  if (found < 0) {
    throw std::runtime_error(
        fmt::format("no word at byte {}: {}", state.position, pcre2_message(found)));
  }
  const PCRE2_SIZE* span = pcre2_get_ovector_pointer(state.match);
  const std::string_view word = state.text.substr(state.position, span[1] - state.position);
  state.position = span[1];
  return word;
}

}  // namespace skipbench
