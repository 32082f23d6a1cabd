#include "kernels/base/freed_memory.h"

#if __has_include(<malloc.h>)
#include <malloc.h>
#endif

namespace skipbench {

void keep_freed_memory() {
#if defined(M_TRIM_THRESHOLD) && defined(M_MMAP_THRESHOLD)
  mallopt(M_MMAP_THRESHOLD, 32 << 20);  // the largest that glibc takes
  mallopt(M_TRIM_THRESHOLD, 1 << 30);   // of the heap's end; either call ends its own adjusting
#endif
}

}  // namespace skipbench
