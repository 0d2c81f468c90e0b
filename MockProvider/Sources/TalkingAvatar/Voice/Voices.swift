// Chooses among the voices of this machine, and runs them on the one thread that they share.
import Foundation
import Synchronization

/// Finds a voice.
public enum Voices {
  /// espeak-ng where it can be loaded, the built-in voice otherwise. The first call loads the library, which takes some
  /// milliseconds.
  public static func best() -> any Voice { EspeakVoice.load() ?? BuiltInVoice() as any Voice }

  /// The voice that was asked for.
  /// - Throws: `.voiceUnavailable` where espeak-ng was asked for and cannot be loaded.
  public static func voice(_ choice: VoiceChoice) throws(SpeechError) -> any Voice {
    switch choice {
    case .automatic: return best()
    case .builtIn: return BuiltInVoice()
    case .espeak:
      guard let voice = EspeakVoice.load() else { throw SpeechError(.voiceUnavailable) }
      return voice
    }
  }
}

/// Turns an utterance into sound, and into what a mouth and captions do meanwhile.
public protocol Voice: Sendable {
  /// What it is, for the line that a program prints at start: `espeak-ng 1.51`, `built-in`.
  var name: String { get }

  /// Makes the sound of an utterance. The work is done on a thread of the voices' own, never on the caller's.
  ///
  /// Cancelling the calling task ends the work soon and throws `.cancelled`. The same utterance sounds the same, but
  /// only ``BuiltInVoice`` repeats it to the sample: espeak-ng's differs by up to some milliseconds.
  func speak(_ utterance: Utterance) async throws(SpeechError) -> Speech
}

/// The values of `--voice`.
public enum VoiceChoice: String, Sendable, CaseIterable {
  /// espeak-ng where it can be loaded, the built-in voice otherwise.
  case automatic = "auto"
  /// espeak-ng, and an error where it cannot be loaded.
  case espeak = "espeak-ng"
  /// The voice that needs no library.
  case builtIn = "built-in"
}

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
