#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace skipbench {

// The settings of a search are measured one after the other, each with the baseline beside it in a
// block of rounds that no other setting has: or the baseline's rows would be of another time than
// the setting's. Block 0 is the ordinary labels'.

/// The block of a label of this experiment on this model. It keeps the one that it was given once,
/// whatever is tried before it now: its rows are found again. The first time it gets the next free
/// one, in one transaction: of several processes that ask at once, no two labels get the same.
int64_t claim_round_block(const std::filesystem::path& database, const std::string& experiment,
                          const std::string& model, const std::string& label);

/// All blocks that were given on the model, ascending; none where the database is not there yet.
/// One that is there becomes one of today's schema.
std::vector<int64_t> claimed_round_blocks(const std::filesystem::path& database,
                                          const std::string& experiment, const std::string& model);

}  // namespace skipbench
