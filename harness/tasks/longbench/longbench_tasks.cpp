#include "harness/tasks/longbench/longbench_tasks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "kernels/base/error.h"
#include "kernels/base/suggest.h"

namespace skipbench {
namespace {

constexpr std::string_view kSingleDocument = "Single-Document QA";
constexpr std::string_view kMultiDocument = "Multi-Document QA";
constexpr std::string_view kSummarization = "Summarization";
constexpr std::string_view kFewShot = "Few-shot Learning";
constexpr std::string_view kSynthetic = "Synthetic Tasks";
constexpr std::string_view kCode = "Code Completion";

constexpr LongBenchRows kNone = {};
constexpr bool kFirstLine = true, kWholeReply = false, kNoChat = false;

constexpr std::array<LongBenchTask, 21> kTasks{{
    {"narrativeqa", kSingleDocument, "qa_f1", {200}, kNone},
    {"qasper", kSingleDocument, "qa_f1", {200, 2}, {224, 0, {100, 100, 24}}},
    {"multifieldqa_en", kSingleDocument, "qa_f1", {150, 1}, {150, 1, {67, 70, 13}}},
    {"multifieldqa_zh", kSingleDocument, "qa_f1_zh", {200, 1}, kNone},
    {"hotpotqa", kMultiDocument, "qa_f1", {200}, {300, 0, {100, 100, 100}}},
    {"2wikimqa", kMultiDocument, "qa_f1", {200}, {300, 0, {100, 100, 100}}},
    {"musique", kMultiDocument, "qa_f1", {200}, kNone},
    {"dureader", kMultiDocument, "rouge_zh", {200}, kNone},
    {"gov_report", kSummarization, "rouge", {200}, {300, 0, {100, 100, 100}}},
    {"qmsum", kSummarization, "rouge", {200}, kNone},
    {"multi_news", kSummarization, "rouge", {200}, {294, 0, {100, 100, 94}}},
    {"vcsum", kSummarization, "rouge_zh", {200}, kNone},
    {"trec", kFewShot, "classification", {200, 1}, {300, 0, {100, 100, 100}}, kFirstLine, kNoChat},
    {"triviaqa", kFewShot, "qa_f1", {200}, {300, 0, {100, 100, 100}}, kFirstLine, kNoChat},
    {"samsum", kFewShot, "rouge", {200}, {300, 0, {100, 100, 100}}, kFirstLine, kNoChat},
    {"lsht", kFewShot, "classification", {200}, kNone, kFirstLine, kNoChat},
    {"passage_count", kSynthetic, "count", {200}, {300, 0, {100, 100, 100}}},
    {"passage_retrieval_en", kSynthetic, "retrieval", {200}, {300, 1, {100, 100, 100}}},
    {"passage_retrieval_zh", kSynthetic, "retrieval_zh", {200}, kNone},
    {"lcc", kCode, "code_sim", {500}, {300, 0, {100, 100, 100}}, kWholeReply, kNoChat},
    {"repobench-p", kCode, "code_sim", {500}, {300, 0, {100, 100, 100}}, kWholeReply, kNoChat},
}};

}  // namespace

std::string_view edition_name(LongBenchEdition edition) {
  return edition == LongBenchEdition::kV1 ? "longbench" : "longbench-e";
}

size_t length_range(double length) {
  if (length < 4000) return 0;
  return length < 8000 ? 1 : 2;
}

std::span<const LongBenchTask> all_longbench_tasks() {
  return kTasks;
}

std::vector<const LongBenchTask*> longbench_tasks(LongBenchEdition edition) {
  std::vector<const LongBenchTask*> tasks;
  for (const LongBenchTask& task : kTasks) {
    if (task.rows(edition).count > 0) tasks.push_back(&task);
  }
  return tasks;
}

const LongBenchTask& find_longbench_task(std::string_view name, LongBenchEdition edition) {
  std::vector<std::string> names;
  for (const LongBenchTask* task : longbench_tasks(edition)) {
    if (task->name == name) return *task;
    names.emplace_back(task->name);
  }
  throw InputError(fmt::format("'{}' is not a task of {}{}", name, edition_name(edition),
                               suggestion(name, names)));
}

std::vector<std::string_view> longbench_categories() {
  std::vector<std::string_view> categories;
  for (const LongBenchTask& task : kTasks) {
    const bool known =
        std::find(categories.begin(), categories.end(), task.category) != categories.end();
    if (!known) categories.push_back(task.category);
  }
  return categories;
}

}  // namespace skipbench
