#include "harness/measure/profiled.h"

#include <optional>
#include <string>

#include "harness/machine/clock.h"
#include "harness/machine/device_memory.h"

namespace skipbench {
namespace {

PhaseProfile phase_of(const ProfiledStep& step, int64_t layers) {
  PhaseProfile phase{.total_ms = step.total_ms, .operations = {}};
  for (const Profile::Entry& entry : step.operations) {
    std::vector<double>& times = phase.operations[std::string(op_group_name(entry.group))];
    times.resize(static_cast<size_t>(layers) + 1);
    times[static_cast<size_t>(entry.layer < 0 ? layers : entry.layer)] = entry.milliseconds;
  }
  return phase;
}

}  // namespace

ProfiledStep run_profiled(at::Device device, const std::function<void()>& step) {
  Profile profile(device);
  synchronize(device);
  const Clock::time_point start = Clock::now();
  {
    const ProfileSwitch on(profile);
    step();
  }
  synchronize(device);
  const double total_ms = milliseconds_since(start);
  return {total_ms, profile.entries()};
}

SampleProfile profile_job(Decoder& decoder, const TokenPolicy& policy, const Job& job) {
  const at::Device device = decoder.model().device();
  const int64_t layers = decoder.model().config.layers;
  std::optional<Sequence> sequence;
  std::vector<int32_t> tokens;
  const ProfiledStep prefill = run_profiled(device, [&] {
    sequence.emplace(decoder.prefill(job.prompt, policy, prefill_options(job)));
    tokens.push_back(first_token(sequence->logits, job.rules));
  });
  const ProfiledStep decode =
      run_profiled(device, [&] { decode_to_end(decoder, *sequence, job.rules, tokens); });
  SampleProfile profile{.prefill = phase_of(prefill, layers), .decode = {}};
  profile.decode_steps = sequence->steps;
  if (profile.decode_steps > 0) profile.decode = phase_of(decode, layers);
  return profile;
}

}  // namespace skipbench
