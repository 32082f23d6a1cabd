#include "harness/workers/worker_messages.h"

namespace skipbench {

// Fields by name, in both directions.
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(WorkerTask, plan, database, run, coordinator, threads, worker,
                                   cpus, profile)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SamplePlace, model, task, subset, index)

Json task_message(const WorkerTask& task) {
  return task;
}

WorkerTask task_of_message(const Json& message) {
  return message;
}

Json measure_message(const SamplePlace& place) {
  return {{"measure", place}};
}

SamplePlace place_of_message(const Json& message) {
  return message.at("measure");
}

Json stop_message(int signal) {
  return {{"stop", signal}};
}

Json rest_message() {
  return {{"rest", true}};
}

Json rests_message() {
  return {{"rests", true}};
}

Json ready_message() {
  return {{"ready", true}};
}

Json done_message(double harness_ms, int64_t profiles) {
  return {{"done", harness_ms}, {"profiles", profiles}};
}

Json note_message(const std::string& line) {
  return {{"note", line}};
}

Json failed_message(const std::string& reason, bool input) {
  return {{"failed", reason}, {"input", input}};
}

}  // namespace skipbench
