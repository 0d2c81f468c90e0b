// What o'clock it is, for a picture that tells when it was sent.
import Glibc

/// The system's clock, as programs give it to a mock.
enum WallClock {
  /// Milliseconds since 1970.
  static let milliseconds: @Sendable () -> UInt64 = {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return UInt64(time.tv_sec) * 1000 + UInt64(time.tv_nsec) / 1_000_000
  }
}
