#include "harness/tasks/chinese/hidden_markov.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/base/mapped_file.h"
#include "harness/base/parse_json.h"
#include "harness/tasks/metrics/unicode.h"
#include "kernels/base/error.h"
#include "kernels/base/json.h"

namespace skipbench {
namespace {

constexpr double kImpossible = -3.14e100;
constexpr char32_t kFirst = 0x4E00, kLast = 0x9FD5;
constexpr std::string_view kLetters = "BEMS";

}  // namespace

HiddenMarkov::HiddenMarkov(const std::filesystem::path& file) {
  const MappedFile content(file);
  try {
    const Json tables = parse_json(content.bytes(), file.string());
    for (int state = 0; state < kStates; ++state) {
      const std::string letter(1, kLetters[state]);
      start_[state] = tables.at("start").at(letter).get<double>();
      for (int to = 0; to < kStates; ++to) {
        transition_[state][to] =
            tables.at("trans").at(letter).value(std::string(1, kLetters[to]), kImpossible);
      }
      emission_[state].assign(kLast - kFirst + 1, kImpossible);
      for (const auto& [character, value] : tables.at("emit").at(letter).items()) {
        size_t at = 0;
        const char32_t c = next_code_point(character, at);
        if (is_chinese(c)) emission_[state][c - kFirst] = value.get<double>();
      }
    }
  } catch (const Json::exception& error) {
    throw InputError(fmt::format("{}: {}", file.string(), json_reason(error)));
  }
}

double HiddenMarkov::emission(State state, char32_t character) const {
  return emission_[state][character - kFirst];
}

std::vector<HiddenMarkov::State> HiddenMarkov::best_path(std::u32string_view run) const {
  // From which two states each state can be reached, the earlier letter first.
  static constexpr State kBefore[kStates][2] = {
      {kEnd, kSingle}, {kBegin, kMiddle}, {kBegin, kMiddle}, {kEnd, kSingle}};
  std::vector<std::array<State, kStates>> came_from(run.size());
  Row best;
  for (int state = 0; state < kStates; ++state) {
    best[state] = start_[state] + emission(static_cast<State>(state), run[0]);
  }
  for (size_t t = 1; t < run.size(); ++t) {
    Row next;
    for (int to = 0; to < kStates; ++to) {
      const double emitted = emission(static_cast<State>(to), run[t]);
      const auto [early, late] = kBefore[to];
      const double from_early = best[early] + transition_[early][to] + emitted;
      const double from_late = best[late] + transition_[late][to] + emitted;
      next[to] = std::max(from_early, from_late);
      came_from[t][to] = from_late >= from_early ? late : early;
    }
    best = next;
  }
  std::vector<State> path(run.size());
  path.back() = best[kSingle] >= best[kEnd] ? kSingle : kEnd;
  for (size_t t = run.size() - 1; t > 0; --t) path[t - 1] = came_from[t][path[t]];
  return path;
}

std::vector<size_t> HiddenMarkov::word_lengths(std::u32string_view run) const {
  std::vector<size_t> lengths;
  if (run.empty()) return lengths;
  size_t length = 0;
  for (const State state : best_path(run)) {
    ++length;
    if (state != kEnd && state != kSingle) continue;
    lengths.push_back(length);
    length = 0;
  }
  return lengths;  // a path ends in E or S, so nothing is left over
}

}  // namespace skipbench
