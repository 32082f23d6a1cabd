#include "harness/tasks/chinese/segmenter.h"

#include <fmt/format.h>

#include "harness/base/folders.h"
#include "harness/tasks/metrics/unicode.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

constexpr bool is_ascii_letter_or_digit(char32_t c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

constexpr bool is_ascii_digit(char32_t c) {
  return c >= '0' && c <= '9';
}

// What the dictionary is asked about: [\u4E00-\u9FD5a-zA-Z0-9+#&\._%\-].
constexpr bool may_be_in_word(char32_t c) {
  return is_chinese(c) || is_ascii_letter_or_digit(c) || c == '+' || c == '#' || c == '&' ||
         c == '.' || c == '_' || c == '%' || c == '-';
}

// One text on its way into words. Places are indices of code points.
class Cut {
 public:
  Cut(std::string_view text, const WordList& words, const HiddenMarkov& unknown_words)
      : text_(text), words_(words), unknown_words_(unknown_words) {
    characters_.reserve(text.size());
    offsets_.reserve(text.size() + 1);
    for (size_t at = 0; at < text.size();) {
      offsets_.push_back(at);
      characters_.push_back(next_code_point(text, at));
    }
    offsets_.push_back(text.size());
  }

  std::vector<std::string_view> run() {
    for (size_t at = 0; at < characters_.size();) {
      if (may_be_in_word(characters_[at])) {
        const size_t end = run_end(at, may_be_in_word);
        cut_block(at, end);
        at = end;
      } else {
        // Everything else is a word by itself; a line break of two characters is one.
        const bool line_break =
            characters_[at] == '\r' && at + 1 < characters_.size() && characters_[at + 1] == '\n';
        emit(at, at + (line_break ? 2 : 1));
        at += line_break ? 2 : 1;
      }
    }
    return std::move(result_);
  }

 private:
  template <class Predicate>
  size_t run_end(size_t at, Predicate predicate) const {
    while (at < characters_.size() && predicate(characters_[at])) ++at;
    return at;
  }

  void emit(size_t begin, size_t end) {
    result_.push_back(text_.substr(offsets_[begin], offsets_[end] - offsets_[begin]));
  }

  void cut_block(size_t begin, size_t end) {
    find_best_words(begin, end);
    size_t singles = begin;  // single characters from here on wait for their neighbours
    for (size_t at = begin; at < end;) {
      const size_t word_end = word_end_[at - begin];
      if (word_end - at > 1) {
        emit_singles(singles, at);
        emit(at, word_end);
        singles = word_end;
      }
      at = word_end;
    }
    emit_singles(singles, end);
  }

  // word_end_[i]: where the word at begin + i ends on the most probable way from there to the end;
  // of equal ones the longest word.
  void find_best_words(size_t begin, size_t end) {
    const size_t length = end - begin;
    word_end_.resize(length);
    log_probability_.resize(length + 1);
    log_probability_[length] = 0;
    for (size_t i = length; i-- > 0;) {
      bool any = false;
      WordList::Node node = WordList::kRoot;
      for (size_t last = i; last < length; ++last) {
        node = words_.next(node, characters_[begin + last]);
        if (node == WordList::kNowhere) break;
        if (!words_.is_word(node)) continue;
        const double value = words_.log_share(node) + log_probability_[last + 1];
        if (any && value < log_probability_[i]) continue;
        any = true;
        log_probability_[i] = value;
        word_end_[i] = begin + last + 1;
      }
      if (any) continue;
      log_probability_[i] = words_.unknown_log_share() + log_probability_[i + 1];
      word_end_[i] = begin + i + 1;
    }
  }

  // Single characters side by side: the model looks for words in them, unless together they are one
  // of the dictionary, which was less probable than its parts.
  void emit_singles(size_t begin, size_t end) {
    if (end - begin > 1 && !is_in_dictionary(begin, end)) {
      cut_unknown(begin, end);
      return;
    }
    for (size_t at = begin; at < end; ++at) emit(at, at + 1);
  }

  bool is_in_dictionary(size_t begin, size_t end) const {
    WordList::Node node = WordList::kRoot;
    for (size_t at = begin; at < end && node != WordList::kNowhere; ++at) {
      node = words_.next(node, characters_[at]);
    }
    return node != WordList::kNowhere && words_.is_word(node);
  }

  void cut_unknown(size_t begin, size_t end) {
    while (begin < end) {
      const bool chinese = is_chinese(characters_[begin]);
      size_t part_end = begin;
      while (part_end < end && is_chinese(characters_[part_end]) == chinese) ++part_end;
      if (chinese) {
        const auto run = std::u32string_view(characters_).substr(begin, part_end - begin);
        for (const size_t length : unknown_words_.word_lengths(run)) {
          emit(begin, begin + length);
          begin += length;
        }
      } else {
        cut_foreign(begin, part_end);
      }
      begin = part_end;
    }
  }

  // Words and numbers of ASCII, [a-zA-Z0-9]+(?:\.\d+)?%?, and what stands between them.
  void cut_foreign(size_t begin, size_t end) {
    while (begin < end) {
      const size_t word_end = foreign_word_end(begin, end);
      size_t part_end = word_end;
      if (word_end == begin) {
        while (part_end < end && !is_ascii_letter_or_digit(characters_[part_end])) ++part_end;
      }
      emit(begin, part_end);
      begin = part_end;
    }
  }

  size_t foreign_word_end(size_t begin, size_t end) const {
    size_t at = begin;
    while (at < end && is_ascii_letter_or_digit(characters_[at])) ++at;
    if (at == begin) return begin;
    size_t fraction = at + 1;
    while (fraction < end && is_ascii_digit(characters_[fraction])) ++fraction;
    if (at < end && characters_[at] == '.' && fraction > at + 1) at = fraction;
    if (at < end && characters_[at] == '%') ++at;
    return at;
  }

  std::string_view text_;
  const WordList& words_;
  const HiddenMarkov& unknown_words_;
  std::u32string characters_;
  std::vector<size_t> offsets_;  // in bytes, one more than characters
  std::vector<size_t> word_end_;
  std::vector<double> log_probability_;
  std::vector<std::string_view> result_;
};

}  // namespace

Segmenter::Segmenter(const std::filesystem::path& folder)
    : words_(folder / "dict.txt"), unknown_words_(folder / "hmm.json") {}

std::vector<std::string_view> Segmenter::cut(std::string_view text) const {
  return Cut(text, words_, unknown_words_).run();
}

namespace {

// Fetched into the cache, or installed with the program.
std::filesystem::path word_list_folder() {
  constexpr const char* kName = "jieba-0.42.1";
  std::filesystem::path installed = home_folder() / kName;
  const std::filesystem::path fetched = cache_folder() / kName;
  return !std::filesystem::exists(fetched) && std::filesystem::exists(installed) ? installed
                                                                                 : fetched;
}

}  // namespace

const Segmenter& chinese_segmenter() {
  static const Segmenter segmenter = [] {
    const std::filesystem::path folder = word_list_folder();
    for (const char* name : {"dict.txt", "hmm.json"}) {
      if (std::filesystem::exists(folder / name)) continue;
      throw InputError(
          fmt::format("Chinese tasks are scored by words, and jieba's word list is absent: '{}'; "
                      "scripts/fetch_jieba fetches it",
                      (folder / name).string()));
    }
    return Segmenter(folder);
  }();
  return segmenter;
}

}  // namespace skipbench
