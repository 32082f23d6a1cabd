#include <array>

#include "harness/tasks/embedded_qa.h"
#include "harness/tasks/entry.h"
#include "harness/tasks/jsonl.h"
#include "harness/tasks/longbench/longbench.h"
#include "harness/tasks/needle.h"
#include "harness/tasks/speed.h"
#include "kernels/base/suggest.h"

namespace skipbench {

std::span<const TaskEntry> all_tasks() {
  static const std::array tasks{
      task_entry<NeedleTask>("needle", "find a number hidden in a long text, as in RULER"),
      task_entry<EmbeddedQaTask>("embedded_qa", "answer a question on one of many short articles"),
      task_entry<LongBench>("longbench", "LongBench or LongBench-E, by its own protocol"),
      task_entry<JsonlTask>("jsonl", "your own prompts and answers, one JSON object a line"),
      task_entry<SpeedTask>("speed", "random tokens of given lengths, timed and not scored"),
  };
  return tasks;
}

const TaskEntry& find_task(std::string_view name) {
  std::vector<std::string> names;
  for (const TaskEntry& entry : all_tasks()) {
    if (entry.name == name) return entry;
    names.emplace_back(entry.name);
  }
  throw InputError(fmt::format("unknown task '{}'{}", name, suggestion(name, names)));
}

}  // namespace skipbench
