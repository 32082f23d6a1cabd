#pragma once

#include <string>

#include "harness/store/views_sql.h"

namespace skipbench {

/// Takes away what version 9 of the schema added to version 8, whose number the caller sets.
inline std::string undo_version9() {
  return std::string(kDropViews) + "ALTER TABLE cell_summary DROP COLUMN shown;";
}

}  // namespace skipbench
