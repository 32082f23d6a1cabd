// The prompts that an experiment would put to its first model, for comparison with outside
// software:
//   longbench_prompts EXPERIMENT.yaml
// One line a sample: {"subset", "id", "tokens", "truncated", "max_new_tokens"}.
#include <cstdio>

#include "harness/plan/plan.h"

int main(int, char** argv) {
  using namespace skipbench;
  const Plan plan = make_plan(load_experiment(argv[1]), {});
  const PromptBuilder prompts = prompts_of(plan.models[0], plan.experiment.seed);
  for (const PlannedTask& task : plan.tasks) {
    for (const Subset& subset : task.subsets) {
      for (int64_t i = 0; i < subset.samples; ++i) {
        const PreparedSample prepared = prompts.prepare(*task.task, task.spec.task, subset, i);
        const Json line = {{"subset", subset.name},
                           {"id", prepared.sample.id},
                           {"tokens", prepared.job.prompt.tokens},
                           {"truncated", prepared.truncated_tokens},
                           {"max_new_tokens", prepared.job.rules.max_new_tokens}};
        std::puts(line.dump().c_str());
      }
    }
  }
}
