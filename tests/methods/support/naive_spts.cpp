#include "tests/methods/support/naive_spts.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "tests/methods/support/tiny_model.h"

namespace skipbench::test {
namespace {

int64_t tokens_of(const Json& budget, int64_t n) {
  if (budget.is_number_integer()) return budget.get<int64_t>();
  return static_cast<int64_t>(std::floor(budget.get<double>() * static_cast<double>(n)));
}

// Which stage a layer is in: -1 full, 0.. stages, the number of stages behind the last one.
int64_t stage_of(const Json& params, int64_t layer) {
  if (layer < params.at("full_layers")) return -1;
  int64_t stage = 0;
  for (const int64_t end : params.at("stage_ends")) stage += layer > end ? 1 : 0;
  return stage;
}

int64_t budget_of(const Json& params, const Json& budgets, const Json& final_budget, int64_t layer,
                  int64_t n) {
  const int64_t stage = stage_of(params, layer);
  const auto stages = static_cast<int64_t>(params.at("stage_ends").size());
  if (stage < 0) return n;
  if (stage < stages) return tokens_of(budgets[stage], n);
  if (!final_budget.is_null()) return tokens_of(final_budget, n);
  return tokens_of(budgets[stages - 1], n) - tokens_of(params.at("prune_step"), n);
}

// The low-rank proxy of one FFN, learned from the texts with the full model.
struct NaiveProxy {
  at::Tensor gate, up, down;  // the approximated matrices [D, d_low], [D, d_low], [d_low, D]
};

at::Tensor approximated(const at::Tensor& matrix, int64_t rank) {
  const auto [u, s, vh] = at::linalg_svd(matrix, false);
  return u.narrow(1, 0, rank).matmul(s.narrow(0, 0, rank).diag()).matmul(vh.narrow(0, 0, rank));
}

std::vector<NaiveProxy> naive_proxies(const Model& model, const Json& params) {
  const int64_t layers = model.config.layers, width = model.config.ffn_width;
  std::vector<std::vector<at::Tensor>> inputs(layers);  // FFN inputs, by layer
  for (const auto& text : tiny_texts()) {
    Prompt prompt{.tokens = text};
    at::Tensor x = naive_embedding(model, prompt);
    for (int64_t l = 0; l < layers; ++l) {
      const NaiveLayer layer(model, l, x);
      x = x + layer.attention(all_positions(prompt.length()));
      inputs[l].push_back(layer.ffn_input(x));
      x = x + layer.ffn(x);
    }
  }
  const int64_t d_low = params.at("d_low"), rank = params.at("rank");
  std::vector<NaiveProxy> proxies;
  for (int64_t l = 0; l < layers; ++l) {
    const LayerWeights& w = model.weights.layers[l];
    const at::Tensor gate = w.gate_up.narrow(0, 0, width).to(at::kDouble).t();    // [D, F]
    const at::Tensor up = w.gate_up.narrow(0, width, width).to(at::kDouble).t();  // [D, F]
    const at::Tensor down = w.down.to(at::kDouble).t();                           // [F, D]
    const at::Tensor x = at::cat(inputs[l]);
    const at::Tensor z = (at::silu(x.matmul(gate)) * x.matmul(up)).abs();  // [G, F]
    const int64_t top =
        std::max<int64_t>(1, static_cast<int64_t>(params.at("top_rho").get<double>() * z.size(0)));
    std::vector<std::pair<double, int64_t>> importance;  // negated, so that sorting puts it first
    const at::Tensor sorted = std::get<0>(z.sort(0, true));
    for (int64_t j = 0; j < width; ++j) {
      importance.emplace_back(-sorted.select(1, j).narrow(0, 0, top).mean().item<double>(), j);
    }
    std::sort(importance.begin(), importance.end());
    std::vector<int64_t> kept;
    for (int64_t j = 0; j < d_low; ++j) kept.push_back(importance[j].second);
    const at::Tensor channels = at::tensor(kept);
    proxies.push_back({approximated(gate.index_select(1, channels), rank),
                       approximated(up.index_select(1, channels), rank),
                       approximated(down.index_select(0, channels), rank)});
  }
  return proxies;
}

std::vector<double> predicted(const NaiveProxy& proxy, const at::Tensor& x) {
  return norms((at::silu(x.matmul(proxy.gate)) * x.matmul(proxy.up)).matmul(proxy.down));
}

std::vector<double> times(std::vector<double> a, const std::vector<double>& b) {
  for (size_t i = 0; i < a.size(); ++i) a[i] *= b[i];
  return a;
}

struct FfnState {
  const NaiveLayer& layer;
  const at::Tensor& x;           // residual stream after attention, [N, D]
  const at::Tensor& change;      // attention output of the updated tokens, 0 elsewhere
  const std::vector<double>& s;  // [N]
  const Positions& live;
  int64_t count;
};

std::vector<double> ffn_score(const std::string& criterion, const FfnState& at_ffn,
                              const NaiveProxy* proxy) {
  const auto input = [&] { return at_ffn.layer.ffn_input(at_ffn.x); };
  if (criterion == "ltp") return times(predicted(*proxy, input()), at_ffn.s);
  if (criterion == "ltp-unweighted") return predicted(*proxy, input());
  if (criterion == "attention") return at_ffn.s;
  if (criterion == "hnorm") return norms(at_ffn.x);
  if (criterion == "oracle") return times(norms(at_ffn.layer.ffn(at_ffn.x)), at_ffn.s);
  if (criterion == "oracle-unweighted") return norms(at_ffn.layer.ffn(at_ffn.x));
  if (criterion == "delta") return norms(at_ffn.change);
  std::vector<double> scores(at_ffn.x.size(0), 0.0);
  const auto& live = at_ffn.live;
  if (criterion == "hnorm-inv") {
    const auto size = norms(at_ffn.x);
    for (const int64_t p : live) scores[p] = -size[p];
  } else if (criterion == "fixed-recency") {
    for (const int64_t p : live) scores[p] = static_cast<double>(p);
  } else if (criterion == "fixed-stride") {
    for (int64_t i = 0; i < at_ffn.count; ++i)
      scores[live[i * std::ssize(live) / at_ffn.count]] = 1;
  } else {
    throw std::logic_error("no reference for " + criterion);
  }
  return scores;
}

}  // namespace

Positions naive_select(const std::vector<double>& scores, const Positions& live, int64_t count,
                       const Json& params) {
  const int64_t size = std::ssize(live), first = params.at("protect_first");
  count = std::clamp<int64_t>(count, 1, size);
  std::set<int64_t> forced;
  for (int64_t i = 0; i < size; ++i) {
    const bool protect_last = i >= size - params.at("protect_last").get<int64_t>();
    if (i < first || protect_last) forced.insert(live[i]);
  }
  Positions by_score = live;
  std::stable_sort(by_score.begin(), by_score.end(),
                   [&](int64_t a, int64_t b) { return scores[a] > scores[b]; });
  const bool inside = params.at("force") == "inside";
  std::set<int64_t> chosen = inside ? forced : std::set<int64_t>{};
  for (const int64_t position : by_score) {
    if (std::ssize(chosen) >= count) break;
    chosen.insert(position);
  }
  chosen.insert(forced.begin(), forced.end());
  return {chosen.begin(), chosen.end()};
}

Outcome naive_spts(const Model& model, const Prompt& prompt, const Json& p,
                   const std::vector<Positions>& drawn, const NaiveChosenCache& cache,
                   const NaiveAttention& own_attention) {
  const int64_t n = prompt.length(), layers = model.config.layers;
  const std::string criterion = p.at("ffn_criterion");
  const bool pap = p.at("pap"), ltp = p.at("ltp"), msdp = p.at("msdp"), delayed = p.at("delayed");
  std::vector<NaiveProxy> proxies;
  if (ltp && criterion.starts_with("ltp")) proxies = naive_proxies(model, p);
  Json ffn_budgets = p.at("ffn_budgets"), ffn_final = nullptr;
  if (ffn_budgets.is_null()) {
    ffn_budgets = p.at("budgets");
    ffn_final = p.at("final_budget");
  } else if (ffn_budgets.size() > p.at("budgets").size()) {
    ffn_final = ffn_budgets.back();
  }

  Outcome outcome;
  at::Tensor x = naive_embedding(model, prompt);
  Positions live = all_positions(n);
  std::vector<double> before;  // the layer before's S
  for (int64_t l = 0; l < layers; ++l) {
    const NaiveLayer layer(model, l, x);
    LayerOutcome did;
    const auto own = layer.probe(live, p.at("probe_queries"));
    const auto s = p.at("probe_layer") == "previous" && l > 0 ? before : own;
    before = own;

    const int64_t m = budget_of(p, p.at("budgets"), p.at("final_budget"), l, n);
    did.attention = pap ? naive_select(s, live, m, p) : live;
    did.cached = p.at("visible") == "active" ? did.attention : live;
    const bool all_attend = did.attention == live;
    const at::Tensor attention =
        own_attention && all_attend ? own_attention(layer, l, live) : layer.attention(did.cached);
    if (cache) set_cached(did, cache(layer, did.cached, did.attention));
    at::Tensor change = at::zeros_like(x);
    add_rows(change, did.attention, attention);
    x = x + change;
    if (msdp && !delayed) live = did.attention;

    const int64_t m_ffn = budget_of(p, ffn_budgets, ffn_final, l, n);
    did.ffn = live;
    if (ltp && m_ffn < std::ssize(live)) {
      if (criterion == "random") {
        did.ffn = drawn.at(l);
      } else {
        const FfnState state{layer, x, change, s, live, std::max<int64_t>(1, m_ffn)};
        did.ffn = naive_select(ffn_score(criterion, state, proxies.empty() ? nullptr : &proxies[l]),
                               live, m_ffn, p);
      }
    }
    add_rows(x, did.ffn, layer.ffn(x).clone());
    if (msdp && !delayed) live = did.ffn;

    const Json& ends = p.at("stage_ends");
    if (msdp && std::find(ends.begin(), ends.end(), l) != ends.end()) {
      const int64_t base = p.at("shrink") == "budget" ? m : std::ssize(live);
      live = naive_select(s, live, base - tokens_of(p.at("prune_step"), n), p);
    }
    did.alive_after = live;
    outcome.layers.push_back(did);
  }
  outcome.logits = naive_logits(model, x);
  return outcome;
}

}  // namespace skipbench::test
