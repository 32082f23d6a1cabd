#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "kernels/model/decoder.h"

namespace skipbench {

/// One prefill for several methods that leave the prompt's computation as it is and differ only in
/// which K and V rows the cache keeps, or in what decode steps do: of the prompt's questions their
/// runs are asked reads(), which must say everything, and keeps() alone. Each then gets the
/// sequence that a prefill of its own would have left, to the bit. Nothing of it is timed.
class SharedPrefill {
 public:
  /// Runs the prompt. The methods, of which none answers another question of a prompt, outlive this
  /// and its sequences. Throws as Decoder::prefill().
  SharedPrefill(Decoder& decoder, const Prompt& prompt,
                const std::vector<const TokenPolicy*>& methods, const PrefillOptions& options);
  ~SharedPrefill();

  /// The sequence of the method of this index, once for each method.
  Sequence sequence_of(size_t method);

 private:
  struct Member;
  class Members;
  class MembersRun;
  std::vector<Member> members_;
  PrefillOptions options_;
  std::optional<Sequence> all_;  // under full attention, every row cached
};

}  // namespace skipbench
