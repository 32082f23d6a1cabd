#include "harness/report/page/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "harness/report/cell_grid.h"
#include "harness/report/fields.h"
#include "harness/report/page/budget_finding.h"
#include "harness/report/page/fixed_cost_finding.h"

namespace skipbench {
namespace {

using Cells = std::vector<const JudgedCell*>;

std::string speedup_text(const JudgedCell& cell) {
  return format_interval(visible_value(cell_field("speedup_ttft"), cell),
                         visible_value(cell_field("speedup_ttft_low"), cell),
                         visible_value(cell_field("speedup_ttft_high"), cell), Unit::kRatio);
}

Phrase name_of(const JudgedCell* cell, Emphasis emphasis = Emphasis::kAnswer) {
  return {cell->record.plan.label, emphasis};
}

void append(Sentences& words, const Sentences& more) {
  words.insert(words.end(), more.begin(), more.end());
}

Sentences listed_cells(const Cells& cells) {
  std::vector<std::string> labels;
  for (const JudgedCell* cell : cells) labels.push_back(cell->record.plan.label);
  return listed(labels);
}

/// A column of accuracies as its cells stand in it.
struct Ranking {
  const JudgedCell* best = nullptr;
  bool tells_nothing = false;  // of too few samples
  Cells tied, worse;
  Cells untold;  // too few samples to tell
  Cells alone;   // worse if theirs were the only test, and not after the correction
};

Ranking ranking_of(const Cells& cells, const Standing* (*standing_of)(const JudgedCell&)) {
  Ranking ranking;
  for (const JudgedCell* cell : cells) {
    const Standing* standing = standing_of(*cell);
    if (standing == nullptr) continue;
    if (standing->place == Place::kBest) {
      ranking.best = cell;
      ranking.tells_nothing = standing->too_few;
    } else if (standing->too_few) {
      ranking.untold.push_back(cell);
    } else if (standing->differs_alone()) {
      ranking.alone.push_back(cell);
    } else if (standing->place == Place::kTied) {
      ranking.tied.push_back(cell);
    } else if (standing->p) {
      ranking.worse.push_back(cell);
    }
  }
  return ranking;
}

double promised(const JudgedCell* cell) {
  return cell->record.summary.ideal_speedup.value_or(0);
}

/// Which of the methods that lose nothing measurable computes least.
Sentences cheapest_words(const Ranking& ranking) {
  Cells equals = ranking.tied;
  equals.push_back(ranking.best);
  const bool has_equals = !ranking.tied.empty();
  const JudgedCell* cheapest = *std::max_element(
      equals.begin(), equals.end(),
      [](const JudgedCell* a, const JudgedCell* b) { return promised(a) < promised(b); });
  if (promised(cheapest) <= 1) return {};
  Sentences words{{has_equals ? " Of these " : " "}, name_of(cheapest)};
  words.push_back({fmt::format(" computes {}: its saved FLOPs promise a speed-up of {}",
                               has_equals ? "least" : "less than full attention",
                               field_text(*cheapest, "ideal_speedup"))});
  if (cheapest->record.summary.speedup_ttft) {
    words.push_back(
        {fmt::format(", measured to the first token it is {}", speedup_text(*cheapest))});
  }
  words.push_back({"."});
  return words;
}

/// Fewer samples than this tell little, and the page says so.
constexpr int64_t kFewSamples = 10;

/// "full is best (0.512). Not distinguishable from it: A and B. Of these ... Worse, beyond chance:
/// C."
Sentences ranking_words(const Ranking& ranking, const std::string& value) {
  const int64_t n = ranking.best->record.summary.n;
  if (ranking.tells_nothing) {
    return {name_of(ranking.best),
            {fmt::format(" is first ({}); {} from chance.", value, kTooFew)}};
  }
  Sentences words{name_of(ranking.best), {fmt::format(" is best ({}).", value)}};
  if (n < kFewSamples) {
    words.push_back({fmt::format(" {} samples: only large differences show.", n)});
  }
  if (!ranking.tied.empty()) {
    words.push_back({" Not distinguishable from it: "});
    append(words, listed_cells(ranking.tied));
    words.push_back({"."});
  }
  append(words, cheapest_words(ranking));
  if (!ranking.untold.empty()) {
    words.push_back({" With too few samples in common to tell: "});
    append(words, listed_cells(ranking.untold));
    words.push_back({"."});
  }
  if (!ranking.alone.empty()) {
    words.push_back({" Worse taken alone (◌), not after the correction for the number of methods: "});
    append(words, listed_cells(ranking.alone));
    words.push_back({"."});
  }
  if (ranking.worse.empty()) return words;
  if (ranking.tied.empty() && ranking.alone.empty() && ranking.untold.empty()) {
    words.push_back({" All others are worse, beyond chance."});
    return words;
  }
  words.push_back({" Worse, beyond chance: "});
  append(words, listed_cells(ranking.worse));
  words.push_back({"."});
  return words;
}

std::string readable(std::string metric) {
  std::replace(metric.begin(), metric.end(), '_', ' ');
  return metric;
}

const Standing* score_standing(const JudgedCell& cell) {
  return cell.metric_standings.empty() ? nullptr : &cell.metric_standings[0];
}

const Standing* loss_standing(const JudgedCell& cell) {
  return &cell.loss_standing;
}

/// Labels that are best or not distinguishable from the best on every task with samples enough.
Finding everywhere(const CellGrid& grid, const Standing* (*standing_of)(const JudgedCell&),
                   const char* by) {
  std::vector<std::string> ranked;
  for (const std::string& task : grid.tasks) {
    const bool has_best =
        std::any_of(grid.labels.begin(), grid.labels.end(), [&](const std::string& label) {
          const JudgedCell* cell = grid.find(label, task);
          const Standing* standing = cell ? standing_of(*cell) : nullptr;
          return standing != nullptr && standing->place == Place::kBest && !standing->too_few;
        });
    if (has_best) ranked.push_back(task);
  }
  if (ranked.size() < 2) return {};
  Cells first_cells, alone;  // one of each label; of those that are worse taken alone on some task
  for (const std::string& label : grid.labels) {
    bool differs_alone = false;
    const bool holds = std::all_of(ranked.begin(), ranked.end(), [&](const std::string& task) {
      const JudgedCell* cell = grid.find(label, task);
      const Standing* standing = cell ? standing_of(*cell) : nullptr;
      differs_alone = differs_alone || (standing != nullptr && standing->differs_alone());
      return standing != nullptr && standing->place != Place::kNone && !standing->too_few;
    });
    if (holds) first_cells.push_back(grid.find(label, ranked.front()));
    if (holds && differs_alone) alone.push_back(first_cells.back());
  }
  Finding finding{fmt::format("Task by task, by {}", by), {}};
  const std::string each =
      ranked.size() == grid.tasks.size()
          ? fmt::format("each of {} tasks", ranked.size())
          : fmt::format("all {} tasks (of {}) that can tell", ranked.size(), grid.tasks.size());
  if (first_cells.empty()) {
    finding.text = {{fmt::format("No method is best, or like the best, on {}.", each)}};
    return finding;
  }
  finding.text = {{fmt::format("Best, or not distinguishable from the best, on {}: ", each)}};
  append(finding.text, listed_cells(first_cells));
  finding.text.push_back({"."});
  if (!alone.empty()) {
    finding.text.push_back({" Worse taken alone (◌) on some of them: "});
    append(finding.text, listed_cells(alone));
    finding.text.push_back({"."});
  }
  return finding;
}

void add_accuracies(const std::string& task, const Cells& cells, std::vector<Finding>& findings) {
  const Ranking by_score = ranking_of(cells, score_standing);
  if (by_score.best != nullptr) {
    const MetricSummary& metric = by_score.best->record.summary.metrics[0];
    const std::string value = format_value(*metric.score, Unit::kPoints) + " points";
    findings.push_back({fmt::format("{}, {}", task, readable(metric.metric)),
                        *metric.score > 0 ? ranking_words(by_score, value) : no_score_words()});
  }
  const Ranking by_loss = ranking_of(cells, loss_standing);
  if (by_loss.best != nullptr) {
    findings.push_back(
        {task + ", loss of the right answer",
         ranking_words(by_loss, field_text(*by_loss.best, "answer_nll_mean") + " nats per token")});
  }
}

double prompt_tokens(const JudgedCell* cell) {
  return cell->record.summary.prompt_tokens_mean.value_or(0);
}

/// The method of the highest speed-up; null where none was timed beside the baseline.
const JudgedCell* fastest_in(const Cells& cells) {
  const JudgedCell* fastest = nullptr;
  for (const JudgedCell* cell : cells) {
    const auto& speedup = cell->record.summary.speedup_ttft;
    if (!cell->shows_figures() || !speedup || cell->record.plan.is_baseline) continue;
    if (!fastest || *speedup > *fastest->record.summary.speedup_ttft) fastest = cell;
  }
  return fastest;
}

/// What is fastest among cells of one prompt length.
Sentences fastest_words(const Cells& cells) {
  const JudgedCell* fastest = fastest_in(cells);
  const auto baseline = std::find_if(cells.begin(), cells.end(), [](const JudgedCell* cell) {
    return cell->record.plan.is_baseline;
  });
  if (fastest == nullptr || baseline == cells.end()) return {};
  Sentences words;
  const CellSummary& s = fastest->record.summary;
  if (s.speedup_ttft_low.value_or(*s.speedup_ttft) <= 1) {
    words = {{"No method is measurably faster than "},
             name_of(*baseline),
             {"; "},
             name_of(fastest),
             {" comes closest: "}};
  } else {
    words = {name_of(fastest), {" is fastest: "}};
  }
  words.push_back({fmt::format(
      "{} ms to the first token instead of {} ms (medians), a speed-up of {} (the mean of paired "
      "ratios); its saved FLOPs promise {}.",
      field_text(*fastest, "ttft_ms_median"), field_text(**baseline, "ttft_ms_median"),
      speedup_text(*fastest), field_text(*fastest, "ideal_speedup"))});
  return words;
}

std::string speed_title(const JudgedCell& cell) {
  const PlannedCell& plan = cell.record.plan;
  return fmt::format("Speed{} at {} prompt tokens",
                     plan.task == "speed" ? "" : " on " + task_name(plan),
                     field_text(cell, "prompt_tokens_mean"));
}

/// The longest prompts and the shortest.
void add_speeds(const std::vector<Cells>& subsets, std::vector<Finding>& findings) {
  const auto shorter = [](const Cells& a, const Cells& b) {
    return prompt_tokens(a.front()) < prompt_tokens(b.front());
  };
  const auto [shortest, longest] = std::minmax_element(subsets.begin(), subsets.end(), shorter);
  for (const auto& each : {longest, shortest}) {
    Sentences words = fastest_words(*each);
    if (!words.empty()) findings.push_back({speed_title(*each->front()), std::move(words)});
    if (shortest == longest) break;
  }
}

}  // namespace

Sentences no_score_words() {
  return {{"No method scores above 0."}};
}

Sentences listed(const std::vector<std::string>& labels) {
  constexpr size_t kShown = 4;
  const size_t shown = labels.size() > kShown + 1 ? kShown : labels.size();
  Sentences words;
  for (size_t i = 0; i < shown; ++i) {
    const bool is_last = i + 1 == labels.size();
    if (i > 0) words.push_back({is_last ? " and " : ", "});
    words.push_back({labels[i], Emphasis::kName});
  }
  if (shown < labels.size()) words.push_back({fmt::format(" and {} more", labels.size() - shown)});
  return words;
}

std::vector<Finding> findings_of(const ModelCells& model) {
  const CellGrid grid = make_grid(model, [](const JudgedCell& cell) {
    return cell.record.summary.prompt_tokens_mean.has_value();
  });
  std::vector<Finding> findings;
  for (Finding finding : {everywhere(grid, score_standing, "score"),
                          everywhere(grid, loss_standing, "loss of the right answer")}) {
    if (!finding.text.empty()) findings.push_back(std::move(finding));
  }
  std::vector<std::string> order;
  std::map<std::string, std::vector<Cells>> by_task;
  for (const std::string& task : grid.tasks) {
    Cells cells;
    for (const std::string& label : grid.labels) {
      const JudgedCell* cell = grid.find(label, task);
      if (cell && cell->record.summary.prompt_tokens_mean) cells.push_back(cell);
    }
    add_accuracies(task, cells, findings);
    const std::string& name = cells.front()->record.plan.task;
    std::vector<Cells>& subsets = by_task[name];
    if (subsets.empty()) order.push_back(name);
    subsets.push_back(std::move(cells));
  }
  for (const std::string& name : order) add_speeds(by_task[name], findings);
  for (Finding finding : {fixed_cost_finding(grid), budget_finding(grid)}) {
    if (!finding.text.empty()) findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace skipbench
