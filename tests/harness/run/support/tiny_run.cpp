#include "tests/harness/run/support/tiny_run.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <fstream>
#include <limits>
#include <memory>
#include <set>

#include "tests/harness/checkpoint/support/tiny_gguf.h"

namespace skipbench {
namespace {

constexpr const char* kRows =
    R"({"prompt": "The quick brown fox jumps over the lazy dog, says the book.", "answers": ["fox"]}
{"prompt": "A second text, a little longer than the first one, asks for nothing at all.", "answers": ["all"]}
{"prompt": "Third: numbers 1 2 3 4 5 6 7 8 9 in a row, and then some words behind.", "answers": ["9"]}
)";

std::string model_file(const TinyWeights& weights) {
  GgufWriter writer = tiny_gguf("llama", weights);
  writer.remove("llama.context_length");
  writer.add_uint32("llama.context_length", 512);
  return writer.bytes();
}

}  // namespace

TinyRun::TinyRun() : cache_("SKIPBENCH_CACHE", (folder_ / "cache").string()) {
  write("tiny.gguf", model_file(tiny_weights({}, false, false)));
  write("rows.jsonl", kRows);
}

void TinyRun::write_broken_model() const {
  TinyWeights weights = tiny_weights({}, false, false);
  weights.at("output_norm.weight")[0] = std::numeric_limits<float>::quiet_NaN();
  write("tiny.gguf", model_file(weights));
}

std::filesystem::path TinyRun::write(const std::string& name, const std::string& text) const {
  const std::filesystem::path file = folder_ / name;
  std::ofstream(file, std::ios::binary) << text;
  return file;
}

Plan TinyRun::plan(const std::string& experiment, const PlanOptions& options) const {
  return make_plan(load_experiment(write("e.yaml", experiment)), options);
}

RunOutcome TinyRun::run(const std::string& experiment, const std::function<int()>& pending_signal,
                        const PlanOptions& options) const {
  RunOptions run_options;
  if (pending_signal) run_options.pending_signal = pending_signal;
  return run(plan(experiment, options), run_options);
}

RunOutcome TinyRun::run(const Plan& plan, RunOptions options) const {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> messages(
      std::fopen((folder_ / "messages").c_str(), "w"), std::fclose);
  options.database = database();
  options.command = "test";
  options.messages = messages.get();
  return run_plan(plan, options);
}

std::string TinyRun::planning_error(const std::string& experiment) const {
  try {
    plan(experiment);
    return "";
  } catch (const InputError& error) {
    std::string message = error.what();
    const std::string folder = folder_.path().string() + "/";
    for (size_t at; (at = message.find(folder)) != std::string::npos;) {
      message.erase(at, folder.size());
    }
    return message;
  }
}

std::vector<std::string> TinyRun::query(const std::string& sql) const {
  sqlite3* connection = nullptr;
  sqlite3_open_v2(database().c_str(), &connection, SQLITE_OPEN_READONLY, nullptr);
  const std::unique_ptr<sqlite3, int (*)(sqlite3*)> closer(connection, sqlite3_close);
  std::vector<std::string> rows;
  const auto collect = [](void* target, int columns, char** values, char**) {
    std::string row;
    for (int i = 0; i < columns; ++i) {
      if (i > 0) row += '|';
      row += values[i] != nullptr ? values[i] : "NULL";
    }
    static_cast<std::vector<std::string>*>(target)->push_back(row);
    return 0;
  };
  char* error = nullptr;
  if (sqlite3_exec(connection, sql.c_str(), collect, &rows, &error) != SQLITE_OK) {
    rows.push_back(fmt::format("SQL error: {}", error));
    sqlite3_free(error);
  }
  return rows;
}

std::vector<std::string> TinyRun::samples() const {
  static const std::set<std::string> kChanging{"ttft_ms", "e2e_ms", "ms_per_token", "peak_bytes",
                                               "run_id"};
  std::string columns;
  for (const std::string& name : query("SELECT name FROM pragma_table_info('samples')")) {
    if (!kChanging.contains(name)) columns += (columns.empty() ? "" : ", ") + name;
  }
  return query(fmt::format(
      "SELECT {} FROM samples ORDER BY model, task, subset, label, sample_id, round, metric",
      columns));
}

std::string tiny_experiment(const TinyRun& tiny) {
  return fmt::format(R"(experiment: tiny
model: {{checkpoint: "{}", device: cpu}}
tasks:
  - {{task: jsonl, file: "{}/rows.jsonl", max_new_tokens: 4, chat: false}}
  - {{task: speed, lengths: [48], new_tokens: 3, samples: 2, repeats: 2}}
methods:
  - method: full
  - method: spts
    params: {{full_layers: 1, stage_ends: [1], budgets: [0.5], prune_step: 0.25, d_low: 8, rank: 4}}
    sweep: {{ltp: [false, true]}}
    label: "spts ltp={{ltp}}"
  - method: ffn_control
    params: {{criterion: random, full_layers: 0, stage_ends: [1], budgets: [0.5]}}
    label: random
)",
                     tiny.model(), tiny.folder().string());
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

}  // namespace skipbench
