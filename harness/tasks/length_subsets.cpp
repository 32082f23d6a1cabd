#include "harness/tasks/length_subsets.h"

#include <algorithm>
#include <set>

namespace skipbench {

std::vector<Subset> length_subsets(const std::vector<int64_t>& lengths, int64_t samples,
                                   int64_t limit) {
  std::vector<Subset> subsets;
  for (const int64_t length : lengths) {
    subsets.push_back({std::to_string(length), apply_limit(samples, limit), samples});
  }
  return subsets;
}

int64_t subset_length(const Subset& subset) {
  return std::stoll(subset.name);
}

void check_lengths(const std::vector<int64_t>& lengths, std::vector<ParameterProblem>& problems) {
  if (lengths.empty()) problems.push_back({"lengths", "got [], expected at least one length"});
  std::set<int64_t> seen;
  for (size_t i = 0; i < lengths.size(); ++i) {
    if (seen.insert(lengths[i]).second) continue;
    problems.push_back(
        {fmt::format("lengths[{}]", i),
         fmt::format("got {} a second time, expected different lengths", lengths[i])});
  }
}

int64_t apply_limit(int64_t available, int64_t limit) {
  return limit == 0 ? available : std::min(available, limit);
}

Field lengths_field() {
  return {.help = "prompt lengths in tokens; each is a subset", .low = 1, .high = 1e7};
}
Field message_lengths_field() {
  return {.help =
              "lengths of the message in tokens; each is a subset; chat template and answer "
              "prefix come on top",
          .low = 1,
          .high = 1e7};
}
Field samples_field() {
  return {.help = "samples of each length", .low = 1, .high = 1e6};
}
Field limit_field() {
  return {
      .help = "use only the first so many samples of each subset; 0: all", .low = 0, .high = 1e9};
}

}  // namespace skipbench
