#include "methods/interface/registry.h"

#include <array>

#include "kernels/base/error.h"
#include "kernels/base/suggest.h"
#include "methods/asl.h"
#include "methods/block_sparse.h"
#include "methods/dash.h"
#include "methods/fastkv.h"
#include "methods/ffn_control.h"
#include "methods/ffn_skipllm.h"
#include "methods/flexprefill.h"
#include "methods/ftp_ffn.h"
#include "methods/full.h"
#include "methods/gemfilter.h"
#include "methods/h2o.h"
#include "methods/interface/combinable.h"
#include "methods/interface/combined_entry.h"
#include "methods/lazyllm.h"
#include "methods/minference.h"
#include "methods/pyramidinfer.h"
#include "methods/pyramidkv.h"
#include "methods/sliminfer.h"
#include "methods/snapkv.h"
#include "methods/spts.h"
#include "methods/streamingllm.h"
#include "methods/tsa.h"
#include "methods/uniprefill.h"
#include "methods/xattention.h"

namespace skipbench {

std::span<const MethodEntry> all_methods() {
  // A line a method.
  // clang-format off
  static const std::array methods{
      full_method(),
      spts_method(),
      sliminfer_method(),
      ffn_control_method(),
      ffn_skipllm_method(),
      ftp_ffn_method(),
      gemfilter_method(),
      lazyllm_method(),
      fastkv_method(),
      uniprefill_method(),
      pyramidinfer_method(),
      dash_method(),
      asl_method(),
      tsa_method(),
      minference_method(),
      flexprefill_method(),
      xattention_method(),
      block_sparse_method(),
      streamingllm_method(),
      snapkv_method(),
      pyramidkv_method(),
      h2o_method(),
  };
  // clang-format on
  return methods;
}

namespace {

const MethodEntry& find_line(std::string_view name) {
  std::vector<std::string> names;
  for (const MethodEntry& entry : all_methods()) {
    if (entry.name == name) return entry;
    names.push_back(entry.name);
  }
  throw InputError(fmt::format("unknown method '{}'{}", name, suggestion(name, names)));
}

}  // namespace

MethodEntry find_method(std::string_view name) {
  const size_t plus = name.find('+');
  if (plus == std::string_view::npos) return find_line(name);
  const MethodEntry& first = find_line(name.substr(0, plus));
  const MethodEntry& then = find_line(name.substr(plus + 1));
  check_combinable(first, then);
  return combined_method(first, then);
}

}  // namespace skipbench
