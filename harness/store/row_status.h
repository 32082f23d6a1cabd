#pragma once

#include <string_view>

#include "harness/store/row.h"

namespace skipbench {

/// The status as the database spells it.
std::string_view row_status_name(RowStatus status);

/// The inverse; throws ContractError for other words, which the schema does not let in.
RowStatus parse_row_status(std::string_view name);

}  // namespace skipbench
