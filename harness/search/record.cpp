#include "harness/search/record.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace skipbench {
namespace {

std::string value_text(const Probe& probe) {
  if (!probe.value) return probe.why;
  if (!probe.standard_error || *probe.standard_error == 0)
    return fmt::format("{:.4g}", *probe.value);
  return fmt::format("{:.4g} ± {:.2g}", *probe.value, *probe.standard_error);
}

std::string setting_text(const SearchRecord& record, size_t probe) {
  return fmt::format("{} x {:.4g} ({})", record.parameter, record.probes[probe].factor,
                     value_text(record.probes[probe]));
}

// "chosen 'SPTS budgets x 1' (least prefill_work): budgets x 1 (0.03 ± 0.004)".
std::string choice_text(const SearchRecord& record) {
  const std::string least =
      record.goal.kind == Goal::Kind::kAtMost
          ? fmt::format(" (least {})", saving_name(deciding_saving(record.goal, record.probes)))
          : "";
  return fmt::format("chosen '{}'{}: {}", record.chosen(), least,
                     setting_text(record, *record.conclusion.chosen));
}

// Of two probes of equal figure the first.
size_t nearest_to_goal(const SearchRecord& record) {
  const auto distance = [&](const Probe& probe) {
    return probe.value ? std::abs(*probe.value - record.goal.value) : INFINITY;
  };
  const auto nearest =
      std::min_element(record.probes.begin(), record.probes.end(),
                       [&](const Probe& a, const Probe& b) { return distance(a) < distance(b); });
  return static_cast<size_t>(nearest - record.probes.begin());
}

std::string verdict_text(const SearchRecord& record) {
  const auto& [verdict, chosen, out_of_steps] = record.conclusion;
  const bool is_limit = record.goal.kind == Goal::Kind::kAtMost;
  switch (verdict) {
    case Verdict::kFound:
      return choice_text(record);
    case Verdict::kHoldsAtEnd:
      return choice_text(record) +
             "; the target holds even at the tightest setting that was allowed (set 'low' or "
             "'high' for a wider range)";
    case Verdict::kNotExact:
      return choice_text(record) + ", the nearest to the value";
    case Verdict::kUnreachable:
      return fmt::format("nothing chosen: {}, the nearest is {}",
                         is_limit ? "the target is missed even at the loosest setting"
                                  : "the value lies outside of what the range reaches",
                         setting_text(record, nearest_to_goal(record)));
    case Verdict::kNothingSaved:
      return fmt::format("nothing chosen: both ends of the range have equally much {}",
                         record.goal.least_text());
    case Verdict::kNoFigure:
      return fmt::format("nothing chosen: no figure at {} x {:.4g}: {}", record.parameter,
                         record.probes[*chosen].factor, record.probes[*chosen].why);
  }
  return "";
}

// Where the noise of the measurement is as large as the distance to the limit.
bool within_noise(const SearchRecord& record) {
  if (record.goal.kind != Goal::Kind::kAtMost || record.chosen().empty()) return false;
  const Probe& chosen = record.probes[*record.conclusion.chosen];
  return chosen.standard_error && *chosen.value + *chosen.standard_error > record.goal.value;
}

std::string inversions_text(const SearchRecord& record) {
  std::string text;
  for (const auto& [before, after] : inversions(record.probes)) {
    text += fmt::format("{}{} to {}", text.empty() ? "" : "; ", setting_text(record, before),
                        setting_text(record, after));
  }
  return text;
}

// The ideal speed-up, or a share of what full attention has.
std::string saved_text(Saving saving, const Probe& probe) {
  if (saving == Saving::kPrefillWork) return fmt::format("{:.3f}x", probe.ideal_speedup);
  return fmt::format("{:.1f}%", 100 * share_of(saving, probe));
}

std::string comparison_text(const SearchRecord& record, size_t index) {
  const Probe& probe = record.probes[index];
  if (!probe.value) return "no figure";
  if (record.goal.kind == Goal::Kind::kAtMost) {
    return *probe.value <= record.goal.value ? "holds" : "too much";
  }
  if (std::abs(*probe.value - record.goal.value) <= record.goal.tolerance + 1e-12) return "equal";
  return *probe.value < record.goal.value ? "below" : "above";
}

// The saving that settings were compared by; null where the figure alone decides.
Json least_of(const SearchRecord& record) {
  if (record.goal.kind == Goal::Kind::kEqual) return nullptr;
  return saving_name(deciding_saving(record.goal, record.probes));
}

Json json_of(const std::optional<double>& value) {
  return value ? Json(*value) : Json(nullptr);
}

}  // namespace

std::string SearchRecord::chosen() const {
  const bool found = conclusion.verdict != Verdict::kNoFigure && conclusion.chosen;
  return found ? labels[*conclusion.chosen] : "";
}

std::vector<std::string> sentences(const SearchRecord& record) {
  std::vector<std::string> lines{fmt::format("search '{}' on {}, {}: {} ({} settings tried)",
                                             record.search, record.model, record.goal.text(),
                                             verdict_text(record), record.probes.size())};
  if (!record.preset_note.empty())
    lines.push_back(fmt::format("'{}': {}", record.search, record.preset_note));
  if (record.conclusion.out_of_steps) {
    lines.push_back(
        fmt::format("'{}' stopped after {} steps, before the tolerance was reached; "
                    "'steps' allows more",
                    record.search, record.probes.size()));
  }
  if (within_noise(record)) {
    lines.push_back(
        fmt::format("'{}': the limit lies within one standard error of the chosen "
                    "value; more samples would tell",
                    record.search));
  }
  if (const std::string text = inversions_text(record); !text.empty()) {
    lines.push_back(
        fmt::format("'{}' does not move one way alone, so that another setting may "
                    "serve as well: {}",
                    record.search, text));
  }
  return lines;
}

std::string steps_table(const SearchRecord& record) {
  size_t width = 7;
  for (const std::string& label : record.labels) width = std::max(width, label.size());
  const Saving least = deciding_saving(record.goal, record.probes);
  const std::string_view heading = least == Saving::kPrefillWork ? "ideal" : saving_name(least);
  const size_t column = std::max<size_t>(heading.size(), 9);
  std::string text = fmt::format("  {:<{}}  {:>{}}  {:<9}  {}\n", "setting", width, heading, column,
                                 "", figure_name(record.goal.figure));
  for (size_t i = 0; i < record.probes.size(); ++i) {
    text += fmt::format("  {:<{}}  {:>{}}  {:<9}  {}\n", record.labels[i], width,
                        saved_text(least, record.probes[i]), column, comparison_text(record, i),
                        value_text(record.probes[i]));
  }
  return text;
}

Json search_json(const SearchRecord& record) {
  Json steps = Json::array();
  for (size_t i = 0; i < record.probes.size(); ++i) {
    const Probe& probe = record.probes[i];
    steps.push_back({{"label", record.labels[i]},
                     {"factor", probe.factor},
                     {"value", json_of(probe.value)},
                     {"standard_error", json_of(probe.standard_error)},
                     {"ideal_speedup", probe.ideal_speedup},
                     {"kv_ratio", probe.kv_ratio},
                     {"decode_kv_share", probe.decode_kv_share},
                     {"decode_ffn_share", probe.decode_ffn_share},
                     {"why", probe.why}});
  }
  return {{"model", record.model},         {"search", record.search},
          {"goal", record.goal.text()},    {"least", least_of(record)},
          {"parameter", record.parameter}, {"low", record.range.low},
          {"high", record.range.high},     {"steps", std::move(steps)},
          {"chosen", record.chosen()},     {"sentences", sentences(record)}};
}

std::vector<SearchResult> search_results(const Json& config) {
  std::vector<SearchResult> results;
  if (!config.is_object() || !config.contains("searches")) return results;
  for (const Json& each : config.at("searches")) {
    SearchResult& result = results.emplace_back();
    result.model = each.at("model").get<std::string>();
    result.search = each.at("search").get<std::string>();
    result.chosen = each.at("chosen").get<std::string>();
    result.sentences = each.at("sentences").get<std::vector<std::string>>();
    for (const Json& step : each.at("steps")) {
      result.labels.push_back(step.at("label").get<std::string>());
    }
  }
  return results;
}

}  // namespace skipbench
