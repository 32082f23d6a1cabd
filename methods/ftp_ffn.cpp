#include <ATen/ATen.h>

#include "kernels/model/layer_context.h"
#include "methods/interface/entry.h"
#include "methods/selection/attention_scores.h"
#include "methods/selection/parameter_checks.h"
#include "methods/selection/select_top.h"
#include "methods/sparse/cumulative_shares.h"

namespace skipbench {

/// Parameters of FTP's FFN skipping (OpenReview fL8Zp8o6RL).
struct FtpFfnParameters {
  int64_t full_layers = 10;
  double eta = 1.0;
  int64_t window = 50;
  int64_t first = 100;
  int64_t last = 50;

  template <class Visitor>
  void visit(Visitor& v) {
    constexpr std::string_view kSource = "OpenReview fL8Zp8o6RL, a note on the paper";
    constexpr std::string_view kForced =
        "OpenReview fL8Zp8o6RL, a note on the paper; on top of eta: inferred";
    v("full_layers", full_layers,
      Field{.help = "leading layers whose FFN runs for all (F)", .source = kSource, .low = 0});
    v("eta", eta,
      Field{.help = "the tokens with the highest scores run the FFN, as few as hold this share of "
                    "all scores; 1: every token",
            .source = kSource,
            .low = 0,
            .high = 1,
            .required = true});
    v("window", window,
      Field{.help = "last living tokens whose attention scores the others",
            .source = kSource,
            .low = 1});
    v("first", first,
      Field{.help = "so many first tokens run the FFN on top", .source = kForced, .low = 0});
    v("last", last,
      Field{.help = "so many last tokens run the FFN on top", .source = kForced, .low = 1});
  }

  void check_fits(const ModelConfig& config) const {
    require_layer("full_layers", full_layers, config);
  }
  void select_everything() { eta = 1.0; }
};

namespace {

/// FTP, OpenReview fL8Zp8o6RL: attention runs for all tokens; from a layer on, the FFN runs for the
/// smallest set of tokens that holds the share eta of the last tokens' attention.
class FtpFfn : public RunOf<FtpFfn> {
 public:
  explicit FtpFfn(const RunInputs<FtpFfnParameters>& inputs) : p_(inputs.parameters) {}

  TokenRows lives(LayerContext& layer, Point point) override {
    if (point == Point::kAfterAttention && skips(layer)) {
      scores_ = attention_scores(layer, layer.seen(), p_.window);
    }
    return TokenRows::all(layer.live());
  }

  FfnRows ffn(LayerContext& layer) override {
    if (!skips(layer)) return {TokenRows::all(layer.live())};
    const at::Tensor covered = cumulative_shares(scores_, /*highest_first=*/true);  // [T]
    // How many tokens it takes depends on the scores: one wait per layer for the count, one for the
    // forced tokens that are not among them.
    const int64_t count = covered.lt(p_.eta).sum().item<int64_t>() + 1;
    return {select_top(scores_, count, layer.live(), forced_)};
  }

 private:
  bool skips(const LayerContext& layer) const {
    return layer.layer() >= p_.full_layers && p_.eta < 1 && layer.live() > p_.first + p_.last;
  }

  const FtpFfnParameters& p_;
  ForcedTokens forced_{.protect_first = p_.first, .protect_last = p_.last, .force = "union"};
  at::Tensor scores_;  // [T] s_n: attention of the last tokens
};

}  // namespace

MethodEntry ftp_ffn_method() {
  return method_entry<FtpFfnParameters, FtpFfn>(
      {.name = "ftp_ffn",
       .summary = "FTP's FFN skipping: the FFN runs for the fewest tokens that hold most of the "
                  "last tokens' attention (not the trained router FTP)",
       .paper = "OpenReview fL8Zp8o6RL",
       .fate = "skipped tokens pass the FFN by on the residual; all supply K/V",
       .decides = {Decision::kFfnRows},
       .small = R"({"full_layers": 2, "eta": 0.5, "window": 8, "first": 4, "last": 8})"});
}

}  // namespace skipbench
