// How much processor time a loop has used.
import Glibc

@testable import Transport

extension EventLoop {
  /// The processor time of the loop's thread.
  func threadTime() async -> Duration {
    await perform {
      var time = timespec()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
      return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
  }
}
