#pragma once

#include <string_view>
#include <vector>

#include "methods/interface/decision.h"

namespace skipbench {

/// What a search for a limit looks for least of; each is a share of what full attention has.
enum class Saving {
  kPrefillWork,  // counted FLOPs
  kCache,        // counted bytes of the cache after the prefill
  kDecodeRows,   // cache rows that decode steps attend to
  kDecodeFfns,   // FFNs that decode steps run
};

/// As an experiment writes it: "prefill_work", "cache", ...
std::string_view saving_name(Saving saving);

/// The saving of that name. Throws InputError with the nearest name.
Saving parse_saving(std::string_view name);

/// What a method saves by what it decides. Decode steps read fewer rows of a smaller cache, so the
/// cache speaks for both. Empty for full attention.
std::vector<Saving> savings_of(const Decisions& decides);

}  // namespace skipbench
