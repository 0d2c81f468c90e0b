// Checks the bounded memories on their own: events, answers, closed sessions.
import AvatarProvider
import Basics
import SessionValues
import Signaling
import TestSupport
import Testing

@testable import Relay

@Suite struct EventBufferTests {
  @Test("So many events are kept, and a gap is seen")
  func count() {
    var buffer = EventBuffer(maximumCount: 3, maximumBytes: 10_000)
    #expect(buffer.events(after: 0)?.isEmpty == true)
    for seq in 1...5 { #expect(buffer.append(.state(.live)) == Int64(seq)) }
    #expect(buffer.count == 3)
    #expect(buffer.events(after: 1) == nil)
    #expect(buffer.events(after: 2)?.map(\.seq) == [3, 4, 5])
    #expect(buffer.events(after: 5)?.isEmpty == true)
    #expect(buffer.events(after: 6) == nil)
    #expect(buffer.events(after: .max) == nil)
  }

  @Test("A ring holds what an array would, however often it goes round and grows")
  func ring() {
    var random = SplitMix(seed: 1)
    var ring = Ring<Int>()
    var array: [Int] = []
    for value in 0..<10_000 {
      if array.isEmpty || Int.random(in: 0..<200, using: &random) < 100 + (value / 2000) % 2 * 20 {
        ring.append(value)
        array.append(value)
      } else {
        #expect(ring.removeFirst() == array.removeFirst())
      }
      #expect(ring.count == array.count && ring.isEmpty == array.isEmpty)
    }
    #expect(array.count > 50)
    #expect(ring.suffix(ring.count) == array && ring.suffix(3) == Array(array.suffix(3)))
    #expect(array.indices.allSatisfy { ring[$0] == array[$0] })
  }

  @Test("So many bytes are kept, whatever one event takes")
  func bytes() {
    var buffer = EventBuffer(maximumCount: 100, maximumBytes: 1000)
    for _ in 1...5 { _ = buffer.append(.candidate(.sample(String(repeating: "c", count: 200)))) }
    #expect(buffer.bytes <= 1000)
    #expect(buffer.events(after: 2)?.map(\.seq) == [3, 4, 5])
    #expect(buffer.events(after: 1) == nil)
    _ = buffer.append(.candidate(.sample(String(repeating: "c", count: 2000))))
    #expect(buffer.count == 0)
    #expect(buffer.bytes == 0)
    #expect(buffer.events(after: 5) == nil)
    #expect(buffer.events(after: 6)?.isEmpty == true)
  }

  @Test("Inherited numbers are not trusted until the client said how far it came")
  func inherited() {
    var buffer = EventBuffer(maximumCount: 10, maximumBytes: 10_000, inheriting: 5)
    #expect(buffer.append(.state(.closing)) == 6)
    #expect(buffer.events(after: 5) == nil)
    buffer.skip(to: 9)
    #expect(buffer.lastSeq == 9)
    #expect(buffer.events(after: 6) == nil)
    #expect(buffer.append(.state(.closed)) == 10)
    #expect(buffer.events(after: 9)?.map(\.seq) == [10])
    buffer.skip(to: 3)
    #expect(buffer.lastSeq == 10)
  }
}

@Suite struct QueueTests {
  private func id(_ value: Int) -> RequestID { RequestID(Int64(value)) }

  @Test("Answers are bounded in number and in bytes, the oldest forgotten first")
  func answerMemory() {
    var memory = AnswerMemory(maximumCount: 256, maximumBytes: 256 * 1024)
    func pass(_ ids: ClosedRange<Int>, _ bytes: Int) {
      for value in ids {
        let call = Call.speak(session: SessionID(rawValue: "s"), .text("\(value)"), options: [:])
        #expect(memory.admit(Request(id: id(value), call: call)) == .fresh)
        let answer = SessionDescription(kind: .answer, sdp: String(repeating: "a", count: bytes))
        memory.answered(id(value), with: .result(id(value), .described(answer)))
      }
    }
    pass(1...1000, 10)
    #expect(memory.count == 256)
    pass(1001...2000, 10_000)
    #expect(memory.count == 25)
    #expect(memory.bytes <= 256 * 1024)
    pass(2001...2001, 300 * 1024)
    #expect(memory.count == 0)
    #expect(memory.bytes == 0)
    #expect(memory.runningCount == 0)
  }

  @Test("Requests are the same where their bytes are: what only looks the same is another one")
  func exactness() {
    let (composed, decomposed) = ("\u{e9}", "e\u{301}")
    let session = SessionID(rawValue: "s")
    func both(_ call: (String) -> Call) -> [Call] { [call(composed), call(decomposed)] }
    let pairs = [
      both { .open(provider: $0, avatar: nil, options: [:]) }, both { .open(provider: "p", avatar: $0, options: [:]) },
      both { .open(provider: "p", avatar: nil, options: [$0: 1]) },
      both { .open(provider: "p", avatar: nil, options: ["a": [.string($0)]]) },
      both { .interrupt(session: session, talk: $0) }, both { .report(session: session, .dataChannelMessage($0)) },
      both { .speak(session: session, .text($0), options: [:]) }, both { .authorize(JoinToken(value: $0)) },
      both { .candidate(session: session, IceCandidate(candidate: "c", sdpMid: $0, sdpMLineIndex: nil)) },
      both { .answer(session: session, SessionDescription(kind: .answer, sdp: $0)) },
      both { .close(session: SessionID(rawValue: $0)) },
      both { .resume(session: session, secret: ResumeSecret(value: $0), lastSeq: 0) },
    ]
    for (number, pair) in pairs.enumerated() {
      var memory = AnswerMemory(maximumCount: 10, maximumBytes: 10_000)
      let id = RequestID(1)
      #expect(memory.admit(Request(id: id, call: pair[0])) == .fresh)
      #expect(memory.admit(Request(id: id, call: pair[0])) == .running, "\(number)")
      #expect(memory.admit(Request(id: id, call: pair[1])) == .refused(AnswerMemory.conflict(id)), "\(number)")
    }
    let reports = [Report.iceConnectionState(.new), .iceConnectionState(.connected), .dataChannelState(.open)]
    var memory = AnswerMemory(maximumCount: 10, maximumBytes: 10_000)
    _ = memory.admit(Request(id: RequestID(1), call: .report(session: session, reports[0])))
    for report in reports.dropFirst() {
      let request = Request(id: RequestID(1), call: .report(session: session, report))
      #expect(memory.admit(request) == .refused(AnswerMemory.conflict(RequestID(1))))
    }
  }

  @Test("The bytes of every answer are counted")
  func sizes() {
    let grants: [MediaGrant] = [
      .offer(
        SessionDescription(kind: .offer, sdp: "12345"),
        iceServers: [.init(urls: ["1", "2"], username: "3", credential: "4")]),
      .awaitsOffer(iceServers: [.init(urls: ["123456789"], username: nil, credential: nil)]),
      .room(url: "1234", token: "56789"),
    ]
    for grant in grants {
      let session = OpenedSession(
        session: SessionID(rawValue: "s"), secret: ResumeSecret(value: "x"), provider: "p", grant: grant,
        dataChannel: nil, limits: .init(idleMs: nil, lifetimeMs: nil, graceMs: 0, text: .init(.bytes, 1...1)),
        capabilities: .init(interrupt: .none, extend: false, ssml: false, audio: false), trickle: true)
      #expect(ServerMessage.result(RequestID(1), .opened(session)).estimatedBytes == 128 + 256 + 9)
    }
    let error = SignalingError(.internalError, "12345", provider: .init(status: 500, code: nil, message: "678"))
    #expect(ServerMessage.error(nil, error).estimatedBytes == 128 + 8)
    #expect(ServerMessage.result(RequestID(1), .interrupted(sendOnDataChannel: "123")).estimatedBytes == 128 + 3)
    #expect(ServerMessage.notification(.draining(deadlineMs: 1)).estimatedBytes == 128)
  }

  @Test("Random ids have their length and their alphabet, and do not repeat")
  func identifiers() {
    var source = RandomIdentifiers()
    let ids = (0..<1000).map { _ in source.makeSessionID().rawValue }
    #expect(Set(ids).count == 1000)
    let alphabet = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    #expect(ids.allSatisfy { $0.count == 22 && $0.allSatisfy(alphabet.contains) })
    // 128 bits leave the last character two.
    #expect(Set(ids.compactMap(\.last)) == Set("AQgw"))
    let secret = source.makeSecret()
    #expect(secret.value.count == 43)
    #expect("\(secret)" == "(secret)")
  }
}

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

  @Test("What is known later takes the place of what was known")
  func replaced() {
    var closed = ClosedSessions(maximumCount: 3, maximumAnswerBytes: 1000, time: .seconds(10))
    closed.insert(session(1), record(answers: 2))
    closed.insert(session(1), record(answers: 4))
    #expect(closed.record(of: session(1), at: .zero)?.answers?.count == 4)
    #expect(closed.answerBytes == 512 && closed.count == 1)
    closed.insert(session(2), record(answers: 6))
    #expect(closed.record(of: session(1), at: .zero)?.answers == nil && closed.answerBytes == 768)
    // Room that was taken away is not given back.
    closed.insert(session(1), record(answers: 2))
    #expect(closed.record(of: session(1), at: .zero)?.answers == nil && closed.answerBytes == 768)
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
