#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/tasks/articles.h"
#include "harness/tasks/task.h"

namespace skipbench {

/// Text to hide something in. It may be cut off at any of `cuts`, and things may be put in at any
/// of `breaks`; both are byte offsets in ascending order.
struct Haystack {
  std::string text;
  std::vector<size_t> cuts;    // ends of sentences or words
  std::vector<size_t> breaks;  // starts of sentences or articles
  std::string_view separator;  // stands between what is put in and the text around it
  bool end_is_break;           // whether something may also be put after the cut

  /// The first `units` cuts' worth of text; 0 is nothing.
  size_t length(size_t units) const { return units == 0 ? 0 : cuts[units - 1]; }
};

/// Short sentences that say nothing, over and over, at least `bytes` long; cut at sentences.
/// The idea is RULER's (arXiv:2404.06654, section 3), the sentences are ours.
Haystack noise_haystack(size_t bytes);

/// The articles in the given order, over and over, at least `bytes` long; cut at words. Things are
/// put in between sentences.
Haystack sentence_haystack(std::span<const Article* const> order, size_t bytes);

/// The same text with titles, in which things are put between articles.
Haystack article_haystack(std::span<const Article* const> order, size_t bytes);

/// Something to put into a haystack at a share of its length, from 0 (start) to 1 (end).
struct Insertion {
  std::string text;
  double depth;
};

/// The haystack's first `units` units with the insertions at the breaks nearest to their depths.
std::string compose(const Haystack& haystack, size_t units, std::span<const Insertion> insertions);

/// How many units (up to `max_units`) may stand in a message of at most `target` tokens; nullopt
/// when even none is too many. Stops within 0.5% of the target; `message` is made and counted at
/// most 20 times, usually about 6.
std::optional<size_t> fit_units(int64_t target, size_t max_units,
                                const std::function<std::string(size_t)>& message,
                                const CountTokens& count);

}  // namespace skipbench
