#pragma once

#include <string>
#include <vector>

namespace skipbench {

/// Every checkpoint that is a name and no file: known models and "random:<shape>".
std::vector<std::string> checkpoint_names();

}  // namespace skipbench
