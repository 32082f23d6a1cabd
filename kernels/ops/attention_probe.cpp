#include "kernels/ops/attention_probe.h"

#include <ATen/ATen.h>

#include <cmath>
#include <limits>

namespace skipbench::ops {

at::Tensor attention_probe(const at::Tensor& queries, const at::Tensor& keys) {
  const int64_t window = queries.size(0), heads = queries.size(1), size = queries.size(2);
  const int64_t tokens = keys.size(0), kv_heads = keys.size(1), group = heads / kv_heads;
  // [w, H, d] -> [Hkv, w * group, d]: the query heads of one KV head side by side.
  const at::Tensor grouped = queries.reshape({window, kv_heads, group, size})
                                 .permute({1, 0, 2, 3})
                                 .reshape({kv_heads, window * group, size});
  at::Tensor scores = at::bmm(grouped.to(at::kFloat), keys.permute({1, 2, 0}).to(at::kFloat))
                          .mul_(1.0 / std::sqrt(static_cast<double>(size)))
                          .view({kv_heads, window, group, tokens});
  if (window > 1) {
    const auto mask_options = scores.options().dtype(at::kBool);
    const at::Tensor unseen =
        at::ones({window, tokens}, mask_options).triu(tokens - window + 1);  // [w, T]
    scores.masked_fill_(unseen.unsqueeze(1), -std::numeric_limits<double>::infinity());
  }
  return at::softmax(scores, -1).view({heads * window, tokens}).mean(0);
}

}  // namespace skipbench::ops
