#include "harness/report/findings/ranking_finding.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "harness/report/judge/fields.h"
#include "harness/report/judge/label_text.h"

namespace skipbench {
namespace {

/// A column of accuracies: where its cells stand, and what they show.
struct Column {
  const Standing* (*standing)(const JudgedCell&);
  std::string (*shown)(const JudgedCell&);
};

std::string score_shown(const JudgedCell& cell) {
  const std::optional<double>& score = cell.record.summary.metrics[0].score;
  return score ? format_value(*score, Unit::kPoints) + " points" : "";
}

std::string loss_shown(const JudgedCell& cell) {
  return field_text(cell, "answer_nll_mean") + " nats per token";
}

constexpr Column kByScore{score_standing, score_shown}, kByLoss{loss_standing, loss_shown};

/// The column's cells by what their tests say.
struct Ranking {
  const JudgedCell* best = nullptr;
  bool tells_nothing = false;  // of too few samples
  Cells alike;                 // the best, and those that show the same figure
  Cells tied, worse;
  Cells untold;  // too few samples to tell
  Cells alone;   // worse if theirs were the only test, and not after the correction
};

const JudgedCell* best_of(const Cells& cells, const Column& column) {
  const auto best = std::find_if(cells.begin(), cells.end(), [&](const JudgedCell* cell) {
    const Standing* standing = column.standing(*cell);
    return standing != nullptr && standing->place == Place::kBest;
  });
  return best == cells.end() ? nullptr : *best;
}

Ranking ranking_of(const Cells& cells, const Column& column) {
  Ranking ranking;
  ranking.best = best_of(cells, column);
  if (ranking.best == nullptr) return ranking;
  ranking.tells_nothing = column.standing(*ranking.best)->too_few;
  ranking.alike.push_back(ranking.best);
  const std::string best = column.shown(*ranking.best);
  for (const JudgedCell* cell : cells) {
    const Standing* standing = column.standing(*cell);
    if (standing == nullptr || cell == ranking.best) continue;
    if (standing->too_few) {
      ranking.untold.push_back(cell);
    } else if (standing->differs_alone()) {
      ranking.alone.push_back(cell);
    } else if (standing->place == Place::kTied) {
      (column.shown(*cell) == best ? ranking.alike : ranking.tied).push_back(cell);
    } else if (standing->p) {
      ranking.worse.push_back(cell);
    }
  }
  return ranking;
}

std::vector<std::string> labels_of(const Cells& cells) {
  std::vector<std::string> labels;
  for (const JudgedCell* cell : cells) labels.push_back(cell->record.plan.label);
  return labels;
}

/// Which of the methods that lose nothing measurable computes least; several whose ideal speed-ups
/// are the same as far as is shown.
Sentences cheapest_words(const Ranking& ranking) {
  const auto ideal = [](const JudgedCell* cell) {
    return cell->record.summary.ideal_speedup.value_or(0);
  };
  const auto shown = [](const JudgedCell* cell) { return field_text(*cell, "ideal_speedup"); };
  Cells equals = ranking.tied;
  equals.insert(equals.end(), ranking.alike.begin(), ranking.alike.end());
  const JudgedCell* first = *std::max_element(
      equals.begin(), equals.end(),
      [&](const JudgedCell* a, const JudgedCell* b) { return ideal(a) < ideal(b); });
  if (ideal(first) <= 1) return {};
  Cells cheapest;
  std::copy_if(equals.begin(), equals.end(), std::back_inserter(cheapest),
               [&](const JudgedCell* cell) { return shown(cell) == shown(first); });
  const bool several = cheapest.size() > 1, has_equals = equals.size() > 1;
  if (several && cheapest.size() == equals.size()) {
    return {{fmt::format(" They compute the same amount: ideal speed-up {}.", shown(first))}};
  }
  Sentences words{{has_equals ? " Of these " : " "}};
  append(words, listed(labels_of(cheapest), Emphasis::kAnswer));
  words.push_back({fmt::format(" {} {}: ideal speed-up {}", several ? "compute" : "computes",
                               has_equals ? "least" : "less than full attention", shown(first))});
  if (!several && first->record.summary.speedup_ttft) {
    words.push_back({fmt::format(", measured to the first token {}", speedup_text(*first))});
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
  Sentences words = listed(labels_of(ranking.alike), Emphasis::kAnswer);
  if (ranking.tells_nothing) {
    words.push_back({fmt::format(" is first ({}); {} from chance.", value, kTooFew)});
    return words;
  }
  const bool shared = ranking.alike.size() > 1;
  words.push_back({fmt::format(" {} ({}).", shared ? "share the best figure" : "is best", value)});
  if (n < kFewSamples) {
    words.push_back({fmt::format(" {} samples: only large differences show.", n)});
  }
  append_list(words, shared ? " Not distinguishable from them: " : " Not distinguishable from it: ",
              labels_of(ranking.tied));
  append(words, cheapest_words(ranking));
  append_list(words, " With too few samples in common to tell: ", labels_of(ranking.untold));
  append_list(words, " Worse taken alone (◌), not after the correction for the number of methods: ",
              labels_of(ranking.alone));
  if (ranking.worse.empty()) return words;
  if (ranking.tied.empty() && ranking.alone.empty() && ranking.untold.empty()) {
    const auto baseline =
        std::find_if(ranking.worse.begin(), ranking.worse.end(),
                     [](const JudgedCell* cell) { return cell->record.plan.is_baseline; });
    words.push_back({" All others"});
    if (baseline != ranking.worse.end() && ranking.worse.size() > 1) {
      append(words, {{", "}, named((*baseline)->record.plan.label), {" among them,"}});
    }
    words.push_back({" are worse, beyond chance."});
  } else {
    append_list(words, " Worse, beyond chance: ", labels_of(ranking.worse));
  }
  return words;
}

}  // namespace

const Standing* score_standing(const JudgedCell& cell) {
  return cell.metric_standings.empty() ? nullptr : &cell.metric_standings[0];
}

const Standing* loss_standing(const JudgedCell& cell) {
  return &cell.loss_standing;
}

std::vector<Finding> ranking_findings(const std::string& task, const Cells& cells) {
  std::vector<Finding> findings;
  const Ranking by_score = ranking_of(cells, kByScore);
  if (by_score.best != nullptr) {
    const MetricSummary& metric = by_score.best->record.summary.metrics[0];
    findings.push_back({fmt::format("{}, {}", task, readable(metric.metric)),
                        *metric.score > 0 ? ranking_words(by_score, score_shown(*by_score.best))
                                          : no_score_words(),
                        true});
  }
  const Ranking by_loss = ranking_of(cells, kByLoss);
  if (by_loss.best != nullptr) {
    findings.push_back({task + ", loss of the right answer",
                        ranking_words(by_loss, loss_shown(*by_loss.best)), true});
  }
  return findings;
}

}  // namespace skipbench
