#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/experiment/specs.h"
#include "harness/search/goal.h"
#include "kernels/base/json.h"
#include "kernels/model/model_config.h"

namespace skipbench {

/// One label of a sweep: the product of the axes is already taken, `skip` applied.
struct MethodSpec {
  std::string label;
  std::string method;  // as find_method() takes it: "spts", or with `then` "spts+snapkv"
  std::string preset;  // "", "auto" or a preset's name
  Json overrides;      // `params` and the axis values, as given; those of `then` are its "then"
  int line = 0;        // of the entry in the file, for messages
  std::string then_preset = "";  // like preset, of the method after `then`
};

/// A label of a sweep whose setting is looked for: one of its parameters is scaled until a goal is
/// met. Each setting that is tried becomes a label of its own.
struct SearchSpec {
  MethodSpec method;  // the parameters at factor 1
  Goal goal;
  std::string parameter;            // "budgets", "then.keep"
  std::optional<double> low, high;  // factors; empty: what the parameter allows, 1/10 to 10 at most
  double tolerance = 0.05;          // share by which a limit's last two settings may differ
  int64_t steps = 12;               // settings at most
  int64_t samples = 0;              // of each subset that a setting is counted on; 0: all
};

struct CalibrationSpec {
  std::string texts = "builtin";  // our own articles, a .txt / .jsonl / .yaml file, or a task
  int64_t count = 200;            // texts at most
  int64_t tokens = 2048;          // tokens of a text at most
  TaskSpec task = {};             // whose messages are the texts, where `texts` names one
};

/// How an experiment is spread over processes of this machine.
struct LauncherSpec {
  int64_t workers = 0;  // 0: one per GPU, one without a GPU
};

/// A validated experiment file.
struct Experiment {
  std::string name;
  std::filesystem::path file;
  std::vector<ModelSpec> models;
  std::vector<TaskSpec> tasks;
  std::vector<MethodSpec> methods;
  std::vector<SearchSpec> searches;
  std::string baseline;  // a label of `methods`
  uint64_t seed = 0;
  CalibrationSpec calibration;
  TimingSpec timing;
  std::optional<LauncherSpec> launcher = {};  // nothing: one process does everything
};

/// Reads and checks an experiment. `settings` are "key.path=value" overrides. Throws InputError
/// with all problems of the file, each with line and column.
Experiment load_experiment(const std::filesystem::path& file,
                           const std::vector<std::string>& settings = {});

/// A method on one model, and what its `preset: auto` did to fit: "preset scaled from ..."; ""
/// where nothing had to be done.
struct ResolvedMethod : MethodCell {
  std::string preset_note;
};

/// Preset, overrides and defaults together. Throws InputError naming the parameters.
ResolvedMethod resolve_method(const MethodSpec& spec, const ModelConfig& config);

/// Resolves every method for one model (`preset: auto`: fitting_preset()). Throws InputError with
/// all problems.
std::vector<ResolvedMethod> resolve_methods(const Experiment& experiment,
                                            const ModelConfig& config);

/// What becomes of a preset's parameter on a model of another shape.
enum class PresetScale {
  kLayer,   // a layer, or an ascending list of them: by depth
  kLayers,  // a set of layers: those at the depths that it has
  kTokens,  // token counts: by the length of context
  kWidth,   // by width, to a power of two
  kShape,   // holds for this shape alone
};

/// The published settings of a method for one model, from experiments/presets/<method>.yaml or a
/// file of the user's.
struct Preset {
  std::string name;               // "llama-3.1-8b"
  std::string source;             // paper and table
  int64_t layers = 0, width = 0;  // the shape it fits; 0: any
  int64_t context = 0;            // prompts that its token counts were made for; 0: not known
  bool published = true;          // false: ours, which is not scaled to other models
  Json params;
  std::map<std::string, PresetScale> scales = {};  // by parameter; what is not there stays
};
std::vector<Preset> load_presets(std::string_view method);

}  // namespace skipbench
