#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "harness/run/runner.h"
#include "tests/harness/experiment/support/experiment_text.h"
#include "tests/support/scratch_folder.h"

namespace skipbench {

/// A folder with a tiny GGUF model (byte-level tokenizer, 2 layers) and a database, in which
/// experiments run in milliseconds. The cache folder lies in it too.
class TinyRun {
 public:
  TinyRun();

  /// Writes "name" into the folder.
  std::filesystem::path write(const std::string& name, const std::string& text) const;
  /// Replaces the model by one whose logits are not numbers, so that no method passes its check.
  void write_broken_model() const;
  std::string model() const { return (folder_ / "tiny.gguf").string(); }
  std::filesystem::path database() const { return folder_ / "run.db"; }
  std::filesystem::path folder() const { return folder_.path(); }

  Plan plan(const std::string& experiment, const PlanOptions& options = {}) const;
  /// Plans and runs. `pending_signal` is asked between measurements; none when empty.
  RunOutcome run(const std::string& experiment, const std::function<int()>& pending_signal = {},
                 const PlanOptions& options = {}) const;
  /// The same for a plan that was made before; `options` need no database.
  RunOutcome run(const Plan& plan, RunOptions options = {}) const;

  /// The message of the InputError that planning ends in, without the folder; "" when it succeeds.
  std::string planning_error(const std::string& experiment) const;

  /// Rows of an SQL query as "a|b|c".
  std::vector<std::string> query(const std::string& sql) const;
  /// The view `samples`, every column but times and ids of runs, sorted.
  std::vector<std::string> samples() const;

 private:
  ScratchFolder folder_;
  Environment cache_;
};

/// An experiment over the tiny model: rows of its own, full attention, SPTS and a control.
std::string tiny_experiment(const TinyRun& tiny);

/// The text with one part of it, which is there, replaced.
std::string replaced(std::string text, const std::string& from, const std::string& to);

}  // namespace skipbench
