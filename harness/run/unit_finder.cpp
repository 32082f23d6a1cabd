#include "harness/run/unit_finder.h"

#include <utility>

#include "harness/base/most_rounds.h"

namespace skipbench {

std::vector<SamplePlace> sample_places(const Plan& plan) {
  std::vector<SamplePlace> places;
  for (size_t model = 0; model < plan.models.size(); ++model) {
    for (size_t task = 0; task < plan.tasks.size(); ++task) {
      const std::vector<Subset>& subsets = plan.tasks[task].subsets;
      for (size_t subset = 0; subset < subsets.size(); ++subset) {
        const int64_t before = plan.samples_before(task, subset);
        for (int64_t i = 0; i < subsets[subset].samples; ++i) {
          if (plan.options.shard.has(before + i)) places.push_back({model, task, subset, i});
        }
      }
    }
  }
  return places;
}

namespace {

// A block's first round. All blocks are as long, whatever `repeats` says now: more rounds of a
// block meet no other's.
int64_t first_round(int64_t block) {
  return block * kMostRounds;
}

// Rows of an earlier plan which count in the tables as this plan's do: the baseline's, beside other
// settings of a search.
void append_counted_rows(const PlannedMethod& method, RowKey key, int64_t rounds,
                         std::vector<RowKey>& counted) {
  for (const int64_t block : method.counted_blocks) {
    for (int64_t round = 0; round < rounds; ++round) {
      key.round = first_round(block) + round;
      counted.push_back(key);
    }
  }
}

}  // namespace

UnitFinder::UnitFinder(const Plan& plan) : plan_(plan) {
  for (const PlannedModel& model : plan.models) {
    prompts_.push_back(prompts_of(model, plan.experiment.seed));
  }
}

WorkUnit UnitFinder::find(const SamplePlace& place) const {
  const PlannedModel& model = plan_.models[place.model];
  const PlannedTask& planned = plan_.tasks[place.task];
  WorkUnit unit;
  unit.task = &planned;
  unit.subset = &planned.subsets[place.subset];
  unit.index = place.index;
  if (model.methods[model.baseline].block > 0) unit.profiled_in_block_0 = model.baseline;
  unit.prepared.sample = prompts_[place.model].sample(*planned.task, *unit.subset, place.index);
  for (const PlannedMethod& method : model.methods) {
    std::vector<RowKey>& keys = unit.keys.emplace_back();
    for (int64_t round = 0; round < planned.rounds; ++round) {
      keys.push_back(row_key(plan_, model, method, planned, *unit.subset, unit.prepared.sample,
                             first_round(method.block) + round));
    }
    unit.missing.emplace_back(keys.size(), false);
    append_counted_rows(method, keys.front(), planned.rounds, unit.counted);
  }
  return unit;
}

void UnitFinder::add_prompt(WorkUnit& unit, const SamplePlace& place) const {
  unit.prepared = prompts_[place.model].prepare(std::move(unit.prepared.sample),
                                                unit.task->spec.task, *unit.subset, place.index);
}

void look_up(WorkUnit& unit, const Store& store) {
  for (const RowKey& key : unit.counted) store.has(key);
  for (size_t method = 0; method < unit.keys.size(); ++method) {
    for (size_t round = 0; round < unit.keys[method].size(); ++round) {
      unit.missing[method][round] = !store.has(unit.keys[method][round]);
    }
  }
}

int64_t row_count(const WorkUnit& unit) {
  return static_cast<int64_t>(unit.keys.size() * unit.keys.front().size());
}

}  // namespace skipbench
