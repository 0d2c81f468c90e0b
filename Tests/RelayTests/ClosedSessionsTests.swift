// The bounds of what is kept of closed sessions.
import Signaling
import Testing
import Timekeeping

@testable import Relay

@Suite struct ClosedSessionsTests {
  private let connection = ConnectionID(1)

  private func record(answers count: Int = 0) -> ClosedSessions.Record {
    var memory = AnswerMemory(maximumCount: 256, maximumBytes: 256 * 1024)
    for value in 1..<(count + 1) {
      let id = RequestID(Int64(value))
      _ = memory.admit(Request(id: id, call: .extend(session: SessionID(rawValue: "s"))))
      memory.answered(id, with: .result(id, .empty))
    }
    return ClosedSessions.Record(
      connection, .idle, .settled(.sample), owner: nil, answers: memory, endedAt: .zero)
  }

  private func session(_ value: Int) -> SessionID { SessionID(rawValue: "s\(value)") }

  @Test("So many are remembered, and for so long")
  func count() {
    var closed = ClosedSessions(maximumCount: 3, maximumAnswerBytes: 100_000, time: .seconds(10))
    for value in 1...10 { closed.insert(session(value), record()) }
    closed.insert(session(10), record())
    #expect(closed.count == 3)
    #expect(closed.record(of: session(7), at: .zero) == nil)
    for value in 8...10 { #expect(closed.record(of: session(value), at: .zero)?.reason == .idle) }
    let end = MonotonicInstant.zero.advanced(by: .seconds(10))
    #expect(closed.record(of: session(10), at: end) != nil)
    #expect(closed.record(of: session(10), at: end.advanced(by: .milliseconds(1))) == nil)
  }

  @Test("Their answers take so much room; those of the oldest go first, and the reason stays", arguments: [3, 8])
  func answerBytes(maximumCount: Int) {
    var closed = ClosedSessions(maximumCount: maximumCount, maximumAnswerBytes: 1500, time: .seconds(10))
    // 128 bytes an answer.
    for value in 1...100 {
      closed.insert(session(value), record(answers: 4))
      #expect(closed.answerBytes <= 1500)
      #expect(closed.count == min(value, maximumCount))
    }
    #expect(closed.record(of: session(100), at: .zero)?.answers?.count == 4)
    #expect(closed.record(of: session(99), at: .zero)?.answers?.count == 4)
    #expect(closed.record(of: session(98), at: .zero)?.answers == nil)
    #expect(closed.record(of: session(98), at: .zero)?.reason == .idle)
    #expect(closed.answerBytes == 1024)
  }

  @Test("It is the connection's that asked last")
  func move() {
    var closed = ClosedSessions(maximumCount: 3, maximumAnswerBytes: 1500, time: .seconds(10))
    closed.insert(session(1), record())
    closed.move(session(1), to: ConnectionID(2), by: RequestID(1))
    #expect(closed.record(of: session(1), at: .zero)?.connection == ConnectionID(2))
    closed.move(session(2), to: ConnectionID(2), by: RequestID(1))
    #expect(closed.record(of: session(2), at: .zero) == nil)
  }
}
