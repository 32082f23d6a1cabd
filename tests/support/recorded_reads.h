#pragma once

#include <ATen/record_function.h>

#include <cstdint>
#include <memory>
#include <string_view>

namespace skipbench::test {

/// Counts how often LibTorch read a single number out of a tensor: on a GPU the host waits for the
/// device each time.
class RecordedReads {
 public:
  RecordedReads() {
    total_ = 0;
    handle_ = at::addGlobalCallback(at::RecordFunctionCallback(&RecordedReads::on_operator)
                                        .scopes({at::RecordScope::FUNCTION}));
  }
  ~RecordedReads() { at::removeCallback(handle_); }
  RecordedReads(const RecordedReads&) = delete;
  RecordedReads& operator=(const RecordedReads&) = delete;

  int64_t total() const { return total_; }

 private:
  static std::unique_ptr<at::ObserverContext> on_operator(const at::RecordFunction& record) {
    total_ += std::string_view(record.name()) == "aten::_local_scalar_dense" ? 1 : 0;
    return nullptr;
  }

  static inline int64_t total_ = 0;
  at::CallbackHandle handle_;
};

}  // namespace skipbench::test
