// The one thread on which all voices work: espeak-ng has global state, and the caller's thread has frames to send.
import Foundation
import Synchronization

/// Does one piece of work after another, away from the caller's thread.
final class SpeechQueue: Sendable {
  /// The only one, as there is only one espeak-ng in a process.
  static let shared = SpeechQueue()

  /// How much the thread gives way (setpriority(2), 0 to 19): a talk that begins a little later is a slower vendor, a
  /// picture that comes too late is a flaw.
  private static let niceness: Int32 = 10

  /// The first one is being done.
  private let jobs = Mutex<[@Sendable () -> Void]>([])
  private let added = DispatchSemaphore(value: 0)

  init() {
    let thread = Thread { [self] in
      // On Linux a priority is a thread's own. Where it cannot be changed, the thread works all the same.
      _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Self.niceness)
      while true {
        added.wait()
        jobs.withLock { $0[0] }()
      }
    }
    thread.name = "speech"
    thread.start()
  }

  /// Runs `work` when its turn comes. Cancelling the calling task tells the work so.
  func run<Value: Sendable>(
    _ work: @escaping @Sendable (Cancellation) throws(SpeechError) -> Value
  ) async throws(SpeechError) -> Value {
    let cancellation = Cancellation()
    let result: Result<Value, SpeechError> = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let hasRoom = jobs.withLock { jobs in
          guard jobs.count < SpeechLimits.waiting else { return false }
          jobs.append { [self] in
            let result = Self.result(of: work, cancellation)
            // Off the list before its caller goes on, who may want the place.
            self.jobs.withLock { _ = $0.removeFirst() }
            continuation.resume(returning: result)
          }
          return true
        }
        guard hasRoom else { return continuation.resume(returning: .failure(SpeechError(.overloaded))) }
        added.signal()
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
