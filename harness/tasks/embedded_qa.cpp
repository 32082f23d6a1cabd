#include "harness/tasks/embedded_qa.h"

#include "harness/tasks/articles.h"
#include "harness/tasks/data_hash.h"
#include "harness/tasks/haystack.h"
#include "harness/tasks/metrics/metric.h"
#include "harness/tasks/sampling.h"
#include "kernels/base/error.h"

namespace skipbench {

EmbeddedQaTask::EmbeddedQaTask(Params params, uint64_t seed)
    : params_(std::move(params)), seed_(seed) {
  for (size_t article = 0; article < articles().size(); ++article) {
    for (size_t question = 0; question < articles()[article].questions.size(); ++question) {
      questions_.push_back({article, question});
    }
  }
  SampleRandom(seed, "order of the questions", 0).shuffle(questions_);
}

std::vector<Subset> EmbeddedQaTask::subsets() const {
  return length_subsets(params_.lengths, params_.samples, params_.limit);
}

Sample EmbeddedQaTask::sample(const Subset& subset, int64_t index, const CountTokens& count) const {
  const int64_t length = subset_length(subset);
  const Question asked = questions_[index % questions_.size()];
  const Article& gold = articles()[asked.article];
  const QuestionAnswer& pair = gold.questions[asked.question];

  std::vector<const Article*> others;
  for (const Article& article : articles()) {
    if (&article != &gold) others.push_back(&article);
  }
  SampleRandom(seed_, subset.name, index).shuffle(others);
  const Haystack haystack = article_haystack(others, static_cast<size_t>(length) * 12);
  const Insertion inserted{fmt::format("{}\n\n{}", gold.title, gold.text), spread_share(index)};
  const auto message = [&](size_t units) {
    return fmt::format(
        "Read the following articles and answer the question below them.\n\n{}\n\nQuestion: {} "
        "Answer with a few words from the article.",
        compose(haystack, units, {&inserted, 1}), pair.question);
  };
  const std::optional<size_t> units = fit_units(length, haystack.cuts.size(), message, count);
  if (!units) {
    throw InputError(fmt::format(
        "task embedded_qa, lengths: {} tokens do not hold the article '{}' and its question, which "
        "take {}",
        length, gold.name, count(message(0))));
  }
  Sample sample;
  sample.id = std::to_string(index);
  sample.message = message(*units);
  sample.answer_prefix = "Answer:";
  sample.answers = {std::string(pair.answer)};
  sample.use_chat_template = params_.chat;
  sample.max_new_tokens = params_.max_new_tokens;
  sample.stop_at_newline = true;
  return sample;
}

std::vector<std::string> EmbeddedQaTask::metrics() const {
  return {"qa_f1", "contains_answer"};
}

std::vector<MetricValue> EmbeddedQaTask::score(const Sample& sample,
                                               std::string_view prediction) const {
  return {score_metric("qa_f1", prediction, sample.answers),
          score_metric("contains_answer", prediction, sample.answers)};
}

std::string EmbeddedQaTask::data_hash() const {
  constexpr int64_t kAllArticles = 16384;  // a length at which the sample holds every article
  const Subset probe{std::to_string(kAllArticles), 1, 1};
  return generated_data_hash("embedded_qa", write_parameters(params_),
                             {"lengths", "samples", "limit"}, seed_,
                             sample(probe, 0, count_quarter_bytes));
}

}  // namespace skipbench
