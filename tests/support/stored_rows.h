#pragma once

#include <string>
#include <utility>
#include <vector>

#include "harness/store/store.h"

namespace skipbench {

/// Rows, cells and runs with plausible contents, for tests of what is stored and shown.
inline RunInfo example_run(const std::string& experiment = "demo") {
  RunInfo info;
  info.experiment = experiment;
  info.config_json = R"({"seed": 0})";
  info.command = "skipbench run demo.yaml";
  info.git_commit = "0123456789abcdef0123456789abcdef01234567";
  info.build_flags = "Release GNU 12.2.0 -O3";
  info.library_versions = R"({"sqlite": "3.40.1"})";
  info.machine_json = R"({"cpu": "Example CPU", "cores": 2})";
  return info;
}

inline PlannedCell example_cell(const std::string& label, int64_t order,
                                const std::string& task = "needle",
                                const std::string& subset = "1024") {
  PlannedCell cell;
  cell.experiment = "demo";
  cell.model = "smollm2-135m";
  cell.label = label;
  cell.method = label == "full" ? "full" : "spts";
  cell.task = task;
  cell.subset = subset;
  cell.is_baseline = label == "full";
  cell.metrics = {"exact_match", "contains_answer"};
  cell.expected_n = 4;
  cell.order = order;
  return cell;
}

/// A row of a cell that was active, unless the cell is the baseline.
inline SampleRow example_row(const PlannedCell& cell, const std::string& sample_id,
                             int64_t round = 0) {
  SampleRow row;
  row.key.experiment = cell.experiment;
  row.key.model = cell.model;
  row.key.model_hash = "model-hash";
  row.key.label = cell.label;
  row.key.method = cell.method;
  row.key.method_hash = "hash of " + cell.label;
  row.key.task = cell.task;
  row.key.subset = cell.subset;
  row.key.data_hash = "data-hash";
  row.key.sample_id = sample_id;
  row.key.protocol_hash = "protocol-hash";
  row.key.dtype = "fp32";
  row.key.device = "Example CPU";
  row.key.code_version = "core1-" + cell.method;
  row.key.round = round;
  row.params = {{"label", cell.label}};
  for (const std::string& metric : cell.metrics) row.scores.emplace_back(metric, 100.0);
  row.prediction = "the answer";
  row.new_token_ids = {5, 7, 9};
  row.prompt_tokens = 1000;
  row.new_tokens = 3;
  row.finish_reason = "eos";
  row.ttft_ms = cell.is_baseline ? 200.0 : 100.0;
  row.e2e_ms = cell.is_baseline ? 260.0 : 160.0;
  row.ms_per_token = 20.0;
  row.peak_bytes = int64_t{1} << 30;
  row.decode_path = "eager";
  row.eager_reason = "there are no CUDA graphs on a CPU";
  row.decode_kv_share = 1;
  row.kv_bytes_full = 1000;
  row.flops_full = 1000;
  row.kv_bytes = cell.is_baseline ? 1000 : 500;
  row.flops = cell.is_baseline ? 1000 : 400;
  row.kl_first_token = cell.is_baseline ? 0.0 : 0.125;
  row.greedy_match = cell.is_baseline ? 1.0 : 0.5;
  row.answer_nll = cell.is_baseline ? 1.0 : 1.25;
  if (!cell.is_baseline) {
    row.attention_share = 0.5;
    row.ffn_share = 0.25;
    row.attention_pair_share = 0.375;
    row.kv_share = 0.5;
    row.active = true;
    row.decode_kv_share = 0.5;
  }
  row.layers = {{1000, 1000, 1000, 1000}, {500, 250, 500, 500}};
  return row;
}

/// Two layers: a prefill of 10 ms, of which 1 ms passes between operations, and two decode steps of
/// 2 ms together.
inline SampleProfile example_profile() {
  SampleProfile profile;
  profile.prefill = {
      .total_ms = 10,
      .operations = {{"gemm", {3, 2, 1}}, {"attention", {2, 0.75, 0}}, {"probe", {0, 0.25, 0}}}};
  profile.decode = {.total_ms = 2, .operations = {{"graph", {0, 0, 1.5}}}};
  profile.decode_steps = 2;
  return profile;
}

}  // namespace skipbench
