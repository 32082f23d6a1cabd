#include "harness/report/formats/profile_formats.h"

#include <array>
#include <functional>
#include <optional>

#include "harness/report/formats/machine_formats.h"
#include "harness/report/judge/fields.h"
#include "harness/report/tables/phase_shares.h"

namespace skipbench {
namespace {

using OrderedJson = nlohmann::ordered_json;

void for_each_profile(const std::vector<ExperimentData>& experiments,
                      const std::function<void(const JudgedCell&)>& visit) {
  for (const ExperimentData& experiment : experiments) {
    for (const ModelCells& model : experiment.models) {
      for (const JudgedCell& cell : model.cells) {
        if (cell.shows_figures() && cell.record.summary.profiles > 0) visit(cell);
      }
    }
  }
}

OrderedJson or_null(const std::optional<double>& value) {
  return value ? OrderedJson(*value) : OrderedJson();
}

OrderedJson layer_json(int64_t layer) {
  return layer < 0 ? OrderedJson() : OrderedJson(layer);
}

OrderedJson json_profile(const JudgedCell& cell) {
  const PlannedCell& plan = cell.record.plan;
  const CellSummary& s = cell.record.summary;
  const PhaseShares prefill = phase_shares(s, "prefill"), decode = phase_shares(s, "decode");
  OrderedJson json{{"experiment", plan.experiment},
                   {"model", plan.model},
                   {"method", plan.method},
                   {"label", plan.label},
                   {"task", plan.task},
                   {"subset", plan.subset},
                   {"profiles", s.profiles},
                   {"ttft_ms_median", or_null(s.ttft_ms_median)},
                   {"speedup_ttft", or_null(s.speedup_ttft)},
                   {"ideal_speedup", or_null(s.ideal_speedup)},
                   {"too_fast", is_marked_too_fast(cell)},
                   {"host_bound", is_host_bound(cell)},
                   {"decode_path", s.decode_path},
                   {"prefill_ms", prefill.total_ms},
                   {"decode_step_ms", decode.total_ms},
                   {"selection_share", prefill.selection_share()},
                   {"entries", OrderedJson::array()}};
  for (const ProfileEntry& entry : s.profile) {
    const PhaseShares& phase = entry.phase == "prefill" ? prefill : decode;
    json["entries"].push_back({{"phase", entry.phase},
                               {"layer", layer_json(entry.layer)},
                               {"operations", entry.operations},
                               {"ms", entry.ms},
                               {"share", entry.ms / phase.total_ms}});
  }
  return json;
}

}  // namespace

std::string print_profiles_csv(const std::vector<ExperimentData>& experiments) {
  std::string text =
      "experiment,model,method,label,task,subset,profiles,phase,layer,operations,ms,share\n";
  for_each_profile(experiments, [&text](const JudgedCell& cell) {
    const PlannedCell& plan = cell.record.plan;
    const CellSummary& s = cell.record.summary;
    const double prefill_ms = phase_shares(s, "prefill").total_ms;
    const double decode_ms = phase_shares(s, "decode").total_ms;
    for (const ProfileEntry& entry : s.profile) {
      const std::array<FieldValue, 12> values{
          plan.experiment,
          plan.model,
          plan.method,
          plan.label,
          plan.task,
          plan.subset,
          s.profiles,
          entry.phase,
          entry.layer < 0 ? FieldValue() : FieldValue(entry.layer),
          entry.operations,
          entry.ms,
          entry.ms / (entry.phase == "prefill" ? prefill_ms : decode_ms)};
      text += csv_line(values);
    }
  });
  return text;
}

std::string print_profiles_json(const std::vector<ExperimentData>& experiments) {
  OrderedJson json{{"profiles", OrderedJson::array()}};
  for_each_profile(experiments, [&json](const JudgedCell& cell) {
    json["profiles"].push_back(json_profile(cell));
  });
  return json.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + '\n';
}

}  // namespace skipbench
