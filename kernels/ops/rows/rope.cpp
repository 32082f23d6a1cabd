#include "kernels/ops/rows/rope.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "kernels/base/check.h"
#include "kernels/ops/device/cuda_scope.h"
#include "kernels/ops/device/profile.h"
#include "kernels/ops/device/slow_path.h"
#include "kernels/ops/rows/rope_cuda.h"

namespace skipbench::ops {
namespace {

void rope_cpu(at::Tensor& x, const at::Tensor& cosine, const at::Tensor& sine) {
  const int64_t heads = x.size(1), half = x.size(2) / 2;
  const int64_t row_stride = x.stride(0), head_stride = x.stride(1);
  float* const data = x.mutable_data_ptr<float>();
  const float* const cosines = cosine.const_data_ptr<float>();
  const float* const sines = sine.const_data_ptr<float>();
  at::parallel_for(0, x.size(0), 16, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const float* const c = cosines + row * half;
      const float* const s = sines + row * half;
      for (int64_t head = 0; head < heads; ++head) {
        float* const first = data + row * row_stride + head * head_stride;
        float* const second = first + half;
        for (int64_t i = 0; i < half; ++i) {
          const float a = first[i], b = second[i];
          first[i] = a * c[i] - b * s[i];
          second[i] = b * c[i] + a * s[i];
        }
      }
    }
  });
}

// Heads that a launch can step through: [M, heads, d] with heads whose elements lie side by side.
bool heads_have_kernel(const at::Tensor& x) {
  return has_kernel(x) && x.dim() == 3 && last_is_contiguous(x);
}

bool tables_fit(const RopeTables& tables, const at::Tensor& x) {
  return tables.cosine.is_contiguous() && tables.sine.is_contiguous() &&
         tables.cosine.scalar_type() == at::kFloat && tables.cosine.size(1) == x.size(2) / 2;
}

// A job that rotates nothing yet and caches nothing: `heads` are the source.
RopeJob job_of(const at::Tensor& heads, bool write_back) {
  RopeJob job{};
  job.element = element_of(heads);
  // Without write_back the kernel only reads.
  job.heads = const_cast<void*>(heads.const_data_ptr());
  job.row_stride = heads.stride(0);
  job.head_stride = heads.stride(1);
  job.rotated = static_cast<int>(heads.size(1));
  job.head_size = static_cast<int>(heads.size(2));
  job.write_back = write_back;
  job.rows = heads.size(0);
  return job;
}

void rotate_at(RopeJob& job, const at::Tensor& positions, const RopeTables& tables) {
  job.positions = positions.const_data_ptr<int64_t>();
  job.cosine = tables.cosine.const_data_ptr<float>();
  job.sine = tables.sine.const_data_ptr<float>();
}

void cache_values(RopeJob& job, const at::Tensor& values) {
  job.cached = static_cast<int>(values.size(1));
  job.values = values.const_data_ptr();
  job.value_row_stride = values.stride(0);
  job.value_head_stride = values.stride(1);
}

void cache_in(RopeJob& job, const at::Tensor& values, const CacheTarget& target) {
  cache_values(job, values);
  job.cache_keys = target.keys.mutable_data_ptr();
  job.cache_values = target.values.mutable_data_ptr();
  job.cache_head_stride = target.keys.stride(0);
  job.first = target.first;
}

// `count` rows must fit.
void check_target(const CacheTarget& target, const at::Tensor& values, int64_t count) {
  require(target.keys.sizes() == target.values.sizes() && target.keys.is_contiguous() &&
              target.values.is_contiguous() && target.keys.size(0) == values.size(1) &&
              target.keys.size(2) == values.size(2) &&
              target.keys.scalar_type() == values.scalar_type(),
          "rows of values {} into a cache {}", values.sizes(), target.keys.sizes());
  require(target.first >= 0 && target.first + count <= target.keys.size(1),
          "{} rows from row {} on into a cache {}", count, target.first, target.keys.sizes());
}

// rows [M, Hkv, d] into the target's rows, in LibTorch's operators.
void store_rows(const at::Tensor& cache, const at::Tensor& rows, const CacheTarget& target) {
  cache.narrow(1, target.first, rows.size(0)).copy_(rows.transpose(0, 1));
}

at::Tensor selected(const at::Tensor& x, const at::Tensor& rows) {
  return rows.defined() ? x.index_select(0, rows) : x;
}

// tables: null for keys that are rotated already.
bool into_cache_cuda(const at::Tensor& keys, const at::Tensor& values, const at::Tensor& rows,
                     const at::Tensor& positions, const RopeTables* tables,
                     const CacheTarget& target) {
  if (!heads_have_kernel(keys) || !heads_have_kernel(values)) return false;
  if (keys.size(2) % 2 != 0 || (tables != nullptr && !tables_fit(*tables, keys))) return false;
  RopeJob job = job_of(keys, /*write_back=*/false);
  if (tables != nullptr) rotate_at(job, positions, *tables);
  if (rows.defined()) {
    job.source_rows = rows.const_data_ptr<int64_t>();
    job.rows = rows.size(0);
  }
  cache_in(job, values, target);
  const CudaScope scope(keys);
  launch_rope(job, scope.stream());
  return true;
}

}  // namespace

void rope_reference_(at::Tensor x, const at::Tensor& cosine, const at::Tensor& sine) {
  const int64_t half = x.size(2) / 2;
  const at::Tensor c = cosine.unsqueeze(1), s = sine.unsqueeze(1);  // [M, 1, d / 2]
  const at::Tensor a = x.narrow(2, 0, half).to(at::kFloat);         // [M, heads, d / 2]
  const at::Tensor b = x.narrow(2, half, half).to(at::kFloat);
  // Both halves before either is written: in fp32 a and b are views of x.
  const at::Tensor first = a * c - b * s, second = b * c + a * s;
  x.narrow(2, 0, half).copy_(first);
  x.narrow(2, half, half).copy_(second);
}

void rope_(at::Tensor x, const at::Tensor& cosine, const at::Tensor& sine) {
  const ProfileScope timed(OpGroup::kOther);
  if (x.is_cpu() && x.scalar_type() == at::kFloat && cosine.is_contiguous()) {
    rope_cpu(x, cosine, sine);
  } else {
    rope_reference_(x, cosine, sine);
  }
}

void rope_at_(at::Tensor x, const at::Tensor& positions, const RopeTables& tables) {
  const ProfileScope timed(OpGroup::kOther);
  if constexpr (kWithCuda) {
    if (heads_have_kernel(x) && tables_fit(tables, x)) {
      RopeJob job = job_of(x, /*write_back=*/true);
      rotate_at(job, positions, tables);
      const CudaScope scope(x);
      return launch_rope(job, scope.stream());
    }
  }
  note_no_kernel("rope_at", x);
  rope_(x, tables.cosine.index_select(0, positions), tables.sine.index_select(0, positions));
}

void rope_kqv_into_cache_(at::Tensor kqv, const at::Tensor& positions, const RopeTables& tables,
                          const CacheTarget& target) {
  const ProfileScope timed(OpGroup::kOther);
  const int64_t kv_heads = target.keys.size(0), rotated = kqv.size(1) - kv_heads;
  const at::Tensor heads = kqv.narrow(1, 0, rotated);          // [M, Hkv + H, d]
  const at::Tensor values = kqv.narrow(1, rotated, kv_heads);  // [M, Hkv, d]
  check_target(target, values, kqv.size(0));
  if constexpr (kWithCuda) {
    if (heads_have_kernel(kqv) && tables_fit(tables, kqv)) {
      RopeJob job = job_of(heads, /*write_back=*/true);
      rotate_at(job, positions, tables);
      cache_in(job, values, target);
      const CudaScope scope(kqv);
      return launch_rope(job, scope.stream());
    }
  }
  note_no_kernel("rope_kqv_into_cache", kqv);
  rope_at_(heads, positions, tables);
  store_rows(target.keys, heads.narrow(1, 0, kv_heads), target);
  store_rows(target.values, values, target);
}

void rope_kqv_into_cache_(at::Tensor kqv, const at::Tensor& positions, const RopeTables& tables,
                          const PlacedCache& target) {
  const ProfileScope timed(OpGroup::kOther);
  const int64_t count = kqv.size(0), head_size = kqv.size(2);
  const int64_t rotated = kqv.size(1) - target.kv_heads;
  const at::Tensor heads = kqv.narrow(1, 0, rotated);                 // [M, Hkv + H, d]
  const at::Tensor values = kqv.narrow(1, rotated, target.kv_heads);  // [M, Hkv, d]
  if constexpr (kWithCuda) {
    if (heads_have_kernel(kqv) && tables_fit(tables, kqv)) {
      RopeJob job = job_of(heads, /*write_back=*/true);
      rotate_at(job, positions, tables);
      cache_values(job, values);
      job.place = reinterpret_cast<const CachePlace*>(target.place.const_data_ptr<int64_t>());
      const CudaScope scope(kqv);
      return launch_rope(job, scope.stream());
    }
  }
  note_no_kernel("rope_kqv_into_cache", kqv);
  rope_at_(heads, positions, tables);
  const PlacedRows rows = rows_at(target, count, head_size, kqv.scalar_type());
  const int64_t first = rows.keys.size(1) - count;
  rows.keys.narrow(1, first, count).copy_(heads.narrow(1, 0, target.kv_heads).transpose(0, 1));
  rows.values.narrow(1, first, count).copy_(values.transpose(0, 1));
}

void rope_into_cache_(const at::Tensor& keys, const at::Tensor& values, const at::Tensor& rows,
                      const at::Tensor& positions, const RopeTables& tables,
                      const CacheTarget& target) {
  const ProfileScope timed(OpGroup::kOther);
  check_target(target, values, rows.defined() ? rows.size(0) : keys.size(0));
  if constexpr (kWithCuda) {
    if (into_cache_cuda(keys, values, rows, positions, &tables, target)) return;
  }
  note_no_kernel("rope_into_cache", keys);
  at::Tensor rotated = rows.defined() ? keys.index_select(0, rows) : keys.clone();
  rope_at_(rotated, selected(positions, rows), tables);
  store_rows(target.keys, rotated, target);
  store_rows(target.values, selected(values, rows), target);
}

void copy_into_cache_(const at::Tensor& keys, const at::Tensor& values, const at::Tensor& rows,
                      const CacheTarget& target) {
  const ProfileScope timed(OpGroup::kOther);
  check_target(target, values, rows.defined() ? rows.size(0) : keys.size(0));
  if constexpr (kWithCuda) {
    if (into_cache_cuda(keys, values, rows, {}, nullptr, target)) return;
  }
  note_no_kernel("copy_into_cache", keys);
  store_rows(target.keys, selected(keys, rows), target);
  store_rows(target.values, selected(values, rows), target);
}

}  // namespace skipbench::ops
