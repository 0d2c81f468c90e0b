// What the machine makes of answers and candidates, since it knows the offer.
import AvatarProvider
import SessionValues
import Signaling
import Testing
import Basics

@testable import Relay

@Suite struct OfferedSectionsTests {
  private static let transport = """
    a=ice-ufrag:L6Ce\r\na=ice-pwd:0123456789012345678901\r\na=fingerprint:sha-256 AB:cd:01\r\na=setup:
    """

  private static func sdp(_ mids: [String], setup: String, candidates: Bool = false) -> String {
    "v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE \(mids.joined(separator: " "))\r\n"
      + mids.enumerated().map { index, mid in
        "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:\(mid)\r\n\(transport)\(setup)\r\n"
          + (candidates && index == 0 ? "a=candidate:1 1 udp 1 192.0.2.1 5 typ host\r\n" : "")
      }.joined()
  }

  private func offered() throws -> SessionMachine {
    var machine = try MachineState.opening.machine()
    let offer = SessionDescription(kind: .offer, sdp: Self.sdp(["a", "v"], setup: "actpass", candidates: true))
    _ = try machine.opened(.sample(.offer(offer, iceServers: [])), at: .zero)
    return machine
  }

  @Test func answerToAnotherOfferIsRefusedBeforeTheProviderIsAsked() throws {
    var machine = try offered()
    let wrong = SessionDescription(kind: .answer, sdp: Self.sdp(["audio", "video"], setup: "active"))
    let refusal = machine.describe(RequestID(2), .answer, wrong, at: .zero)
    let message = "params.answer.sdp: line 6: a=mid is not that of the offer's section"
    #expect(refusal == [.respond(RequestID(2), .failure(SignalingError(.sdpInvalid, message)))])
    #expect(machine.visibleState == .offered, "the right answer may still come")
    let right = SessionDescription(kind: .answer, sdp: Self.sdp(["a", "v"], setup: "active"))
    _ = machine.describe(RequestID(3), .answer, right, at: .zero)
    #expect(machine.visibleState == .answering)
  }

  @Test(arguments: [("v", nil), (nil, 1), ("v", 1)] as [(String?, Int?)])
  func candidateGetsBothNamesOfItsPlace(mid: String?, index: Int?) throws {
    var machine = try offered()
    let answer = SessionDescription(kind: .answer, sdp: Self.sdp(["a", "v"], setup: "active"))
    _ = machine.describe(RequestID(2), .answer, answer, at: .zero)
    _ = try machine.finished(RequestID(2), .success(.described(nil)), at: .zero)
    let candidate = IceCandidate(candidate: "c", sdpMid: mid, sdpMLineIndex: index)
    let actions = machine.candidate(RequestID(3), candidate, at: .zero)
    let whole = IceCandidate(candidate: "c", sdpMid: "v", sdpMLineIndex: 1)
    #expect(actions == [.call(RequestID(3), .add(whole), SessionHandle(id: "up", routing: "cookie"))])
  }
}
