// The one thread of the voices: in order, bounded, and given up when nobody waits.
import Synchronization
import Testing

@testable import TalkingAvatar

@Suite struct VoiceQueueTests {
  /// Holds the work until it is opened, and counts what went through.
  private final class Gate: Sendable {
    private let state = Mutex((isOpen: false, passed: 0))

    var passed: Int { state.withLock { $0.passed } }

    func open() { state.withLock { $0.isOpen = true } }

    func pass() {
      while !state.withLock({ $0.isOpen }) {}
      state.withLock { $0.passed += 1 }
    }
  }

  @Test func moreThanTheBoundIsRefusedAndTheRestIsDone() async throws {
    let queue = SpeechQueue()
    let gate = Gate()
    let done = await withTaskGroup(of: Bool.self) { group in
      for _ in 0...SpeechLimits.waiting {
        group.addTask {
          do throws(SpeechError) {
            try await queue.run { (_) throws(SpeechError) in gate.pass() }
            return true
          } catch {
            // Nothing passes until one too many was refused.
            #expect(error == SpeechError(.overloaded) && error.isRetryable)
            gate.open()
            return false
          }
        }
      }
      return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    #expect(done == SpeechLimits.waiting && gate.passed == SpeechLimits.waiting)
    // There is room again.
    #expect(try await queue.run { (_) throws(SpeechError) in 7 } == 7)
  }

  @Test func workLearnsThatNobodyWaits() async throws {
    let queue = SpeechQueue()
    let (started, hasStarted) = AsyncStream.makeStream(of: Void.self)
    let task = Task {
      try await queue.run { (cancellation) throws(SpeechError) -> Int in
        hasStarted.finish()
        while true { try cancellation.check() }
      }
    }
    for await _ in started {}
    task.cancel()
    await #expect(throws: SpeechError(.cancelled)) { try await task.value }
  }

  @Test func errorsHoldNoWordOfTheText() {
    for code: SpeechError.Code in [
      .textTooLong, .speechTooLong, .audio(.empty), .overloaded, .cancelled, .voiceUnavailable,
    ] {
      #expect(!SpeechError(code).description.isEmpty)
    }
    #expect(SpeechError(.audio(.otherFormat(name: "MP3"))).description.contains("MP3 is not supported"))
  }
}
