#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace skipbench {

/// What a floating-point operation was spent on.
enum class WorkKind { kProjection, kAttention, kFfn, kProbe, kOutput };
inline constexpr int kWorkKinds = 5;
std::string_view work_kind_name(WorkKind kind);

/// Counts the work that was really asked of the device: 2 FLOPs per multiply-add of every matrix
/// product, causal query-key pairs only for attention. Norms, RoPE and activations are not counted
/// (under 1% and the same for every method).
class WorkMeter {
 public:
  /// A product [rows, in] x [in, out].
  void linear(WorkKind kind, int64_t rows, int64_t in, int64_t out) {
    add(kind, 2 * rows * in * out);
  }
  /// `pairs` query-key pairs over `heads` heads of size d: scores and weighted values.
  void attention(int64_t pairs, int64_t heads, int64_t head_size) {
    add(WorkKind::kAttention, 4 * pairs * heads * head_size);
  }
  /// `pairs` query-key scores only (no values).
  void scores(WorkKind kind, int64_t pairs, int64_t heads, int64_t head_size) {
    add(kind, 2 * pairs * heads * head_size);
  }

  /// What `later` counted since this one.
  WorkMeter until(const WorkMeter& later) const;
  void add(const WorkMeter& other);

  int64_t flops(WorkKind kind) const { return flops_[static_cast<size_t>(kind)]; }
  int64_t total() const;

 private:
  void add(WorkKind kind, int64_t flops) { flops_[static_cast<size_t>(kind)] += flops; }
  std::array<int64_t, kWorkKinds> flops_{};
};

/// Causal pairs of n tokens that see each other and themselves: n (n + 1) / 2.
constexpr int64_t causal_pairs(int64_t n) {
  return n * (n + 1) / 2;
}

struct ModelConfig;
/// FLOPs of a full-attention prefill of `tokens`: what every ideal speed-up refers to.
int64_t full_prefill_flops(const ModelConfig& config, int64_t tokens);

}  // namespace skipbench
