#include "harness/text/token_list.h"

#include <fmt/format.h>

#include "kernels/base/error.h"

namespace skipbench {
namespace {

// Integers beyond int64 are unsigned in JSON and larger than any vocabulary.
bool is_token(const Json& value, int64_t vocabulary) {
  if (value.is_number_unsigned()) {
    return value.get<uint64_t>() < static_cast<uint64_t>(vocabulary);
  }
  return value.is_number_integer() && value.get<int64_t>() >= 0 &&
         value.get<int64_t>() < vocabulary;
}

}  // namespace

std::vector<int32_t> token_list(const Json& list, int64_t vocabulary, const std::string& where) {
  if (!list.is_array()) {
    throw InputError(fmt::format("{}: got {}, expected a JSON list of token ids like [1, 2, 3]",
                                 where, list.type_name()));
  }
  std::vector<int32_t> tokens;
  tokens.reserve(list.size());
  for (const Json& value : list) {
    if (!is_token(value, vocabulary)) {
      throw InputError(fmt::format("{}: entry {} (from 0) is {}, expected a token id from 0 to {}",
                                   where, tokens.size(), value.dump(), vocabulary - 1));
    }
    tokens.push_back(value.get<int32_t>());
  }
  return tokens;
}

}  // namespace skipbench
