// Answers of many stacks, each against the offer that it was made for.
import Foundation
import SessionValues
import Signaling
import Testing

@Suite("Answers and their offers")
struct SDPLayoutTests {
  private static let transport = """
    a=ice-ufrag:L6Ce\r\na=ice-pwd:0123456789012345678901\r\na=fingerprint:sha-256 AB:cd:01\r\na=setup:actpass\r\n
    """

  /// An offer of three sections, of which only the first has a candidate, as both vendors make it.
  private static func offer(_ mids: [String]) throws -> SDPLayout {
    let sections = mids.enumerated().map { index, mid in
      "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:\(mid)\r\n\(transport)"
        + (index == 0 ? "a=candidate:1 1 udp 1 192.0.2.1 5 typ host\r\n" : "")
    }
    let head = "v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE \(mids.joined(separator: " "))\r\n"
    return try SDPSummary(of: head + sections.joined(), as: .offer).layout
  }

  private static func answer(_ name: String) throws -> SDPLayout {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Fixtures/answers").standardized
    let text = String(decoding: try Data(contentsOf: folder.appending(path: name + ".sdp")), as: UTF8.self)
    return try SDPSummary(of: text, as: .answer).layout
  }

  private static func mistake(_ answer: String, _ mids: [String]) throws -> SDPError? {
    let (offer, answer) = (try offer(mids), try Self.answer(answer))
    do throws(SDPError) { try offer.check(answer: answer) } catch { return error }
    return nil
  }

  @Test(arguments: [
    "01-chrome-did", "05-react-native-webrtc-did", "09-chrome-70-sctpmap-did", "20-firefox-did", "40-pion-did",
  ])
  func answersToDIDAreTaken(name: String) throws { #expect(try Self.mistake(name, ["a", "v", "d"]) == nil) }

  @Test(arguments: ["06-unity-heygen", "23-firefox-first-section-rejected-heygen", "61-libdatachannel-h264-heygen"])
  func answersToHeyGenAreTaken(name: String) throws { #expect(try Self.mistake(name, ["0", "1", "2"]) == nil) }

  @Test("other mids, another number of sections and no BUNDLE are named with the line")
  func mistakesAreNamed() throws {
    #expect(try Self.mistake("10-mids-audio-video-data", ["a", "v", "d"]) == SDPError(.otherMid, line: 8))
    #expect(try Self.mistake("51-gstreamer-no-bundle-did", ["a", "v", "d"]) == SDPError(.notBundled, line: 17))
    #expect(try Self.mistake("01-chrome-did", ["a", "v"]) == SDPError(.sectionCount(3, offered: 2), line: 54))
    #expect(
      try Self.mistake("01-chrome-did", ["a", "v", "d", "x"]) == SDPError(.sectionCount(3, offered: 4), line: 54))
  }

  @Test("an offer whose sections all have candidates needs no BUNDLE")
  func offerWithoutNeed() throws {
    let answer = try Self.answer("51-gstreamer-no-bundle-did")
    let mids = ["a", "v", "d"]
    let head = "v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE a v d\r\n"
    let text = head + mids.map {
      "m=audio 9 X 1\r\na=mid:\($0)\r\n\(Self.transport)a=candidate:1 1 udp 1 192.0.2.1 5 typ host\r\n"
    }.joined()
    try SDPSummary(of: text, as: .offer).layout.check(answer: answer)
  }
}
