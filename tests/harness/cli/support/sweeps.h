#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/harness/run/support/tiny_run.h"

namespace skipbench {

/// 300 rows of random weights: long enough to be met half-way.
std::string long_experiment();

/// An experiment over the tiny model with text, scores, losses, an artefact that is calibrated and
/// two rounds: what could be lost, doubled or changed. So many rows of text.
std::string mixed_experiment(const TinyRun& tiny, int texts);

/// The arguments that run an experiment into tiny's database.
std::vector<std::string> sweep(const TinyRun& tiny, const std::string& experiment,
                               const std::vector<std::string>& options = {});

/// Waits until the database holds so many rows; false when that takes minutes.
bool wait_for_rows(const TinyRun& tiny, int rows);

/// Waits until a condition holds; false when that takes minutes.
bool wait_until(const std::function<bool()>& condition);

}  // namespace skipbench
