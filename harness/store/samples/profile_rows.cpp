#include "harness/store/samples/profile_rows.h"

#include "harness/store/database.h"

namespace skipbench {

bool lacks_profile(Database& database, int64_t row_id) {
  Statement& query = database.statement(R"sql(
    SELECT status = 'ok' AND NOT EXISTS (SELECT 1 FROM profile_record WHERE sample_row_id = s.id)
    FROM sample_row s WHERE id = ?)sql");
  return query.bind(row_id).first_integer().value_or(0) != 0;
}

void insert_profile(Database& database, int64_t run_id, int64_t row_id,
                    const SampleProfile& profile) {
  database
      .statement(
          "INSERT INTO profile_record (sample_row_id, run_id, prefill_ms, decode_ms, decode_steps, "
          "operations) VALUES (?, ?, ?, ?, ?, ?)")
      .bind(row_id, run_id, profile.prefill.total_ms, profile.decode.total_ms, profile.decode_steps,
            operations_json(profile).dump())
      .run();
}

std::vector<SampleProfile> load_profiles(Database& database, int64_t version_id) {
  Statement& row = database.statement(R"sql(
    SELECT p.prefill_ms, p.decode_ms, p.decode_steps, p.operations
    FROM sample_row s JOIN profile_record p ON p.sample_row_id = s.id
    WHERE s.version_id = ? AND s.in_plan ORDER BY s.sample_id, s.round)sql");
  row.bind(version_id);
  std::vector<SampleProfile> profiles;
  while (row.step()) {
    SampleProfile& profile = profiles.emplace_back(
        profile_of_operations(Json::parse(row.text(3), nullptr, /*allow_exceptions=*/false)));
    row.read(0, profile.prefill.total_ms, profile.decode.total_ms, profile.decode_steps);
  }
  return profiles;
}

void insert_mean_profile(Database& database, int64_t cell_id,
                         const std::vector<ProfileEntry>& entries) {
  for (const ProfileEntry& entry : entries) {
    database
        .statement(
            "INSERT INTO profile_summary (cell_id, phase, layer, operations, ms) "
            "VALUES (?, ?, ?, ?, ?)")
        .bind(cell_id, entry.phase, entry.layer, entry.operations, entry.ms)
        .run();
  }
}

std::vector<ProfileEntry> load_mean_profile(Database& database, int64_t cell_id) {
  Statement& row = database.statement(
      "SELECT phase, layer, operations, ms FROM profile_summary WHERE cell_id = ? "
      "ORDER BY phase, layer, operations");
  row.bind(cell_id);
  std::vector<ProfileEntry> entries;
  while (row.step()) {
    entries.push_back({row.text(0), row.integer(1), row.text(2), row.real(3)});
  }
  return entries;
}

}  // namespace skipbench
