#pragma once

namespace skipbench::bench {

/// Registration is explicit: statics of a library that nobody names get lost.
void add_row_ops();           // norms, RoPE, SwiGLU, gathers
void add_selection_ops();     // probes, top-k
void add_decode_ops();        // products of one row, attention over the cache, arg-max
void add_sparse_attention();  // attention to blocks of keys
void add_prefill_floors();    // PrefillFloor, SptsFloor
void add_decode_floors();     // DecodeFloor
void add_decode_steps();      // DecodeStep

}  // namespace skipbench::bench
