// The bounded memories and queues on their own.
import AvatarProvider
import SessionValues
import Signaling
import Testing
import Timekeeping

@testable import Relay

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
        dataChannel: nil, limits: .init(idleMs: nil, lifetimeMs: nil, graceMs: 0, maxTextBytes: 1),
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
