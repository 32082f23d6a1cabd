#include "harness/calibrate/artefact_hash.h"

#include "harness/base/sha256.h"
#include "harness/machine/build_info.h"
#include "harness/sources/row_code.h"

namespace skipbench {

std::string artefact_hash(const Method& method, std::string_view method_name,
                          const CheckpointInfo& model, std::string_view dtype,
                          const CalibrationTexts& texts) {
  const Json key = method.artefact_key();
  if (key.is_null()) return "";
  const std::string_view learner = method.learner().empty() ? method_name : method.learner();
  return sha256_hex(Json{{"method", learner},
                         {"key", key},
                         {"model", model.hash},
                         {"dtype", dtype},
                         {"texts", texts.hash},
                         {"code", calibration_code(source_hashes(), learner, model.format)}}
                        .dump());
}

}  // namespace skipbench
