#include "harness/calibrate/artefact_cache.h"

#include <fmt/format.h>

#include "harness/base/duration.h"
#include "harness/calibrate/artefact_file.h"
#include "harness/machine/clock.h"

namespace skipbench {

size_t CalibrationTexts::total() const {
  size_t total = 0;
  for (const auto& text : tokens) total += text.size();
  return total;
}

ArtefactCache::ArtefactCache(Decoder& decoder, const CalibrationTexts& texts, Note note, Note phase,
                             BeforeStep before_step)
    : decoder_(decoder),
      texts_(texts),
      note_(std::move(note)),
      phase_(std::move(phase)),
      before_step_(std::move(before_step)) {}

const Artefact& ArtefactCache::get(const std::string& hash, const Method& method,
                                   std::string_view method_name) {
  if (const auto found = loaded_.find(hash); found != loaded_.end()) return found->second;
  const std::filesystem::path file = artefact_file(hash);
  if (std::optional<Artefact> stored = load_artefact(file)) {
    return loaded_[hash] = std::move(*stored);
  }
  note_(fmt::format("calibrating {} on {} texts, {} tokens (kept for later runs)", method_name,
                    texts_.tokens.size(), texts_.total()));
  const Clock::time_point start = Clock::now();
  const auto step = [&](double done) {
    before_step_();
    const double seconds = milliseconds_since(start) / 1000;
    phase_(fmt::format(
        "calibrating {}\t{}%{}", method_name, static_cast<int>(100 * done),
        done > 0 ? ", " + duration_text(seconds / done * (1 - done)) + " to go" : std::string()));
  };
  Artefact artefact = method.calibrate(decoder_, texts_.tokens, step);
  save_artefact(artefact, file);
  note_(fmt::format("calibrated {} in {:.1f} s", method_name, milliseconds_since(start) / 1000));
  return loaded_[hash] = std::move(artefact);
}

}  // namespace skipbench
