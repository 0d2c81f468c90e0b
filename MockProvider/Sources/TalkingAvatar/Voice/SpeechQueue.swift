// The one thread on which all voices work: espeak-ng has global state, and the caller's thread has frames to send.
import Dispatch
import Synchronization

/// Does one piece of work after another, away from the caller's thread.
final class SpeechQueue: Sendable {
  /// The only one, as there is only one espeak-ng in a process.
  static let shared = SpeechQueue()

  private let queue = DispatchQueue(label: "avatar-relay.speech", qos: .userInitiated)
  private let waiting = Mutex(0)

  /// Runs `work` when its turn comes. Cancelling the calling task tells the work so.
  func run<Value: Sendable>(
    _ work: @escaping @Sendable (Cancellation) throws(SpeechError) -> Value
  ) async throws(SpeechError) -> Value {
    let isFull = waiting.withLock { count in
      if count >= SpeechLimits.waiting { return true }
      count += 1
      return false
    }
    if isFull { throw SpeechError(.overloaded) }
    let cancellation = Cancellation()
    let result: Result<Value, SpeechError> = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        queue.async {
          let result = Self.result(of: work, cancellation)
          self.waiting.withLock { $0 -= 1 }
          continuation.resume(returning: result)
        }
      }
    } onCancel: {
      cancellation.cancel()
    }
    return try result.get()
  }

  private static func result<Value>(
    of work: (Cancellation) throws(SpeechError) -> Value, _ cancellation: Cancellation
  ) -> Result<Value, SpeechError> {
    do throws(SpeechError) {
      try cancellation.check()
      return .success(try work(cancellation))
    } catch {
      return .failure(error)
    }
  }
}
