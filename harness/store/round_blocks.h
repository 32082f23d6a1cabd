#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace skipbench {

class Database;

// The settings of a search are measured one after the other, each with the baseline beside it in a
// block of rounds that no other setting has: or the baseline's rows would be of another time than
// the setting's. So are labels that came after the baseline was timed. Block 0 is the others'.

/// The block of a label of this experiment on this model. It keeps the one that it was given once,
/// whatever is tried before it now: its rows are found again. The first time it gets the next free
/// one, in one transaction: of several processes that ask at once, no two labels get the same.
int64_t claim_round_block(const std::filesystem::path& database, const std::string& experiment,
                          const std::string& model, const std::string& label);

/// The next free block for labels that are measured together, in place of the ones that they had
/// when the caller looked: `seen`, by label, 0 for none. A label that got another one meanwhile,
/// from a run beside this, keeps that. The block of each label.
std::map<std::string, int64_t> claim_fresh_round_blocks(const std::filesystem::path& database,
                                                        const std::string& experiment,
                                                        const std::string& model,
                                                        const std::map<std::string, int64_t>& seen);

/// The block of each label that has one on the model; none where the database holds nothing yet.
std::map<std::string, int64_t> claimed_round_blocks(const std::filesystem::path& database,
                                                    const std::string& experiment,
                                                    const std::string& model);

/// Takes the blocks of the attached database `shard` into those of `main`. Labels that two
/// databases timed again in blocks of the same number share it from now on; of a label's two blocks
/// the later stays.
void merge_round_blocks(Database& connection);

}  // namespace skipbench
