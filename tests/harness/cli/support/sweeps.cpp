#include "tests/harness/cli/support/sweeps.h"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <thread>

namespace skipbench {

std::string long_experiment() {
  return "experiment: long\nmodel: {checkpoint: random:tiny-llama, device: cpu}\n"
         "tasks: [{task: speed, lengths: [256], new_tokens: 8, samples: 150, repeats: 1}]\n"
         "methods: [{method: full}, {method: sliminfer, params: {prune_layers: [1], keep: [0.5], "
         "block: 8, unit: 4}}]\n";
}

std::string mixed_experiment(const TinyRun& tiny, int texts) {
  std::string rows;
  for (int i = 0; i < texts; ++i) {
    rows += fmt::format(
        R"({{"prompt": "Text {} of some length, {}, says the book.", "answers": "{}"}})", i,
        std::string(static_cast<size_t>(20 + 7 * i % 100), 'a'), i);
    rows += '\n';
  }
  tiny.write("rows.jsonl", rows);
  return tiny_experiment(tiny);
}

std::vector<std::string> sweep(const TinyRun& tiny, const std::string& experiment,
                               const std::vector<std::string>& options) {
  std::vector<std::string> arguments{"run", tiny.write("e.yaml", experiment).string(), "--db",
                                     tiny.database().string()};
  arguments.insert(arguments.end(), options.begin(), options.end());
  return arguments;
}

bool wait_until(const std::function<bool()>& condition) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::minutes(3);
  while (std::chrono::steady_clock::now() < give_up) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

bool wait_for_rows(const TinyRun& tiny, int rows) {
  return wait_until([&] {
    if (!std::filesystem::exists(tiny.database())) return false;
    const auto found = tiny.query("SELECT count(*) FROM samples");
    return !found.empty() && !found[0].starts_with("SQL") && std::stoi(found[0]) >= rows;
  });
}

}  // namespace skipbench
