// The SDP inspector takes what browsers and providers make, and names the line of every mistake.
import SessionValues
import Signaling
import StrictJSON
import Testing

@Suite("SDP inspector")
struct SDPSummaryTests {
  static let head = ["v=0", "o=- 1 2 IN IP4 0.0.0.0", "s=-", "t=0 0"]
  static let transport = [
    "a=ice-ufrag:L6Ce", "a=ice-pwd:0123456789012345678901", "a=fingerprint:sha-256 AB:cd:01", "a=setup:active",
  ]
  static let media = "m=audio 9 UDP/TLS/RTP/SAVPF 111"
  static let whole = head + [media] + transport

  static func summary(_ lines: [String], _ kind: SessionDescription.Kind = .answer, end: String = "\r\n") throws(SDPError)
    -> SDPSummary
  {
    try SDPSummary(of: lines.map { $0 + end }.joined(), as: kind)
  }

  @Test("takes CRLF and LF, with or without the last line end")
  func lineEnds() throws {
    #expect(try Self.summary(Self.whole) == Self.summary(Self.whole, end: "\n"))
    #expect(try SDPSummary(of: Self.whole.joined(separator: "\r\n"), as: .answer).mediaSections == 1)
  }

  @Test("counts sections, candidates and codecs, and its description shows no address")
  func counts() throws {
    let lines =
      Self.whole + [
        "a=rtpmap:111 opus/48000/2", "a=candidate:1 1 udp 1 192.0.2.1 5 typ host",
        "a=candidate:1 1 UDP 1 192.0.2.1 5 typ srflx raddr 0.0.0.0 rport 0",
        "a=candidate:1 2 tcp 1 2001:db8::1 9 typ host tcptype active", "a=end-of-candidates",
        "m=video 0 UDP/TLS/RTP/SAVPF 96",
        "a=rtpmap:96 VP8/90000", "a=rtpmap:97 VP8/90000",
      ]
    let summary = try Self.summary(lines)
    #expect(summary.mediaSections == 2)
    #expect(summary.rejectedSections == 1)
    #expect(summary.candidates == [.host: 2, .srflx: 1])
    #expect(summary.endsCandidates)
    #expect(summary.codecs == ["opus", "VP8"])
    #expect(summary.description == "2 media sections (1 rejected), 3 candidates (2 host, 1 srflx), codecs opus VP8")
  }

  @Test("transport attributes may stand at the session level, in the section, or in the first section of the bundle")
  func levels() throws {
    _ = try Self.summary(Self.head + Self.transport + [Self.media])
    _ = try Self.summary(Self.head + Self.transport.prefix(2) + [Self.media] + Self.transport.suffix(2))
    let bundle =
      Self.head + ["a=group:BUNDLE 0 1", Self.media] + Self.transport + [
        "a=mid:0", "m=video 0 X 96", "a=bundle-only", "a=mid:1",
      ]
    _ = try Self.summary(bundle)
    #expect(throws: SDPError(.missing("a=ice-ufrag"), line: 11)) {
      try Self.summary(bundle.filter { !$0.hasPrefix("a=group") })
    }
    let second =
      Self.head + ["a=group:BUNDLE 0 1", Self.media, "a=mid:0", "m=video 9 X 96", "a=mid:1"] + Self.transport
    #expect(throws: SDPError(.missing("a=ice-ufrag"), line: 6)) { try Self.summary(second) }
  }

  @Test("the descriptions in the transcripts pass", arguments: TranscriptTests.files)
  func transcripts(file: String) throws {
    for line in try Transcript(file: file).lines where !line.isFromClient {
      if let offer = line.message?["result"]?["offer"]?["sdp"]?.string {
        #expect(try SDPSummary(of: offer, as: .offer).mediaSections == 3)
      }
    }
  }

  struct Broken: Sendable {
    let lines: [String]
    let code: SDPError.Code
    let line: Int
    init(_ lines: [String], _ code: SDPError.Code, _ line: Int) {
      self.lines = lines
      self.code = code
      self.line = line
    }
  }

  static let broken: [Broken] = [
    .init([], .missing("v=0"), 1), .init(["v=0"], .missing("o="), 2), .init(Array(head.prefix(2)), .missing("s="), 3),
    .init(Array(head.prefix(3)), .missing("t="), 3), .init(head, .missing("m="), 4),
    .init(["v=1"], .malformed("v=0"), 1),
    .init(["o=- 1 2 IN IP4 0.0.0.0"], .malformed("v=0"), 1), .init(["v=0", "s=-"], .malformed("o="), 2),
    .init(["v=0", "o=- 1 2 IN IP4"], .malformed("o="), 2), .init(Array(head.prefix(2)) + ["s="], .malformed("s="), 3),
    .init(Array(head.prefix(3)) + ["t=0"], .malformed("t="), 4),
    .init(Array(head.prefix(3)) + [media], .malformed("m= before t="), 4),
    .init(whole + ["t=0 0"], .malformed("t="), 10), .init(head + ["m=audio 9 X"], .malformed("m="), 5),
    .init(head + ["m=audio  9 X 1"], .malformed("port in m="), 5),
    .init(head + ["m=audio 65536 X 1"], .malformed("port in m="), 5),
    .init(head + ["m=audio -1 X 1"], .malformed("port in m="), 5), .init(head + ["m= 9 X 1"], .malformed("m="), 5),
    .init(head + [""], .malformedLine, 5), .init(head + ["x"], .malformedLine, 5),
    .init(head + ["=x"], .malformedLine, 5),
    .init(head + ["a =x"], .malformedLine, 5), .init(head + ["a=\u{0}"], .malformedLine, 5),
    .init(head + ["a=x\ry"], .malformedLine, 5),
    .init(["{\"type\":\"answer\"}"], .malformedLine, 1),
    .init(head + ["a=" + String(repeating: "x", count: 4095)], .lineTooLong, 5),
    .init(head + [media] + transport.dropFirst(), .missing("a=ice-ufrag"), 5),
    .init(head + [media] + transport.filter { !$0.contains("pwd") }, .missing("a=ice-pwd"), 5),
    .init(head + [media] + transport.filter { !$0.contains("finger") }, .missing("a=fingerprint"), 5),
    .init(head + [media] + transport.dropLast(), .missing("a=setup"), 5),
    .init(whole + ["a=ice-ufrag:abc"], .malformed("a=ice-ufrag"), 10),
    .init(whole + ["a=ice-pwd:short"], .malformed("a=ice-pwd"), 10),
    .init(whole + ["a=fingerprint:sha-256"], .malformed("a=fingerprint"), 10),
    .init(whole + ["a=fingerprint:sha-256 AB:C"], .malformed("a=fingerprint"), 10),
    .init(whole + ["a=setup:actpass"], .malformed("a=setup"), 10),
    .init(whole + ["a=setup:"], .malformed("a=setup"), 10),
    .init(head + ["a=mid:0"], .malformed("a=mid"), 5), .init(whole + ["a=mid:"], .malformed("a=mid"), 10),
    .init(whole + ["a=candidate:1 1 udp 1 192.0.2.1 5 typ guest"], .candidate(.malformed(field: "type")), 10),
    .init(whole + ["a=candidate:"], .candidate(.tooFewFields), 10),
    .init(head + transport + [String](repeating: media, count: 65), .tooManySections, 73),
  ]

  @Test("names the line of what is wrong and shows nothing of it", arguments: broken)
  func refuses(_ row: Broken) {
    let error = #expect(throws: SDPError.self) { try Self.summary(row.lines) }
    #expect(error == SDPError(row.code, line: row.line))
    #expect(error?.description.contains("192.0.2.1") == false)
  }

  @Test("an offer may leave the DTLS role open, an answer may not")
  func roles() throws {
    let open = Self.head + [Self.media] + Self.transport.dropLast() + ["a=setup:actpass"]
    _ = try Self.summary(open, .offer)
    #expect(throws: SDPError(.malformed("a=setup"), line: 9)) { try Self.summary(open, .answer) }
  }

  @Test("the size is bounded")
  func size() throws {
    let filler = [String](repeating: "a=" + String(repeating: "x", count: 4000), count: 33)
    #expect(throws: SDPError(.tooLong, line: 0)) { try Self.summary(Self.whole + filler) }
    _ = try Self.summary(Self.whole + filler.dropLast())
  }

  @Test("the number of codec names is bounded, and long ones are left out")
  func codecs() throws {
    let many = (0..<100).map { "a=rtpmap:\($0) codec\($0)/90000" } + ["a=rtpmap:1 " + String(repeating: "x", count: 33)]
    #expect(try Self.summary(Self.whole + many).codecs.count == SDPSummary.maximumCodecs)
  }
}
