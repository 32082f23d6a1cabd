#include "harness/store/samples/sample_replies.h"

#include <string_view>

#include "harness/store/database.h"
#include "harness/store/samples/cell_rows.h"
#include "kernels/base/json.h"

namespace skipbench {
namespace {

// SQLite takes the columns beside min() from the row that has the minimum.
constexpr std::string_view kSampleReplies = R"sql(
  SELECT s.id, s.sample_id, s.status, s.error, s.prediction, s.prompt_tokens, s.new_tokens,
    avg(t.ttft_ms), s.answer_nll, s.kl_first_token, g.answers,
    min(s.round + CASE s.status WHEN 'ok' THEN 0 ELSE 1 << 60 END)
  FROM sample_row s JOIN cell_version v ON v.id = s.version_id
  JOIN cell_plan c ON c.id = v.cell_id
  LEFT JOIN timing_row t ON t.sample_row_id = s.id
  LEFT JOIN gold_answer g
    ON g.data_hash = v.data_hash AND g.subset = c.subset AND g.sample_id = s.sample_id
  WHERE s.version_id = ? AND s.in_plan
  GROUP BY s.sample_id ORDER BY length(s.sample_id), s.sample_id LIMIT ?)sql";

SampleReply read_reply(const Statement& row) {
  SampleReply reply;
  row.read(1, reply.sample_id, reply.status, reply.error, reply.reply, reply.prompt_tokens,
           reply.new_tokens, reply.ttft_ms, reply.answer_nll, reply.kl_first_token);
  if (const std::string answers = row.text(10); !answers.empty()) {
    reply.answers = Json::parse(answers).get<std::vector<std::string>>();
  }
  return reply;
}

}  // namespace

std::vector<SampleReply> load_sample_replies(Database& database, const StoredCell& cell,
                                             int64_t limit) {
  std::vector<SampleReply> replies;
  if (!cell.version) return replies;
  Statement& query = database.statement(kSampleReplies).bind(*cell.version, limit);
  while (query.step()) {
    replies.push_back(read_reply(query));
    replies.back().scores = load_scores(database, query.integer(0), cell.plan.metrics);
  }
  return replies;
}

}  // namespace skipbench
