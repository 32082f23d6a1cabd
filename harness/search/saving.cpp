#include "harness/search/saving.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "kernels/base/error.h"
#include "kernels/base/suggest.h"

namespace skipbench {
namespace {

struct NamedSaving {
  Saving saving;
  std::string_view name;
};

constexpr std::array kSavings{NamedSaving{Saving::kPrefillWork, "prefill_work"},
                              NamedSaving{Saving::kCache, "cache"},
                              NamedSaving{Saving::kDecodeRows, "decode_rows"},
                              NamedSaving{Saving::kDecodeFfns, "decode_ffns"}};

Saving saving_of(Decision decision) {
  switch (decision) {
    case Decision::kRestart:
    case Decision::kAttentionRows:
    case Decision::kAttention:
    case Decision::kKeepBeforeFfn:
    case Decision::kFfnRows:
    case Decision::kKeepAfterLayer:
      return Saving::kPrefillWork;
    case Decision::kCachedRows:
      return Saving::kCache;
    case Decision::kDecodeFfn:
      return Saving::kDecodeFfns;
  }
  throw ContractError("a decision that saves nothing");
}

}  // namespace

std::string_view saving_name(Saving saving) {
  for (const NamedSaving& each : kSavings) {
    if (each.saving == saving) return each.name;
  }
  throw ContractError("a saving without a name");
}

Saving parse_saving(std::string_view name) {
  std::vector<std::string> names;
  for (const NamedSaving& each : kSavings) {
    if (each.name == name) return each.saving;
    names.emplace_back(each.name);
  }
  throw InputError(fmt::format("unknown saving '{}'{}", name, suggestion(name, names)));
}

std::vector<Saving> savings_of(const Decisions& decides) {
  std::vector<Saving> savings;
  for (const Decision decision : decides) {
    const Saving saving = saving_of(decision);
    if (std::find(savings.begin(), savings.end(), saving) == savings.end()) {
      savings.push_back(saving);
    }
  }
  return savings;
}

}  // namespace skipbench
