// Tells how long a thread has computed, which other programs of a busy machine do not lengthen as they do the time of a clock.
import Glibc

public enum ProcessorTime {
  /// What the calling thread has used so far (`CLOCK_THREAD_CPUTIME_ID` of clock_gettime(2)).
  public static var ofThread: Duration {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }

  /// What the calling thread uses for some work.
  public static func measure(_ work: () -> Void) -> Duration {
    let start = ofThread
    work()
    return ofThread - start
  }
}
