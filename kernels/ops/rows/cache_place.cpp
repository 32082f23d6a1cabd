#include "kernels/ops/rows/cache_place.h"

#include <ATen/ATen.h>

#include <cstring>

#include "kernels/base/check.h"
#include "kernels/ops/rows/cache_place_cuda.h"

namespace skipbench::ops {

static_assert(sizeof(CachePlace) == kCachePlaceWidth * sizeof(int64_t));

void write_place(int64_t* place, const at::Tensor& keys, const at::Tensor& values, int64_t length) {
  require(keys.sizes() == values.sizes() && keys.is_contiguous() && values.is_contiguous() &&
              length <= keys.size(1),
          "write_place: {} rows of keys {} and values {}", length, keys.sizes(), values.sizes());
  const CachePlace written{.keys = keys.mutable_data_ptr(),
                           .values = values.mutable_data_ptr(),
                           .head_stride = keys.stride(0),
                           .length = length};
  std::memcpy(place, &written, sizeof(written));
}

PlacedRows rows_at(const PlacedCache& cache, int64_t more, int64_t head_size,
                   at::ScalarType dtype) {
  const at::Tensor host = cache.place.cpu();
  CachePlace place;
  std::memcpy(&place, host.const_data_ptr<int64_t>(), sizeof(place));
  const auto view = [&](void* rows) {
    return at::from_blob(rows, {cache.kv_heads, place.length + more, head_size},
                         {place.head_stride, head_size, 1}, cache.place.options().dtype(dtype));
  };
  return {view(place.keys), view(place.values)};
}

}  // namespace skipbench::ops
