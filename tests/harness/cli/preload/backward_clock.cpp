// Preloaded into the program: the wall clock goes back by a minute whenever it is read, as it does
// when somebody sets it. Clocks that only measure stay right.
#include <dlfcn.h>
#include <sys/time.h>
#include <time.h>

#include <atomic>

namespace {

std::atomic<long> minutes_back{0};

void put_back(time_t& seconds) {
  seconds -= 60 * ++minutes_back;
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* now) noexcept {
  static const auto real =
      reinterpret_cast<int (*)(clockid_t, timespec*)>(dlsym(RTLD_NEXT, "clock_gettime"));
  const int result = real(clock, now);
  if (clock == CLOCK_REALTIME) put_back(now->tv_sec);
  return result;
}

extern "C" int gettimeofday(timeval* now, void* zone) noexcept {
  static const auto real =
      reinterpret_cast<int (*)(timeval*, void*)>(dlsym(RTLD_NEXT, "gettimeofday"));
  const int result = real(now, zone);
  put_back(now->tv_sec);
  return result;
}

extern "C" time_t time(time_t* result) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (result != nullptr) *result = now.tv_sec;
  return now.tv_sec;
}
