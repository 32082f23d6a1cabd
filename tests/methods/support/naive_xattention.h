#pragma once

#include "tests/methods/support/naive_sparse.h"

namespace skipbench::test {

/// XAttention's pattern in loops over the squares.
NaiveSees naive_xattention_pattern(const NaiveSparseLayer& at);

}  // namespace skipbench::test
