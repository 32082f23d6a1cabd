#include "kernels/model/prefill/shared_prefill.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <utility>

#include "kernels/base/check.h"
#include "kernels/model/layer_context.h"
#include "kernels/model/prefill/kept_rows.h"

namespace skipbench {

/// What a method decided and what its own products cost, by layer.
struct SharedPrefill::Member {
  Needs needs;
  std::unique_ptr<Run> run;
  std::vector<Keeps> keeps = {};
  std::vector<WorkMeter> work = {};
};

/// Asks every method what it reads, which must be everything, and what it keeps, and keeps
/// everything itself.
class SharedPrefill::MembersRun : public Run {
 public:
  explicit MembersRun(std::vector<Member>& members) : members_(members) {}

  std::unique_ptr<Run> clone() const override {
    throw ContractError("a shared prefill's own sequence is not decoded");
  }

  Reads reads(LayerContext& layer) override {
    for (Member& member : members_) {
      member.work.emplace_back();
      count_apart(layer, member, [&] {
        const Reads reads = member.run->reads(layer);
        require(reads.everyone_asks() && reads.sees.count() == layer.live() && !reads.pattern &&
                    !reads.own,
                "a method with a rule for attention shares no prefill");
      });
    }
    return Run::reads(layer);
  }

  Keeps keeps(LayerContext& layer) override {
    for (Member& member : members_) {
      count_apart(layer, member, [&] { member.keeps.push_back(member.run->keeps(layer)); });
    }
    return Run::keeps(layer);
  }

 private:
  // What the method's own products cost is not the others' work.
  template <class Step>
  static void count_apart(LayerContext& layer, Member& member, const Step& step) {
    const WorkMeter before = layer.meter();
    step();
    member.work.back().add(before.until(layer.meter()));
    layer.meter() = before;
  }

  std::vector<Member>& members_;
};

class SharedPrefill::Members : public TokenPolicy {
 public:
  explicit Members(std::vector<Member>& members) : members_(members) {}
  std::unique_ptr<Run> begin(const Prompt&, const SequenceOptions&) const override {
    return std::make_unique<MembersRun>(members_);
  }

 private:
  std::vector<Member>& members_;
};

SharedPrefill::SharedPrefill(Decoder& decoder, const Prompt& prompt,
                             const std::vector<const TokenPolicy*>& methods,
                             const PrefillOptions& options)
    : options_(options) {
  require(!options.record_positions, "a shared prefill records no positions");
  for (const TokenPolicy* const method : methods) {
    const Needs needs = method->needs();
    require(needs.attention_output.empty(),
            "a method that reads the attention's output shares no prefill");
    members_.push_back({.needs = needs, .run = method->begin(prompt, {options.max_new_tokens})});
  }
  all_ = decoder.prefill(prompt, Members(members_), options);
}

SharedPrefill::~SharedPrefill() = default;

Sequence SharedPrefill::sequence_of(size_t method) {
  const c10::InferenceMode inference;
  Member& member = members_.at(method);
  Sequence sequence(all_->cache.empty_like(), member.needs, std::move(member.run));
  sequence.next_position = all_->next_position;
  sequence.logits = all_->logits;
  sequence.activity = all_->activity;
  sequence.work = all_->work;
  for (int64_t layer = 0; layer < all_->cache.layers(); ++layer) {
    const LayerCache& rows = all_->cache.layer(layer);
    Keeps& keeps = member.keeps.at(layer);
    const KeptRows kept = kept_rows(
        keeps, TokenRows::all(rows.length), rows.keys.narrow(1, 0, rows.length).transpose(0, 1),
        rows.values.narrow(1, 0, rows.length).transpose(0, 1), rows.positions);
    sequence.cache.store(layer, kept.keys, kept.values, kept.positions, options_.reserve);
    sequence.cache.method_state(layer) = std::move(keeps.state);
    LayerActivity& activity = sequence.activity.layers[layer];
    activity.kv_length = kept.keys.size(1);
    activity.kv_lists = kept.keys.size(0) / rows.keys.size(0);
    activity.flops += member.work.at(layer).total();
    sequence.work.add(member.work.at(layer));
  }
  member.keeps.clear();
  sequence.end_prompt();
  return sequence;
}

}  // namespace skipbench
