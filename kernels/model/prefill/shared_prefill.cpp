#include "kernels/model/prefill/shared_prefill.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <utility>

#include "kernels/base/check.h"
#include "kernels/model/prefill/kept_rows.h"
#include "kernels/model/prefill/layer_context.h"

namespace skipbench {

/// Asks every method what it asks of a prompt, keeps the answers, and answers "all" itself.
class SharedPrefill::Members : public LayerHooks {
 public:
  /// What a method decided and what its own products cost, by layer.
  struct Member {
    LayerHooks* hooks;
    std::vector<CachedRows> cached = {};
    std::vector<WorkMeter> work = {};
  };

  explicit Members(const std::vector<LayerHooks*>& methods) {
    for (LayerHooks* const hooks : methods) members_.push_back({.hooks = hooks});
  }

  Member& operator[](size_t index) { return members_.at(index); }

  void begin_prompt(const Prompt& prompt) override {
    for (Member& member : members_) member.hooks->begin_prompt(prompt);
  }

  std::optional<Attended> attend(LayerContext& context, const AttentionRows& rows,
                                 const AttentionInputs& inputs) override {
    for (Member& member : members_) {
      require(!member.hooks->reads_attention_output(context.layer()),
              "a method that reads the attention's output shares no prefill");
      member.work.emplace_back();
      count_apart(context, member, [&] {
        require(!member.hooks->attend(context, rows, inputs),
                "a method that computes its own attention shares no prefill");
      });
    }
    return std::nullopt;
  }

  CachedRows cached_rows(LayerContext& context, const AttentionRows& rows) override {
    for (Member& member : members_) {
      count_apart(context, member,
                  [&] { member.cached.push_back(member.hooks->cached_rows(context, rows)); });
    }
    return LayerHooks::cached_rows(context, rows);
  }

 private:
  // What the method's own products cost is not the others' work.
  template <class Step>
  static void count_apart(LayerContext& context, Member& member, const Step& step) {
    const WorkMeter before = context.meter();
    step();
    member.work.back().add(before.until(context.meter()));
    context.meter() = before;
  }

  std::vector<Member> members_;
};

SharedPrefill::SharedPrefill(Decoder& decoder, const Prompt& prompt,
                             std::vector<LayerHooks*> methods, const PrefillOptions& options)
    : members_(std::make_unique<Members>(methods)), options_(options) {
  require(!options.record_positions, "a shared prefill records no positions");
  all_ = decoder.prefill(prompt, *members_, options);
}

SharedPrefill::~SharedPrefill() = default;

Sequence SharedPrefill::sequence_of(size_t method) {
  const c10::InferenceMode inference;
  Members::Member& member = (*members_)[method];
  Sequence sequence(all_->cache.empty_like(), *member.hooks, all_->max_new_tokens);
  sequence.next_position = all_->next_position;
  sequence.logits = all_->logits;
  sequence.activity = all_->activity;
  sequence.work = all_->work;
  for (int64_t layer = 0; layer < all_->cache.layers(); ++layer) {
    const LayerCache& rows = all_->cache.layer(layer);
    const KeptRows kept =
        kept_rows(member.cached.at(layer), TokenRows::all(rows.length),
                  rows.keys.narrow(1, 0, rows.length).transpose(0, 1),
                  rows.values.narrow(1, 0, rows.length).transpose(0, 1), rows.positions);
    sequence.cache.store(layer, kept.keys, kept.values, kept.positions, options_.reserve);
    LayerActivity& activity = sequence.activity.layers[layer];
    activity.kv_length = kept.keys.size(1);
    activity.kv_lists = kept.keys.size(0) / rows.keys.size(0);
    activity.flops += member.work.at(layer).total();
    sequence.work.add(member.work.at(layer));
  }
  member.cached.clear();
  sequence.end_prompt();
  return sequence;
}

}  // namespace skipbench
