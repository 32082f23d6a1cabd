#include "harness/plan/plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fnmatch.h>

#include <algorithm>
#include <set>

#include "harness/base/add_once.h"
#include "harness/base/sha256.h"
#include "harness/calibrate/artefact_hash.h"
#include "harness/calibrate/calibration_texts.h"
#include "harness/machine/build_info.h"
#include "harness/machine/device.h"
#include "harness/machine/dtype.h"
#include "harness/sources/row_code.h"
#include "kernels/base/error.h"
#include "kernels/base/suggest.h"
#include "kernels/model/work_meter.h"
#include "methods/interface/method.h"
#include "methods/interface/registry.h"

namespace skipbench {
namespace {

// A decode step reads every weight for a single token, so it takes about as long as this many
// tokens of a prefill (measured on 2 CPU cores; GPUs differ, but this only feeds estimates).
constexpr double kPrefillTokensPerDecodeStep = 30.0;

// A task that makes its samples makes those of a subset alike: so many show their length.
constexpr int64_t kGeneratedLookedAt = 3;

double work_of(const ModelConfig& config, const Job& job) {
  const auto prefill = static_cast<double>(full_prefill_flops(config, job.prompt.length()));
  const auto token = static_cast<double>(full_prefill_flops(config, 1));
  return prefill +
         token * kPrefillTokensPerDecodeStep * static_cast<double>(job.rules.max_new_tokens - 1);
}

bool matches(const std::vector<std::string>& globs, const std::string& label) {
  return std::any_of(globs.begin(), globs.end(), [&](const std::string& glob) {
    return fnmatch(glob.c_str(), label.c_str(), 0) == 0;
  });
}

bool matches_task(const std::vector<std::string>& globs, const std::string& task,
                  const Subset& subset) {
  return matches(globs, task) || (!subset.name.empty() && matches(globs, task + ' ' + subset.name));
}

// Keeps the labels that --only and --exclude leave, and the baseline.
void select_labels(Experiment& experiment, const PlanOptions& options) {
  std::vector<MethodSpec> all = experiment.methods;
  for (const SearchSpec& search : experiment.searches) all.push_back(search.method);
  const auto left_out = [&](const MethodSpec& spec) {
    if (spec.label == experiment.baseline) return false;
    const bool wanted = options.only.empty() || matches(options.only, spec.label);
    return !wanted || matches(options.exclude, spec.label);
  };
  for (const auto* globs : {&options.only, &options.exclude}) {
    for (const std::string& glob : *globs) {
      const bool used = std::any_of(all.begin(), all.end(), [&](const MethodSpec& spec) {
        return matches({glob}, spec.label);
      });
      if (used) continue;
      std::vector<std::string> labels;
      for (const MethodSpec& spec : all) labels.push_back(spec.label);
      throw InputError(
          fmt::format("'{}' matches no label of the experiment{}", glob, suggestion(glob, labels)));
    }
  }
  std::erase_if(experiment.methods, left_out);
  std::erase_if(experiment.searches,
                [&](const SearchSpec& search) { return left_out(search.method); });
}

// That the device of the command line is there.
void check_device_option(const std::string& device) {
  if (device.empty()) return;
  try {
    choose_device(device);
  } catch (const InputError& error) {
    throw InputError(fmt::format("--device {}: {}", device, error.what()));
  }
}

// Tables and row keys tell models apart by name alone: dtype and device join it where they are not
// what `auto` chooses on this machine. The other models of the experiment have no say, so that rows
// stay where they are when one is added.
std::string model_name(const PlannedModel& model) {
  const at::Device device = choose_device("auto");
  if (model.device == device && model.dtype == choose_dtype("auto", device)) return model.info.name;
  return fmt::format("{} {} {}", model.info.name, dtype_name(model.dtype), model.device.str());
}

// The baseline counts once for each block of rounds: it is measured in all of them.
int64_t measured_labels(const PlannedModel& model) {
  std::set<int64_t> blocks;
  for (const PlannedMethod& method : model.methods) blocks.insert(method.block);
  return static_cast<int64_t>(model.methods.size() + blocks.size()) - 1;
}

// Builds a plan, collecting what is wrong on the way.
class Planner {
 public:
  Planner(Plan& plan, const PlanOptions& options)
      : plan_(plan), experiment_(plan.experiment), options_(options) {}

  void plan() {
    attempt(experiment_.file.string(), [&] { plan_tasks(); });
    check_task_globs();
    for (const ModelSpec& spec : experiment_.models) {
      const bool there =
          attempt(spec.device_place + ": 'device'", [&] { choose_device(device_of(spec)); });
      if (there) attempt(place_of(spec), [&] { plan_model(spec); });
    }
    refuse_equal_models();
    if (experiment_.timing.none) refuse_what_is_timed();
    if (!options_.shard.is_all()) refuse_sharded_searches();
    plan_searches();
    if (!problems_.empty()) throw InputError(fmt::format("{}", fmt::join(problems_, "\n")));
  }

 private:
  // False when the step failed.
  template <class Step>
  bool attempt(const std::string& where, Step step) {
    try {
      step();
      return true;
    } catch (const InputError& error) {
      // Messages that bring their own place start with the file.
      const bool placed = std::string_view(error.what()).starts_with(experiment_.file.string());
      problems_.push_back(placed ? error.what() : fmt::format("{}: {}", where, error.what()));
    }
    return false;
  }

  const std::string& device_of(const ModelSpec& spec) const {
    return options_.device.empty() ? spec.device : options_.device;
  }

  // A model that --set gave has no line.
  std::string place_of(const ModelSpec& spec) const {
    if (spec.line == 0) return experiment_.file.string();
    return fmt::format("{}:{}", at_line(spec.line), spec.column);
  }

  std::string at_line(int line) const {
    if (line == 0) return experiment_.file.string();  // the entry was not read from a file
    return fmt::format("{}:{}", experiment_.file.string(), line);
  }

  void plan_tasks() {
    std::set<std::string> seen;
    for (const TaskSpec& spec : experiment_.tasks) {
      attempt(at_line(spec.line), [&] {
        PlannedTask task;
        task.spec = spec;
        task.task = find_task(spec.task).make(spec.params, experiment_.seed);
        task.rounds =
            spec.params.value("repeats", experiment_.timing.repeats);  // speed has its own
        task.subsets = task.task->subsets();
        select_subsets(task);
        if (task.subsets.empty()) return;
        for (Subset& subset : task.subsets) {
          task.data_hashes[subset.name] = task.task->data_hash_of(subset);
          if (options_.limit > 0) subset.samples = std::min(subset.samples, options_.limit);
          if (seen.insert(spec.task + "/" + subset.name).second) continue;
          throw InputError(fmt::format("the task '{}' has the subset '{}' a second time", spec.task,
                                       subset.name));
        }
        plan_.tasks.push_back(std::move(task));
      });
    }
  }

  // Keeps the subsets that --task names.
  void select_subsets(PlannedTask& task) {
    if (options_.tasks.empty()) return;
    add_once(task_names_, task.spec.task);
    for (const Subset& subset : task.subsets) {
      if (!subset.name.empty()) add_once(task_names_, task.spec.task + ' ' + subset.name);
      for (const std::string& glob : options_.tasks) {
        if (matches_task({glob}, task.spec.task, subset)) used_globs_.insert(glob);
      }
    }
    std::erase_if(task.subsets, [&](const Subset& subset) {
      return !matches_task(options_.tasks, task.spec.task, subset);
    });
  }

  void check_task_globs() {
    for (const std::string& glob : options_.tasks) {
      if (used_globs_.contains(glob)) continue;
      problems_.push_back(fmt::format("'{}' matches no task of the experiment{}", glob,
                                      suggestion(glob, task_names_)));
    }
    if (!options_.tasks.empty() && !experiment_.searches.empty()) {
      problems_.push_back(fmt::format(
          "'{}' searches on all tasks of the experiment; leave --task out, or the search with "
          "--exclude",
          experiment_.searches.front().method.label));
    }
  }

  void plan_model(const ModelSpec& spec) {
    PlannedModel model;
    model.spec = spec;
    model.spec.device = device_of(spec);
    model.device = choose_device(model.spec.device);
    model.dtype = choose_dtype(spec.dtype, model.device);
    model.device_name = device_model(model.device);
    model.info = inspect_checkpoint(spec.checkpoint);
    model.name = model_name(model);
    model.code = reader_code(source_hashes(), model.info.format);
    if (!model.info.random_weights) {
      Checkpoint text_side = load_text_side(spec.checkpoint);
      model.tokenizer = std::move(text_side.tokenizer);
      model.chat = text_side.chat;
    }
    plan_methods(model);
    for (size_t task = 0; task < plan_.tasks.size(); ++task) check_task(model, task);
    plan_.models.push_back(std::move(model));
  }

  void plan_methods(PlannedModel& model) {
    const std::vector<ResolvedMethod> cells = resolve_methods(experiment_, model.info.config);
    for (size_t i = 0; i < cells.size(); ++i) {
      if (cells[i].label == experiment_.baseline) model.baseline = model.methods.size();
      if (!cells[i].preset_note.empty())
        plan_.preset_notes[{model.name, cells[i].label}] = cells[i].preset_note;
      attempt(fmt::format("{}: '{}' on {}", at_line(experiment_.methods[i].line), cells[i].label,
                          model.info.name),
              [&] {
                model.methods.push_back(
                    skipbench::plan_method(experiment_, model, cells[i], static_cast<int64_t>(i)));
              });
    }
  }

  void plan_searches() {
    for (size_t model = 0; model < plan_.models.size(); ++model) {
      for (size_t i = 0; i < experiment_.searches.size(); ++i) {
        const SearchSpec& spec = experiment_.searches[i];
        attempt(fmt::format("{}: '{}' on {}", at_line(spec.method.line), spec.method.label,
                            plan_.models[model].info.name),
                [&] { plan_.searches.push_back(plan_search(spec, i, model, plan_)); });
      }
    }
  }

  // That the prompts can be built and fit the model: the first of every subset, all of a file.
  void check_task(PlannedModel& model, size_t index) {
    const PlannedTask& task = plan_.tasks[index];
    const PromptBuilder prompts = prompts_of(model, experiment_.seed);
    std::vector<SubsetFacts>& facts = model.facts.emplace_back();
    for (const Subset& subset : task.subsets) {
      SubsetFacts& fact = facts.emplace_back();
      attempt(at_line(task.spec.line), [&] { fact = check_subset(model, task, subset, prompts); });
    }
  }

  SubsetFacts check_subset(const PlannedModel& model, const PlannedTask& task, const Subset& subset,
                           const PromptBuilder& prompts) const {
    if (model.info.random_weights && !task.task->metrics().empty()) {
      throw InputError(
          fmt::format("the task '{}' asks for text, but {} has random weights, which "
                      "serve speed measurements only; use the task 'speed'",
                      task.spec.task, model.info.name));
    }
    if (!model.tokenizer && !task.task->metrics().empty()) {
      throw InputError(
          fmt::format("the task '{}' asks for text, but {} has no tokenizer; put the model's "
                      "tokenizer.json into {}, or use the task 'speed'",
                      task.spec.task, model.info.name, model.info.file.string()));
    }
    SubsetFacts facts;
    std::string too_long;
    int64_t others = 0;
    const int64_t checked =
        task.task->reads_file() ? subset.samples : std::min(subset.samples, kGeneratedLookedAt);
    for (int64_t i = 0; i < checked; ++i) {
      const PreparedSample prepared = prompts.prepare(*task.task, task.spec.task, subset, i);
      const int64_t length = prepared.job.prompt.length();
      facts.shortest = i == 0 ? length : std::min(facts.shortest, length);
      facts.longest = std::max(facts.longest, length);
      facts.new_tokens = std::max(facts.new_tokens, prepared.job.rules.max_new_tokens);
      facts.work += work_of(model.info.config, prepared.job) / static_cast<double>(checked);
      const std::string problem = context_problem(model, prepared);
      if (problem.empty()) continue;
      others += too_long.empty() ? 0 : 1;
      if (too_long.empty()) too_long = problem;
    }
    facts.exact = checked == subset.samples;
    if (too_long.empty()) return facts;
    throw InputError(fmt::format("'{}' subset '{}': {}{}; shorten the prompts", task.spec.task,
                                 subset.name, too_long,
                                 others == 0 ? "" : fmt::format(" and {} more", others)));
  }

  // "" when prompt and reply fit the model; the gold answer, which is scored, counts as a reply.
  static std::string context_problem(const PlannedModel& model, const PreparedSample& prepared) {
    const int64_t context = model.info.config.context;
    const int64_t prompt = prepared.job.prompt.length();
    const int64_t reply = prepared.job.rules.max_new_tokens;
    const auto answer = static_cast<int64_t>(prepared.job.answer.size());
    if (prompt + std::max(reply, answer) <= context) return "";
    return fmt::format(
        "a prompt of {} tokens and {} do not fit the context of {} ({} tokens): sample '{}'",
        prompt,
        reply >= answer ? fmt::format("{} new ones", reply)
                        : fmt::format("the {} of its gold answer", answer),
        model.info.name, context, prepared.sample.id);
  }

  void refuse_sharded_searches() {
    for (const SearchSpec& search : experiment_.searches) {
      problems_.push_back(
          fmt::format("{}: each shard would choose a setting of '{}' for itself; leave the search "
                      "out with --exclude, or run it without --shard",
                      at_line(search.method.line), search.method.label));
    }
  }

  // `timing: none` takes no times.
  void refuse_what_is_timed() {
    for (const PlannedTask& task : plan_.tasks) {
      if (task.spec.task != "speed") continue;
      problems_.push_back(
          fmt::format("{}: the task 'speed' is all times; leave it out, or 'timing: none'",
                      at_line(task.spec.line)));
    }
    for (const SearchSpec& search : experiment_.searches) {
      if (search.goal.figure != SearchFigure::kSpeedupTtft) continue;
      problems_.push_back(fmt::format(
          "{}: '{}' is brought to a measured speed-up, and 'timing: none' measures none; align "
          "ideal_speedup, or leave out 'timing: none'",
          at_line(search.method.line), search.method.label));
    }
  }

  void refuse_equal_models() {
    std::set<std::string> seen;
    for (const PlannedModel& model : plan_.models) {
      if (seen.insert(model.name).second) continue;
      problems_.push_back(fmt::format("{}: the model '{}' stands there twice",
                                      experiment_.file.string(), model.name));
      return;
    }
  }

  Plan& plan_;
  const Experiment& experiment_;
  const PlanOptions& options_;
  std::vector<std::string> problems_;
  std::set<std::string> used_globs_;     // of --task
  std::vector<std::string> task_names_;  // what --task can name
};

}  // namespace

PlannedMethod plan_method(const Experiment& experiment, PlannedModel& model, const MethodCell& cell,
                          int64_t order) {
  PlannedMethod planned;
  planned.cell = cell;
  planned.entry = find_method(cell.method);
  planned.order = order;
  const std::unique_ptr<Method> method = planned.entry.make(cell.params, model.info.config);
  if (!method->artefact_key().is_null()) {
    if (model.texts.tokens.empty()) {
      model.texts = calibration_texts(experiment.calibration, model.tokenizer.get(), model.info);
    }
    planned.artefact_hash =
        artefact_hash(*method, cell.method, model.info, dtype_name(model.dtype), model.texts);
  }
  planned.method_hash = sha256_hex(
      Json{{"method", cell.method}, {"params", cell.params}, {"artefact", planned.artefact_hash}}
          .dump());
  planned.code = method_code(source_hashes(), cell.method);
  return planned;
}

PromptBuilder prompts_of(const PlannedModel& model, uint64_t seed) {
  return {model.tokenizer, model.chat, model.info.config, seed};
}

Plan make_plan(Experiment experiment, const PlanOptions& options) {
  check_device_option(options.device);
  Plan plan;
  plan.experiment = std::move(experiment);
  plan.options = options;
  select_labels(plan.experiment, options);
  plan.whole = options.only.empty() && options.exclude.empty() && options.tasks.empty();
  Planner(plan, options).plan();
  return plan;
}

int64_t Plan::samples_before(size_t task, size_t subset) const {
  int64_t samples = 0;
  for (size_t i = 0; i <= task && i < tasks.size(); ++i) {
    const size_t subsets = i < task ? tasks[i].subsets.size() : subset;
    for (size_t j = 0; j < subsets; ++j) samples += tasks[i].subsets[j].samples;
  }
  return samples;
}

int64_t Plan::rows() const {
  int64_t measurements = 0, before = 0;
  for (const PlannedTask& task : tasks) {
    for (const Subset& subset : task.subsets) {
      measurements += options.shard.share_of(before, subset.samples) * task.rounds;
      before += subset.samples;
    }
  }
  int64_t rows = 0;
  for (const PlannedModel& model : models) {
    rows += measurements * measured_labels(model);
  }
  return rows;
}

double Plan::work(const PlannedModel& model) const {
  double work = 0;
  for (size_t task = 0; task < tasks.size(); ++task) {
    for (size_t subset = 0; subset < tasks[task].subsets.size(); ++subset) {
      const int64_t samples =
          options.shard.share_of(samples_before(task, subset), tasks[task].subsets[subset].samples);
      const int64_t rows = samples * tasks[task].rounds * measured_labels(model);
      work += row_work(model, task, subset) * static_cast<double>(rows);
    }
  }
  return work;
}

double Plan::row_work(const PlannedModel& model, size_t task, size_t subset) const {
  return model.facts[task][subset].work;
}

}  // namespace skipbench
