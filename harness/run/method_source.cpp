#include "harness/run/method_source.h"

#include "harness/base/sha256.h"
#include "harness/run/build_info.h"
#include "methods/registry.h"

namespace skipbench {

std::string source_hash_of(std::string_view method) {
  const MethodEntry entry = find_method(method);
  if (entry.parts.empty()) return std::string(method_source_hash(method));
  std::string hashes(method_source_hash("combined"));
  for (const std::string& part : entry.parts) hashes += method_source_hash(part);
  return sha256_hex(hashes);
}

}  // namespace skipbench
