#pragma once

#include <fmt/format.h>

#include <string>

#include "harness/store/views_sql.h"

namespace skipbench {

/// SQL that takes away what schema versions 9 and 10 added to version 8.
inline std::string undo_to_version8() {
  std::string undo = kDropViews;
  undo += "ALTER TABLE timing_row DROP COLUMN busy_ms;";
  for (const char* column : {"kl_decoded", "slow_prefill", "slow_decode"}) {
    undo += fmt::format("ALTER TABLE sample_row DROP COLUMN {};", column);
  }
  for (const char* column : {"kl_decoded_mean", "kl_decoded_stderr", "slow_prefill", "slow_decode",
                             "shown", "speedup_ttft_degrees", "speedup_e2e_degrees",
                             "speedup_ttft_limit", "idle_share", "speedup_busy"}) {
    undo += fmt::format("ALTER TABLE cell_summary DROP COLUMN {};", column);
  }
  return undo + "PRAGMA user_version = 8;";
}

}  // namespace skipbench
