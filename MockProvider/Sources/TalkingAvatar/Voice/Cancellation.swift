// Tells work on another thread that nobody waits for it any more.
import Synchronization

/// Set once, by whoever gave up; read by the work.
final class Cancellation: Sendable {
  private let flag = Atomic(false)

  var isCancelled: Bool { flag.load(ordering: .relaxed) }

  func cancel() { flag.store(true, ordering: .relaxed) }

  /// - Throws: `.cancelled` once it is.
  func check() throws(SpeechError) {
    if isCancelled { throw SpeechError(.cancelled) }
  }
}
