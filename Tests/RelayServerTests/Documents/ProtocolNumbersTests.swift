// docs/protocol.md and its checklist hold no number that is not the program's.
import AccessTokens
import Foundation
import ProviderCalls
import Relay
import SessionValues
import TestSupport
import Testing
import Transport

@testable import RelayServer
@testable import Signaling
@testable import Wire

@Suite("The numbers of docs/protocol.md and docs/protocol-checklist.md")
struct ProtocolNumbersTests {
  private static let limits = RelayLimits()
  private static let listener = ListenerConfiguration(address: .tcp(host: "", port: 0))

  /// Words of docs/protocol.md with the numbers that the program has.
  private static var claims: [String] {
    var identifiers = RandomIdentifiers()
    let leftAlone = listener.pingInterval + listener.pongTimeout + .seconds(1)
    return [
      "at most \(listener.maximumMessageBytes) bytes a message",
      "and \(ConnectionConduct.strangersMessageBytes) before a token",
      "came within \(seconds(limits.authorizationTime)), or after \(limits.refusedTokens) wrong ones",
      "may send \(Int(ConnectionConduct.strangersMessagesPerSecond)) messages a second "
        + "(\(Int(ConnectionConduct.strangersMessageBurst)) at once; one more gets `request.rate`, and "
        + "\(Int(ConnectionConduct.strangersRefusals)) of those",
      "connection end \(seconds(limits.accessGrace)) later with reason `access`; another "
        + "\(seconds(limits.authorizationTime)) later",
      "more than \(TokenVerifier.maximumTokenBytes) bytes",
      "(\(Int(ConnectionConduct.toleratedRefusals)) refused messages, of which one is forgiven each second",
      "a message of up to \(FrameHeader.maximumControlBytes) bytes",
      "first \(PeerNetwork(address: "2001:db8::1")?.description.split(separator: "/").last ?? "") bits",
      "deeper than \(SignalingCodec.limits.depth); more than \(SignalingCodec.limits.values) values",
      "from \(RequestID.accepted.lowerBound) to \(RequestID.accepted.upperBound) (2^53 − 1)",
      "last \(limits.answersRemembered) answers",
      "not more than \(limits.answerBytesRemembered / 1024) KiB in sum",
      "At most \(limits.maximumRequestsInFlight) requests",
      "\(identifiers.makeSessionID().rawValue.count) characters of base64url",
      "may have \(limits.maximumSessionsPerConnection) sessions",
      "(\(seconds(limits.waitingTime)), unless",
      "at most \(SDPSummary.maximumBytes) bytes", "at most \(SDPSummary.maximumLineBytes) bytes",
      "\(SDPSummary.maximumSections) media sections",
      "(\(limits.heldCandidates) at most and the end of candidates",
      "`token` | string, \(bytes(ParameterBytes.token))", "`provider` | string, \(bytes(ParameterBytes.provider))",
      "`avatar`? | string, \(bytes(ParameterBytes.avatar))", "`secret` | string, \(bytes(ParameterBytes.secret))",
      "`candidate.candidate` | string, \(bytes(ParameterBytes.candidate))",
      "`candidate.sdpMid`? | string, \(bytes(ParameterBytes.sdpMid))",
      "`candidate.usernameFragment`? | string, \(bytes(ParameterBytes.usernameFragment))",
      "`audioUrl` | string, \(bytes(ParameterBytes.audioURL))", "`talk`? | string, \(bytes(ParameterBytes.talk))",
      "`dataChannelMessage` | string, \(bytes(ParameterBytes.dataChannelMessage))",
      "at most \(limits.maximumRequestsInFlight) requests of a connection wait, parts included",
      "operator sets (\(seconds(limits.partPatience)))",
      "`talk` | string, \(bytes(ParameterBytes.talk))",
      "`index` | integer from \(ParameterRange.partIndex.lowerBound) to \(ParameterRange.partIndex.upperBound)",
      "last \(limits.talksRemembered) talks",
      "Up to \(limits.eventsReplayed) notifications, \(limits.eventBytesReplayed / 1024) KiB",
      "the \(ordinals[limits.refusedSecrets]) wrong secret",
      "For \(limits.closedSessionTime.components.seconds / 60) minutes",
      "waits \(seconds(limits.talkEventPatience)) for the event",
      "integer from \(ParameterRange.lastSeq.lowerBound) to \(ParameterRange.lastSeq.upperBound)",
      "`session.expiring` \(seconds(limits.expiryWarning)) before",
      "\(limits.slowestSpeech / .seconds(1)) s a character and a minute, "
        + "\(limits.longestRecording.components.seconds / 60) minutes for a recording",
      "pinged every \(seconds(listener.pingInterval)); if nothing comes from it for \(seconds(listener.pongTimeout))",
      "found within \(seconds(leftAlone)) of",
      "too many malformed messages: \(Int(ConnectionConduct.toleratedErrors)) on one connection, of which one is forgiven each minute",
      "or \(limits.refusedTokens) wrong ones",
      "\(limits.refusedSecrets) wrong secrets on one connection, of which one is forgiven each minute",
    ]
  }

  /// The same of docs/protocol-checklist.md.
  private static var answers: [String] {
    let (timeouts, budget) = (CallTimeouts(), RetryPolicy().budget)
    let longest = [timeouts.describe, timeouts.candidate, timeouts.interrupt, timeouts.extend].max() ?? .zero
    var leeway: Int?
    if case .int(let value) = ConfigurationKey.accessLeewaySeconds.defaultContent { leeway = value }
    return [
      "\(leeway.map(String.init) ?? "") s unless the operator says otherwise",
      "What is \(limits.answerBytesRemembered / 1024) KiB", "where \(limits.waitingCloses) of them wait",
      "\(seconds(timeouts.speak)) for a talk, at most \(seconds(longest + budget)) for everything else",
    ]
  }

  /// Digits that are names, or say how something is counted. That each is there is checked, so that none outlives its
  /// sentence.
  private static let definitions = [
    "integer from 1", "1 is the next", "is 0, also where", "the next is 1", "starts at 1", "grows by 1", "0 if none", "`seq` + 1",
    "`lastSeq` + 1", "; 0: not at all", "(port 0 without", "`v=0`", "from 00:00 UTC", "(408, 5xx", "gets 429 with",
    "after 0 ms", "1006 in browsers", "say 0.5 s doubling to 30 s", "avatar-relay.v1", "/v1/signaling", "\"2.0\"",
    "UTF-8", "UTF-16", "\"utf16\"", "base64url", "HS256", "ES256", "W3C", "IPv6", "RFC 8839 section 5.1",
    "RFC 6455, section 5.5.3", "RFC 6455",
    // What any SDP and any candidate may have is tried below.
    "(4–256 characters)", "(22–256)", "integer 0–255",
    // Another test has the ranges of the close codes.
    "4000–4499", "4500–4999",
  ]

  /// The same of the checklist; its table of statuses is asked for one by one, end to end.
  private static let names = ["HTTP/1.1", "/v1/origin", "200 or 403", "avatar-relay.v1", "counts parts from 1"]

  @Test("docs/protocol.md has the program's numbers, and no others")
  func specification() throws {
    let text = try prose(of: "docs/protocol.md")
    #expect(try numbers(in: text, but: Self.claims + Self.definitions) == [])
    #expect(ConnectionConduct.refusalsForgivenPerSecond == 1)
    #expect(ConnectionConduct.errorsForgivenPerSecond == 1.0 / 60)
    #expect(Self.limits.refusedSecretsForgivenPerSecond == 1.0 / 60)
    #expect(Self.limits.speechPauses == .seconds(60))
  }

  @Test("docs/protocol-checklist.md has the program's numbers, and no others")
  func checklist() throws {
    let statuses = try Regex(#"(?m)^\| \d{3} \|"#)
    let text = try prose(of: "docs/protocol-checklist.md") { $0.replacing(statuses, with: "") }
    #expect(try numbers(in: text, but: Self.answers + Self.names) == [])
  }

  @Test("What may have so many characters may, and one more or less may not")
  func lengths() {
    for (ufrag, password, isAccepted) in [
      (4, 22, true), (256, 256, true), (3, 22, false), (257, 22, false), (4, 21, false), (4, 257, false),
    ] { #expect(Self.accepts(ufrag: ufrag, password: password) == isAccepted, "\(ufrag), \(password)") }
    for (index, isAccepted) in [(0, true), (255, true), (256, false)] {
      let candidate = #"{"candidate":"candidate:1 1 udp 1 192.0.2.1 9 typ host","sdpMLineIndex":\#(index)}"#
      let params = #"{"session":"s","candidate":\#(candidate)}"#
      let text = #"{"jsonrpc":"2.0","id":1,"method":"session.candidate","params":\#(params)}"#
      var isRead = false
      if case .request = SignalingCodec.decode(Array(text.utf8)) { isRead = true }
      #expect(isRead == isAccepted, "\(index)")
    }
  }

  private static func accepts(ufrag: Int, password: Int) -> Bool {
    let lines = [
      "v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", "m=audio 9 UDP/TLS/RTP/SAVPF 0",
      "a=ice-ufrag:" + String(repeating: "u", count: ufrag), "a=ice-pwd:" + String(repeating: "p", count: password),
      "a=fingerprint:sha-256 " + Array(repeating: "AB", count: 32).joined(separator: ":"), "a=setup:active",
    ]
    return (try? SDPSummary(of: lines.joined(separator: "\r\n") + "\r\n", as: .answer)) != nil
  }

  // MARK: Reading

  private static let ordinals = ["", "first", "second", "third", "fourth", "fifth", "sixth"]

  private static func seconds(_ time: Duration) -> String { "\(time.components.seconds) s" }

  private static func bytes(_ range: ClosedRange<Int>) -> String { "\(range.lowerBound)–\(range.upperBound) bytes" }

  /// A document in one line, without its examples, the targets of its links, the numbers of its sections, and the first
  /// cells of its registries, which tests of their own compare with the program.
  private func prose(of path: String, _ more: (String) -> String = { $0 }) throws -> String {
    var text = try String(contentsOf: Checkout.root.appendingPathComponent(path), encoding: .utf8)
    for pattern in [
      #"(?ms)^```.*?^```"#, #"\[[^\]]*\]\([^)]*\)"#, #"(?m)^#+ \d+ "#,
      #"(?m)^\| `?[\w.]+`? \| (-?\d+|resume|reconnect|stop) \| [^|]* \|"#,
    ] { text = text.replacing(try Regex(pattern), with: "") }
    return more(text).split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  /// What is left of the numbers of a text when what is known was taken out; each of that has to be there. A close code
  /// is one of the registry wherever it stands.
  private func numbers(in text: String, but known: [String]) throws -> [String] {
    var text = text
    // Longest first: some are parts of others.
    for words in known.sorted(by: { $0.count > $1.count }) {
      #expect(text.contains(words), "\(words)")
    }
    for words in known.sorted(by: { $0.count > $1.count }) { text = text.replacing(words, with: "") }
    let codes = CloseCode.allCases.map { "\($0.rawValue)" }
    let digits = try Regex(#"\d+"#)
    return text.matches(of: digits).map { String(text[$0.range]) }.filter { !codes.contains($0) }
  }
}
