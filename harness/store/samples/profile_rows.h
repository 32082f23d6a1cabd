#pragma once

#include <cstdint>
#include <vector>

#include "harness/store/samples/sample_profile.h"

namespace skipbench {

class Database;

/// Profiles of samples and their means, in the database. The caller holds the transaction.

/// Whether the row ended well and has no profile.
bool lacks_profile(Database& database, int64_t row_id);
void insert_profile(Database& database, int64_t run_id, int64_t row_id,
                    const SampleProfile& profile);

/// The profiles of a version's rows that the tables count, by sample.
std::vector<SampleProfile> load_profiles(Database& database, int64_t version_id);

/// The stored mean of a cell that has a summary, sorted as mean_profile() sorts.
void insert_mean_profile(Database& database, int64_t cell_id,
                         const std::vector<ProfileEntry>& entries);
std::vector<ProfileEntry> load_mean_profile(Database& database, int64_t cell_id);

}  // namespace skipbench
