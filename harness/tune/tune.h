#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "harness/experiment/experiment.h"
#include "harness/plan/plan.h"
#include "harness/run/run_experiment.h"
#include "harness/summary/summary.h"
#include "harness/tune/tune_texts.h"

namespace skipbench {

/// The setting of a method that saves most on a user's texts, looked for.
struct TuneRequest {
  ModelSpec model;
  MethodSpec method;      // preset "": auto
  CalibrationSpec texts;  // as with_source() leaves it
  int64_t answer_tokens = 32;
  double loss = 0.05;  // nats per token of the answer above full attention, at most
  std::string over;    // the parameter that is scaled; "": the method's first budget
  int64_t steps = 12;  // settings at most
  uint64_t seed = 0;   // of the halves
  std::string name;    // of the experiments
};

/// Both experiments: the search on one half of the texts, and the chosen setting on the other.
/// `rows`: where the halves are written, as <rows>-search.jsonl and <rows>-held-out.jsonl; the same
/// request writes the same, so that a database is continued.
class Tune {
 public:
  /// Throws InputError for what make_plan(), tune_start() and tune_texts() refuse, random weights
  /// and checkpoints without tokenizer.
  Tune(TuneRequest request, const std::filesystem::path& rows);

  Plan& search() { return search_; }
  const TuneTexts& texts() const { return texts_; }
  /// The parameters that the search chose; nothing when it found none.
  std::optional<Json> chosen(const ExperimentOutcome& outcome) const;
  Plan held_out(const Json& params) const;
  /// What the held-out half says of the setting. Throws InputError when it has no figures.
  CellSummary verdict(const std::filesystem::path& database) const;
  /// The chosen setting as a preset of the model's shape.
  Preset preset(const Json& params, const CellSummary& verdict) const;

 private:
  Experiment experiment(const std::string& half) const;  // with full attention alone

  TuneRequest request_;
  std::filesystem::path rows_;
  TuneTexts texts_;
  Plan search_;
};

/// "+0.031 [0.012, 0.05] nats a token, TTFT 1.38x [1.35, 1.41], ideal 1.42x".
std::string verdict_text(const CellSummary& verdict);

}  // namespace skipbench
