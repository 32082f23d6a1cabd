#include "kernels/base/freed_memory.h"

#if __has_include(<malloc.h>)
#include <malloc.h>
#endif

namespace skipbench {

void keep_freed_memory() {
#if defined(M_TRIM_THRESHOLD) && defined(M_MMAP_MAX)
  mallopt(M_TRIM_THRESHOLD, 1 << 30);  // bytes
  mallopt(M_MMAP_MAX, 0);              // no block has a mapping of its own
#endif
}

}  // namespace skipbench
