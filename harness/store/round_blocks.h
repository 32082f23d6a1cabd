#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace skipbench {

// The settings of a search are measured one after the other, each with the baseline beside it in a
// block of rounds that no other setting has: or the baseline's rows would be of another time than
// the setting's. So are labels that came after the baseline was timed. Block 0 is the others'.

/// The block of a label of this experiment on this model. It keeps the one that it was given once,
/// whatever is tried before it now: its rows are found again. The first time it gets the next free
/// one, in one transaction: of several processes that ask at once, no two labels get the same.
int64_t claim_round_block(const std::filesystem::path& database, const std::string& experiment,
                          const std::string& model, const std::string& label);

/// The next free block for labels that are measured together, in place of any that they had.
int64_t claim_fresh_round_block(const std::filesystem::path& database,
                                const std::string& experiment, const std::string& model,
                                const std::vector<std::string>& labels);

/// The block of each label that has one on the model; none where the database holds nothing yet.
std::map<std::string, int64_t> claimed_round_blocks(const std::filesystem::path& database,
                                                    const std::string& experiment,
                                                    const std::string& model);

}  // namespace skipbench
