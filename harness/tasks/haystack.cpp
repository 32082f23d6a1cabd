#include "harness/tasks/haystack.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace skipbench {
namespace {

constexpr std::array<std::string_view, 5> kNoise = {
    "The river runs on.", "The hills are quiet.", "The bread is warm.",
    "We walk a while.",   "Home again at dusk.",
};

bool ends_sentence(char c) {
  return c == '.' || c == '?' || c == '!';
}

// Marks the ends of words and the starts of sentences in text[begin, end).
void mark_words_and_sentences(Haystack& haystack, size_t begin, size_t end) {
  bool sentence_starts = true;
  for (size_t i = begin; i < end; ++i) {
    const char c = haystack.text[i];
    if (c == ' ' || c == '\n') continue;
    if (sentence_starts) haystack.breaks.push_back(i);
    const char next = i + 1 < end ? haystack.text[i + 1] : '\n';
    const bool word_ends = next == ' ' || next == '\n';
    if (word_ends) haystack.cuts.push_back(i + 1);
    sentence_starts = word_ends && ends_sentence(c);
  }
}

size_t break_near(const Haystack& haystack, size_t length, double depth) {
  const double wanted = depth * static_cast<double>(length);
  const auto distance = [&](size_t offset) {
    return std::abs(static_cast<double>(offset) - wanted);
  };
  size_t best = haystack.end_is_break ? length : 0;
  for (const size_t offset : haystack.breaks) {
    if (offset >= length) break;
    if (distance(offset) < distance(best)) best = offset;
  }
  return best;
}

}  // namespace

Haystack noise_haystack(size_t bytes) {
  Haystack haystack{{}, {}, {}, " ", true};
  for (size_t i = 0; haystack.text.size() < bytes; ++i) {
    if (i > 0) haystack.text += ' ';
    haystack.breaks.push_back(haystack.text.size());
    haystack.text += kNoise[i % kNoise.size()];
    haystack.cuts.push_back(haystack.text.size());
  }
  return haystack;
}

Haystack sentence_haystack(std::span<const Article* const> order, size_t bytes) {
  Haystack haystack{{}, {}, {}, " ", false};
  for (size_t i = 0; haystack.text.size() < bytes; ++i) {
    if (i > 0) haystack.text += "\n\n";
    const size_t begin = haystack.text.size();
    haystack.text += order[i % order.size()]->text;
    mark_words_and_sentences(haystack, begin, haystack.text.size());
  }
  return haystack;
}

Haystack article_haystack(std::span<const Article* const> order, size_t bytes) {
  Haystack haystack{{}, {}, {}, "\n\n", true};
  std::vector<size_t> starts;
  for (size_t i = 0; haystack.text.size() < bytes; ++i) {
    if (i > 0) haystack.text += "\n\n";
    const Article& article = *order[i % order.size()];
    starts.push_back(haystack.text.size());
    haystack.text.append(article.title).append("\n\n").append(article.text);
    mark_words_and_sentences(haystack, starts.back(), haystack.text.size());
  }
  haystack.breaks = std::move(starts);
  return haystack;
}

std::string compose(const Haystack& haystack, size_t units, std::span<const Insertion> insertions) {
  const size_t length = haystack.length(units);
  std::vector<std::pair<size_t, std::string_view>> placed;  // (offset, what stands there)
  for (const Insertion& insertion : insertions) {
    placed.emplace_back(break_near(haystack, length, insertion.depth), insertion.text);
  }
  std::stable_sort(placed.begin(), placed.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });

  std::string composed;
  size_t done = 0;
  for (const auto& [offset, text] : placed) {
    composed.append(haystack.text, done, offset - done);
    done = offset;
    const bool behind_text = offset == length;
    if (behind_text && !composed.empty()) composed += haystack.separator;
    composed += text;
    if (!behind_text) composed += haystack.separator;
  }
  return composed.append(haystack.text, done, length - done);
}

std::optional<size_t> fit_units(int64_t target, size_t max_units,
                                const std::function<std::string(size_t)>& message,
                                const CountTokens& count) {
  constexpr int kCounts = 18, kGuesses = 9;  // after the guesses, halving: it always ends
  size_t fits = 0, too_many = max_units + 1;
  int64_t tokens = count(message(0));  // of `fits` units
  if (tokens > target) return std::nullopt;
  size_t next = std::min<size_t>(max_units, 32);
  for (int i = 0; i < kCounts && too_many - fits > 1 && (target - tokens) * 200 > target; ++i) {
    const int64_t next_tokens = count(message(next));
    const double tokens_per_unit =
        static_cast<double>(next_tokens - tokens) / static_cast<double>(next - fits);
    if (next_tokens <= target) {
      fits = next;
      tokens = next_tokens;
    } else {
      too_many = next;
    }
    const double step = static_cast<double>(target - tokens) / std::max(tokens_per_unit, 0.01);
    const size_t guess = i < kGuesses ? fits + static_cast<size_t>(step) : (fits + too_many) / 2;
    next = std::clamp(guess, fits + 1, std::max(too_many - 1, fits + 1));
  }
  return fits;
}

}  // namespace skipbench
