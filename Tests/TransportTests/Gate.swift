// Where threads of a scripted server wait for each other.
import Foundation

/// Holds each thread that comes to it until so many have come, and stays open then.
final class Gate: @unchecked Sendable {
  private let changed = NSCondition()
  private var missing: Int

  init(opensAt count: Int) { missing = count }

  func pass() {
    changed.lock()
    defer { changed.unlock() }
    missing -= 1
    changed.broadcast()
    while missing > 0 { changed.wait() }
  }
}
