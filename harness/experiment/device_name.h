#pragma once

#include <optional>
#include <string_view>

namespace skipbench {

/// The index of "cuda:<index>", 0 for "cuda"; nothing for any other text, numbers with signs or
/// after them something else included.
std::optional<int> cuda_index(std::string_view device);

/// Whether the text is auto, cpu, cuda or cuda:<index>.
bool is_device(std::string_view text);

}  // namespace skipbench
