#include "harness/report/tables/captions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "harness/report/judge/code_parts.h"
#include "harness/report/judge/marks.h"
#include "harness/report/judge/prompt_lines.h"

namespace skipbench {
namespace {

/// The distinct values over the cells whose figures belong to the newest version, or are shown.
std::string distinct(const ModelCells& model,
                     const std::function<std::string(const JudgedCell&)>& value) {
  std::vector<std::string> values;
  for (const JudgedCell& cell : model.cells) {
    if (cell.state == CellState::kNotRun || cell.state == CellState::kOutdated) continue;
    std::string text = value(cell);
    if (text.empty() || std::find(values.begin(), values.end(), text) != values.end()) continue;
    values.push_back(std::move(text));
  }
  return fmt::format("{}", fmt::join(values, " and "));
}

std::string baseline_of(const ModelCells& model) {
  for (const JudgedCell& cell : model.cells) {
    if (cell.record.plan.is_baseline) return cell.record.plan.label;
  }
  return "none";
}

/// "3", or "1–20" where cells differ.
std::string range_of(const ModelCells& model, int64_t (*value)(const CellRecord&)) {
  std::vector<int64_t> values;
  for (const JudgedCell& cell : model.cells) {
    if (const int64_t v = value(cell.record); v > 0) values.push_back(v);
  }
  if (values.empty()) return "0";
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return *low == *high ? fmt::format("{}", *high) : fmt::format("{}–{}", *low, *high);
}

std::string plural(const std::string& count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == "1" ? "" : "s");
}

std::string counts_of(const ModelCells& model) {
  const std::string samples =
      range_of(model, [](const CellRecord& cell) { return cell.plan.expected_n; });
  const std::string rounds =
      range_of(model, [](const CellRecord& cell) { return cell.summary.rounds; });
  const bool timed = std::any_of(model.cells.begin(), model.cells.end(), [](const auto& cell) {
    return cell.record.summary.ttft_ms_median.has_value();
  });
  return plural(samples, "sample") + " a task, " + plural(rounds, "round") +
         (timed && rounds == "1" ? " (noise of times unknown)" : "");
}

std::string commits_of(const std::vector<RunRecord>& runs) {
  std::vector<std::string> commits;
  for (const RunRecord& run : runs) {
    if (run.current_rows == 0 || run.info.git_commit.empty()) continue;
    std::string commit = run.info.git_commit.substr(0, 9) + (run.info.git_dirty ? "+dirty" : "");
    if (std::find(commits.begin(), commits.end(), commit) != commits.end()) continue;
    commits.push_back(std::move(commit));
  }
  return commits.empty() ? "" : fmt::format(", commit {}", fmt::join(commits, " and "));
}

/// ": skipbench run ..." of the last run; nothing where none is known.
std::string command_of(const std::vector<RunRecord>& runs) {
  return runs.empty() || runs.back().info.command.empty() ? "" : ": " + runs.back().info.command;
}

/// What makes cells share a note.
struct Note {
  std::string kind, reason;
  auto operator<=>(const Note&) const = default;
};

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

bool baseline_was_timed(const ModelCells& model, const PlannedCell& plan) {
  return std::any_of(model.cells.begin(), model.cells.end(), [&plan](const JudgedCell& cell) {
    const PlannedCell& other = cell.record.plan;
    return other.is_baseline && other.task == plan.task && other.subset == plan.subset &&
           cell.shows_figures() && cell.record.summary.ttft_ms_median;
  });
}

/// Why pairs of equally long replies have no ratio end to end.
std::string path_reason(const CellSummary& summary) {
  if (summary.decode_path == "graph") {
    return "decoded by a CUDA graph, the baseline without: the ratio would measure the graph";
  }
  return fmt::format(
      "decoded without the CUDA graph that the baseline's steps replay ({}): the "
      "ratio would measure the graph",
      summary.eager_reason);
}

/// Whether the cell, or the baseline of its task, ran something off its kernel.
bool either_is_slow(const ModelCells& model, const JudgedCell& cell,
                    std::string CellSummary::*slow_path) {
  const PlannedCell& plan = cell.record.plan;
  return std::any_of(model.cells.begin(), model.cells.end(), [&](const JudgedCell& other) {
    const PlannedCell& planned = other.record.plan;
    const bool is_meant = &other == &cell || (planned.is_baseline && planned.task == plan.task &&
                                              planned.subset == plan.subset);
    return is_meant && !(other.record.summary.*slow_path).empty();
  });
}

/// What ran as something slower than its kernel.
std::vector<Note> notes_of_slow_paths(const CellSummary& s) {
  std::vector<Note> notes;
  if (!s.slow_prefill.empty()) notes.push_back({"slow path in the prefill", s.slow_prefill});
  if (!s.slow_decode.empty()) notes.push_back({"slow path in decode steps", s.slow_decode});
  return notes;
}

/// Why a timed cell has no speed-up, or one over fewer samples than its other figures.
std::vector<Note> notes_of_pairs(const ModelCells& model, const JudgedCell& cell) {
  const CellSummary& s = cell.record.summary;
  if (!cell.shows_figures() || !s.ttft_ms_median || !baseline_was_timed(model, cell.record.plan)) {
    return {};
  }
  if (either_is_slow(model, cell, &CellSummary::slow_prefill)) return {};  // another note says so
  if (s.pairs == 0) {
    return {{"no speed-up",
             "not timed in one run with the baseline; run it again with --retime, which measures "
             "the baseline beside it"}};
  }
  if (s.pairs_e2e == s.pairs || either_is_slow(model, cell, &CellSummary::slow_decode)) return {};
  if (s.pairs_other_path > 0) return {{"no end-to-end speed-up", path_reason(s)}};
  if (s.pairs_e2e == 0) {
    return {{"no end-to-end speed-up",
             "no reply is as long as the baseline's; the task 'speed' fixes the length"}};
  }
  return {{"end to end", "only over replies that are as long as the baseline's"}};
}

/// "no such layer", or "no such layer; 2 rows" where a count of samples does not tell.
std::string failure_reason(const CellSummary& summary, const std::string& error, int64_t rows) {
  const bool rows_tell = summary.rounds > 1 && summary.n > 0;
  if (!rows_tell) return first_line(error);
  return fmt::format("{}; {}", first_line(error), plural(fmt::format("{}", rows), "row"));
}

std::vector<Note> notes_of_failures(const CellSummary& s) {
  std::vector<Note> notes;
  const auto add = [&](const char* kind, int64_t rows, const std::string& error) {
    if (rows > 0) notes.push_back({kind, failure_reason(s, error, rows)});
  };
  add("INVALID", s.rows_invalid, s.invalid_reason);
  add("out of memory", s.rows_oom, s.oom_reason);
  add("failed", s.rows_error, s.error);
  return notes;
}

std::vector<Note> notes_of_cell(const ModelCells& model, const JudgedCell& cell) {
  const CellSummary& s = cell.record.summary;
  if (cell.state == CellState::kNotRun) return {{"not run", ""}};
  if (cell.state == CellState::kOutdated) {
    return {{"outdated", fmt::format("measured with another {}; run it again, or pass "
                                     "--allow-mixed",
                                     cell.outdated_reason)}};
  }
  std::vector<Note> notes = notes_of_failures(s);
  switch (cell.state) {
    case CellState::kInactive:
      notes.push_back({"inactive", s.inactive_reason});
      break;
    case CellState::kScoreDriven:
      notes.push_back(
          {"score-driven",
           "how much the method computes depends on attention scores: random weights say "
           "nothing about its speed"});
      break;
    case CellState::kInvalid:
      break;
    default: {
      if (cell.outdated) notes.push_back({"*", "measured with another " + cell.outdated_reason});
      const int64_t ended = s.n + s.n_oom + s.n_error;
      if (ended < cell.record.plan.expected_n) {
        notes.push_back({"incomplete", "samples are missing; run it again to add them"});
      }
      for (Note& note : notes_of_slow_paths(s)) notes.push_back(std::move(note));
      for (Note& note : notes_of_pairs(model, cell)) notes.push_back(std::move(note));
      if (ended > cell.record.plan.expected_n) {
        notes.push_back({"more than planned",
                         "samples of an earlier plan are in these figures; the next "
                         "run that reaches its end leaves them out"});
      }
    }
  }
  return notes;
}

std::string places_text(const std::vector<std::string>& places) {
  constexpr size_t kShown = 3;
  const size_t shown = std::min(places.size(), kShown);
  std::string text = fmt::format("{}", fmt::join(places.begin(), places.begin() + shown, "; "));
  if (places.size() > shown) text += fmt::format("; and {} more", places.size() - shown);
  return text;
}

}  // namespace

std::vector<std::string> caption_of(const ModelCells& model, const std::vector<RunRecord>& runs) {
  const auto version = [](std::string CellVersion::*member) {
    return [member](const JudgedCell& cell) { return cell.record.version.*member; };
  };
  const std::string device = distinct(model, version(&CellVersion::device));
  const std::string dtype = distinct(model, version(&CellVersion::dtype));
  const std::string core = distinct(model, [](const JudgedCell& cell) {
    return std::string(code_parts(cell.record.version.code_version).core);
  });
  std::vector<std::string> lines;
  const auto not_run = [](const JudgedCell& c) { return c.state == CellState::kNotRun; };
  if (std::all_of(model.cells.begin(), model.cells.end(), not_run)) {
    return {"No sample is stored yet; run the experiment again to measure these cells" +
            command_of(runs) + "."};
  }
  lines.push_back(fmt::format("{}{}{}; {}; baseline {}.", device, device.empty() ? "" : ", ", dtype,
                              counts_of(model), baseline_of(model)));
  if (!core.empty()) lines.push_back(fmt::format("Code {}{}.", core, commits_of(runs)));
  for (const std::string& mark : marks_of(model, runs)) {
    for (std::string& line : explain_mark(mark, model, runs)) lines.push_back(std::move(line));
  }
  if (const std::string cut = truncation_line(model); !cut.empty()) lines.push_back(cut);
  return lines;
}

std::vector<std::string> notes_of(const ModelCells& model) {
  std::map<Note, std::vector<std::string>> places;
  std::vector<Note> order;
  for (const JudgedCell& cell : model.cells) {
    for (const Note& note : notes_of_cell(model, cell)) {
      std::vector<std::string>& list = places[note];
      if (list.empty()) order.push_back(note);
      list.push_back(place_name(cell.record.plan));
    }
  }
  std::vector<std::string> lines = model.search_notes;
  lines.insert(lines.end(), model.preset_notes.begin(), model.preset_notes.end());
  for (const Note& note : order) {
    const std::string reason = note.reason.empty() ? "" : " (" + note.reason + ")";
    lines.push_back(fmt::format("{}: {}{}", note.kind, places_text(places[note]), reason));
  }
  if (!model.left_out.empty()) {
    lines.push_back(fmt::format("left out: {} (not in the experiment's latest plan)",
                                places_text(model.left_out)));
  }
  return lines;
}

}  // namespace skipbench
