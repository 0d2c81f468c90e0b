// What is read from browsers' answers.
import Testing

@testable import MockPeer

@Suite("SDP answers")
struct PeerAnswerTests {
  static let description = PeerDescription(
    credentials: PeerCredentials(usernameFragment: "host", password: "0123456789012345678901"),
    audio: PeerAudio(
      mid: "a", ssrc: 1, payloadType: 111, extensions: PeerHeaderExtensions(mid: 4, absoluteSendTime: 2)),
    video: PeerVideo(
      mid: "v", ssrc: 2, retransmissionSSRC: 3,
      formats: [
        .init(codec: .vp8, payloadType: 100, retransmissionPayloadType: 101),
        .init(codec: .h264, payloadType: 102, retransmissionPayloadType: 103),
      ], extensions: PeerHeaderExtensions(mid: 4, absoluteSendTime: 2)),
    dataMid: "d", cname: "c")

  private func read(_ lines: String) throws -> PeerAnswer { try PeerAnswer(lines, to: Self.description) }

  private func refusal(_ text: String) -> AnswerError? {
    do throws(AnswerError) {
      _ = try PeerAnswer(text, to: Self.description)
      return nil
    } catch { return error }
  }

  @Test func chromium() throws {
    let answer = try read(AnswerSamples.chromium)
    #expect(answer.usernameFragment == "x1CP" && answer.isActive)
    #expect(answer.fingerprints.map(\.function) == [.sha256])
    #expect(answer.video?.format.codec == .vp8 && answer.video?.hasRetransmission == true)
    #expect(answer.audio == PeerHeaderExtensions(mid: 4, absoluteSendTime: 2))
    #expect(answer.data?.port == 5000 && answer.data?.maximumMessageBytes == 262_144)
  }

  @Test func firefoxWithoutH264() throws {
    let answer = try read(AnswerSamples.firefoxWithoutVideo)
    #expect(answer.video == nil && answer.audio != nil && answer.data?.maximumMessageBytes == 1_073_741_823)
    #expect(answer.negotiation.videoCodec == nil && answer.negotiation.hasAudio && answer.negotiation.hasDataChannels)
  }

  @Test func aiortc() throws {
    let answer = try read(AnswerSamples.aiortc)
    #expect(answer.usernameFragment == "s8A6" && answer.isActive)
    #expect(answer.fingerprints.map(\.function) == [.sha256, .sha384, .sha512])
    #expect(answer.video?.format.codec == .h264)
    #expect(answer.audio == PeerHeaderExtensions(mid: 4))
    #expect(answer.data?.maximumMessageBytes == 262_144)
  }

  @Test func theBrowsersOrderDecides() throws {
    let both = try AnswerSamples.chromium
      .replacing("SAVPF 100 101", with: "SAVPF 102 100")
      .replacing("a=rtpmap:101 rtx/90000", with: "a=rtpmap:102 H264/90000")
    let answer = try read(both)
    #expect(answer.video?.format.codec == .h264 && answer.video?.hasRetransmission == false)
  }

  @Test func aCodecUnderAForeignNumberIsNotTaken() throws {
    let swapped = try AnswerSamples.chromium.replacing("a=rtpmap:100 VP8/90000", with: "a=rtpmap:100 AV1/90000")
    #expect(try read(swapped).video == nil)
  }

  @Test func lineFeedsAloneAndSessionLevelAttributesAreRead() throws {
    let lines = try AnswerSamples.chromium.split(whereSeparator: \.isNewline).map(String.init)
    let transport = lines.filter { $0.hasPrefix("a=ice-") || $0.hasPrefix("a=fingerprint") || $0.hasPrefix("a=setup") }
    let rest = lines.filter { !transport.contains($0) }
    let session = rest.prefix(5) + Set(transport).sorted() + rest.dropFirst(5)
    let answer = try read(session.joined(separator: "\n"))
    #expect(answer.usernameFragment == "x1CP" && answer.isActive)
  }

  @Test func aSectionThatDoesNotReceiveIsRefused() throws {
    let inactive = try AnswerSamples.chromium.replacing("a=recvonly", with: "a=inactive")
    #expect(
      try read(inactive).negotiation
        == PeerNegotiation(
          videoCodec: nil, hasAudio: false, hasDataChannels: true, hasRetransmission: false))
  }

  @Test func thePassiveRoleIsTaken() throws {
    #expect(try !read(AnswerSamples.chromium.replacing("setup:active", with: "setup:passive")).isActive)
  }

  @Test func theTransportIsThatOfTheFirstAcceptedSection() throws {
    // A refused section may keep other credentials, or none.
    let refused = try AnswerSamples.chromium
      .replacing("m=audio 9 ", with: "m=audio 0 ")
      .replacing("a=ice-ufrag:x1CP", with: "a=ice-ufrag:none", maxReplacements: 1)
    let answer = try read(refused)
    #expect(answer.usernameFragment == "x1CP" && answer.audio == nil)
  }

  @Test(arguments: [
    ("v=0", "v=1", AnswerError.notSDP), ("s=-", "nonsense", .notSDP), ("m=video 9", "m=video", .notSDP),
    ("a=mid:v", "a=mid:x", .unknownSection(1)), ("m=video", "m=audio", .unknownSection(1)),
    ("m=video", "m=text", .unknownSection(1)), ("a=ice-ufrag:x1CP", "a=x:y", .missing("ice-ufrag")),
    ("a=ice-ufrag:x1CP", "a=ice-ufrag:x", .missing("ice-ufrag")), ("a=ice-pwd:", "a=ice-pwd:x ", nil),
    ("a=ice-pwd:oi0F0seFRNENZYGE31QzGm/q", "a=ice-pwd:short", .missing("ice-pwd")),
    ("a=fingerprint", "a=x", .missing("fingerprint")), ("sha-256 ", "sha-1 ", .noUsableFingerprint),
    ("16:0D:", "16:", .noUsableFingerprint), ("16:0D:", "16:0X:", .noUsableFingerprint),
    ("a=setup:active", "a=setup:actpass", .undecidedSetup), ("a=setup:active", "a=x:y", .missing("setup")),
    ("a=setup:active", "a=setup:holdconn", .undecidedSetup), ("a=sctp-port:5000", "a=x", .missing("sctp-port")),
    ("a=sctp-port:5000", "a=sctp-port:0", .missing("sctp-port")),
    ("a=sctp-port:5000", "a=sctp-port:70000", .missing("sctp-port")),
  ])
  func whatIsWrongIsNamed(text: String, replacement: String, expected: AnswerError?) throws {
    #expect(try refusal(AnswerSamples.chromium.replacing(text, with: replacement)) == expected)
  }

  @Test func sizesAndNumbersAreLimited() throws {
    let long = try AnswerSamples.chromium + String(repeating: "a=x\r\n", count: PeerAnswer.maximumBytes / 5)
    #expect(refusal(long) == .tooLong)
    let audio = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
    #expect(refusal("v=0\r\n" + audio) == .sectionCount(found: 1, offered: 3))
    #expect(refusal("v=0\r\n" + String(repeating: audio, count: 17)) == .sectionCount(found: 17, offered: 0))
    #expect(refusal("") == .notSDP)
    #expect(refusal("\r\n") == .notSDP)
    let nothing = try AnswerSamples.chromium.replacing(" 9 UDP", with: " 0 UDP")
    #expect(refusal(nothing) == .nothingAccepted)
  }
}
