#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace skipbench {

/// What time is spent on. kGraph is a decode step that replays a CUDA graph: its operations cannot
/// be told apart.
enum class OpGroup { kGemm, kAttention, kProbe, kSelect, kGather, kNorm, kOther, kGraph };
inline constexpr int kOpGroups = 8;
std::string_view op_group_name(OpGroup group);

/// Time by layer and group of operations, from the moment it is switched on until it is read:
/// device time between CUDA events on a GPU (gaps in which the device waits for the host included),
/// wall clock on the CPU. Two events an operation cost some microseconds: a profiled run is not one
/// whose TTFT is reported.
class Profile {
 public:
  explicit Profile(at::Device device);
  ~Profile();
  Profile(const Profile&) = delete;
  Profile& operator=(const Profile&) = delete;

  struct Entry {
    int64_t layer;  // -1: outside the layers
    OpGroup group;
    double milliseconds;
    int64_t operations;

    friend bool operator==(const Entry&, const Entry&) = default;
  };
  /// What was met, by layer, then group. Waits for the device.
  std::vector<Entry> entries() const;

 private:
  friend class ProfileScope;
  friend class ProfiledLayer;
  friend class ProfileSwitch;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// While it lives, operations of this thread are timed by the profile.
class ProfileSwitch {
 public:
  explicit ProfileSwitch(Profile& profile);
  ~ProfileSwitch();
  ProfileSwitch(const ProfileSwitch&) = delete;
  ProfileSwitch& operator=(const ProfileSwitch&) = delete;
};

/// While it lives, what is timed belongs to the layer.
class ProfiledLayer {
 public:
  explicit ProfiledLayer(int64_t layer);
  ~ProfiledLayer();
  ProfiledLayer(const ProfiledLayer&) = delete;
  ProfiledLayer& operator=(const ProfiledLayer&) = delete;
};

/// One operation of a group. Of scopes inside each other only the outermost counts: a product made
/// by a probe is time of the probe. Costs nothing while no profile is switched on.
class ProfileScope {
 public:
  explicit ProfileScope(OpGroup group);
  ~ProfileScope();
  ProfileScope(const ProfileScope&) = delete;
  ProfileScope& operator=(const ProfileScope&) = delete;

 private:
  bool timed_;
};

}  // namespace skipbench
