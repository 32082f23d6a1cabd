#include "harness/tasks/needle.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <set>

#include "harness/tasks/data_hash.h"
#include "harness/tasks/haystack.h"
#include "harness/tasks/metrics/metric.h"
#include "harness/tasks/sampling.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

constexpr std::array<std::string_view, 40> kAdjectives = {
    "amber",  "bold",   "brisk",  "calm",   "clever", "coral",  "crisp",  "dusty",
    "eager",  "early",  "fancy",  "gentle", "golden", "grand",  "hasty",  "hidden",
    "humble", "icy",    "jolly",  "keen",   "lively", "lonely", "lucky",  "mellow",
    "mighty", "noble",  "proud",  "quiet",  "rapid",  "rusty",  "shy",    "silent",
    "simple", "sleepy", "solemn", "steady", "sunny",  "tender", "velvet", "wild"};
constexpr std::array<std::string_view, 40> kNouns = {
    "anchor",  "basket",  "beacon", "candle", "canyon",  "carpet", "castle", "cellar",
    "compass", "copper",  "engine", "falcon", "feather", "forest", "garden", "hammer",
    "harbor",  "island",  "kettle", "ladder", "lantern", "maple",  "meadow", "mirror",
    "needle",  "orchard", "otter",  "parrot", "pebble",  "pepper", "pillow", "pocket",
    "rocket",  "saddle",  "shovel", "spoon",  "temple",  "ticket", "violin", "window"};

struct KeyValue {
  std::string key, value;
};

// Keys and values are all different. The first pair is the one that is asked for.
std::vector<KeyValue> draw_pairs(SampleRandom& random, int64_t count, int64_t digits) {
  std::vector<size_t> names(kAdjectives.size() * kNouns.size());
  std::iota(names.begin(), names.end(), size_t{0});
  random.shuffle(names);

  uint64_t smallest = 1;
  for (int64_t i = 1; i < digits; ++i) smallest *= 10;
  std::vector<KeyValue> pairs;
  std::set<uint64_t> values;
  for (int64_t i = 0; i < count; ++i) {
    uint64_t value = smallest + random.below(9 * smallest);
    while (!values.insert(value).second) value = smallest + random.below(9 * smallest);
    pairs.push_back({fmt::format("{}-{}", kAdjectives[names[i] / kNouns.size()],
                                 kNouns[names[i] % kNouns.size()]),
                     std::to_string(value)});
  }
  return pairs;
}

Haystack make_haystack(std::string_view kind, size_t bytes, SampleRandom& random) {
  if (kind == "noise") return noise_haystack(bytes);
  std::vector<const Article*> order;
  for (const Article& article : articles()) order.push_back(&article);
  random.shuffle(order);
  return sentence_haystack(order, bytes);
}

std::string_view first_number(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789";
  const size_t begin = text.find_first_of(kDigits);
  if (begin == std::string_view::npos) return {};
  const size_t end = text.find_first_not_of(kDigits, begin);
  return text.substr(begin, end == std::string_view::npos ? end : end - begin);
}

}  // namespace

void NeedleTask::Params::check(std::vector<ParameterProblem>& problems) const {
  check_lengths(lengths, problems);
  const double values = 9 * std::pow(10.0, static_cast<double>(digits - 1));
  if (static_cast<double>(keys) > values) {
    problems.push_back(
        {"keys", fmt::format("got {}, but there are only {} different numbers of {} digits", keys,
                             values, digits)});
  }
}

std::vector<Subset> NeedleTask::subsets() const {
  return length_subsets(params_.lengths, params_.samples, params_.limit);
}

double NeedleTask::depth(int64_t index) const {
  if (params_.depths.empty()) return spread_share(index);
  return static_cast<double>(params_.depths[index % params_.depths.size()]) / 100.0;
}

Sample NeedleTask::sample(const Subset& subset, int64_t index, const CountTokens& count) const {
  const int64_t length = subset_length(subset);
  SampleRandom random(seed_, subset.name, index);
  const std::vector<KeyValue> pairs = draw_pairs(random, params_.keys, params_.digits);
  std::vector<Insertion> needles;
  for (const KeyValue& pair : pairs) {
    needles.push_back({fmt::format("The secret number for {} is {}.", pair.key, pair.value),
                       needles.empty() ? depth(index) : random.share()});
  }
  const Haystack haystack =
      make_haystack(params_.haystack, static_cast<size_t>(length) * 12, random);
  const auto message = [&](size_t units) {
    return fmt::format(
        "Secret numbers are hidden in the following text. Read it carefully and remember them, for "
        "you will be asked about one of them.\n\n{}\n\nWhat is the secret number for {} mentioned "
        "in the text above?",
        compose(haystack, units, needles), pairs[0].key);
  };
  const std::optional<size_t> units = fit_units(length, haystack.cuts.size(), message, count);
  if (!units) {
    throw InputError(fmt::format(
        "task needle, lengths: {} tokens do not hold the question and {} needle(s), which take {}",
        length, params_.keys, count(message(0))));
  }
  Sample sample;
  sample.id = std::to_string(index);
  sample.message = message(*units);
  if (params_.answer_prefix) {
    sample.answer_prefix =
        fmt::format("The secret number for {} mentioned in the text above is", pairs[0].key);
  }
  sample.answers = {pairs[0].value};
  sample.use_chat_template = params_.chat;
  // A token a digit at worst, and a few for a space, a full stop or a short way of putting it.
  sample.max_new_tokens = params_.digits + (params_.answer_prefix ? 5 : 25);
  return sample;
}

std::vector<std::string> NeedleTask::metrics() const {
  return {"exact_match", "contains_answer"};
}

std::vector<MetricValue> NeedleTask::score(const Sample& sample,
                                           std::string_view prediction) const {
  return {score_metric("exact_match", first_number(prediction), sample.answers),
          score_metric("contains_answer", prediction, sample.answers)};
}

std::string NeedleTask::data_hash() const {
  const int64_t roomy = 1024 + 64 * params_.keys;  // a length that any number of keys fits in
  const Subset probe{std::to_string(roomy), 1, 1};
  return generated_data_hash("needle", write_parameters(params_), {"lengths", "samples", "limit"},
                             seed_, sample(probe, 0, count_quarter_bytes));
}

}  // namespace skipbench
