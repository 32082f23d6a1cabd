#include "harness/run/worker_messages.h"

namespace skipbench {

Json WorkerTask::to_json() const {
  return {
      {"plan", plan},       {"database", database}, {"run", run},   {"coordinator", coordinator},
      {"threads", threads}, {"worker", worker},     {"cpus", cpus}, {"profile", profile}};
}

WorkerTask WorkerTask::of(const Json& message) {
  return {message.at("plan"),        message.at("database"), message.at("run"),
          message.at("coordinator"), message.at("threads"),  message.at("worker"),
          message.at("cpus"),        message.at("profile")};
}

Json measure_message(const SamplePlace& place) {
  return {{"measure", {place.model, place.task, place.subset, place.index}}};
}

SamplePlace place_of_message(const Json& message) {
  const Json& place = message.at("measure");
  return {place.at(0), place.at(1), place.at(2), place.at(3)};
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
