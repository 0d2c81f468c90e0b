// Says when the program that has started this one is gone.
import Basics
import Glibc

/// Watches the other end of standard input. It is asked now and then, since a blocking read would take one of the few
/// threads that Swift's tasks share; nothing is ever read, so what the parent writes does not matter.
public enum ParentWatch {
  static let interval = Duration.milliseconds(100)

  /// Waits until the other end of standard input is closed.
  /// - Returns: false when the wait was cancelled.
  public static func isGone(by clock: some MonotonicClock) async -> Bool {
    while !isClosed(STDIN_FILENO) {
      do { try await clock.sleep(for: interval) } catch { return false }
    }
    return true
  }

  /// True for a pipe or socket whose other end is closed, and for a descriptor that is not open. Files and `/dev/null`
  /// have no other end (poll(2)).
  static func isClosed(_ descriptor: Int32) -> Bool {
    // POLLRDHUP: a socket pair of which the other side said that it will not write any more.
    let peerShutDown: Int16 = 0x2000
    var query = pollfd(fd: descriptor, events: peerShutDown, revents: 0)
    guard poll(&query, 1, 0) == 1 else { return false }
    return query.revents & (Int16(POLLHUP | POLLERR | POLLNVAL) | peerShutDown) != 0
  }
}
