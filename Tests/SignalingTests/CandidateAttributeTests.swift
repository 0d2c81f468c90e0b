// The candidate validator takes what browsers send and refuses what would break a provider.
import Signaling
import Testing

@Suite("Candidate validator")
struct CandidateAttributeTests {
  struct Row: Sendable {
    let text: String
    let type: CandidateType
    let transport: CandidateTransport?
  }

  static let accepted: [Row] = [
    // Chromium, Firefox, Safari, aiortc and Pion, each in its own form.
    .init(text: "candidate:1467250027 1 udp 2122260223 192.0.2.44 46243 typ host generation 0 ufrag L6Ce network-id 1 network-cost 10", type: .host, transport: .udp),
    .init(text: "candidate:1 1 udp 2113937151 5e1b7c0a-7d0e-4d1b-9c1e-8f6e2a3b4c5d.local 51234 typ host generation 0", type: .host, transport: .udp),
    .init(text: "candidate:0 1 UDP 2122252543 192.0.2.5 50000 typ host", type: .host, transport: .udp),
    .init(text: "candidate:2 2 TCP 2105524479 192.0.2.5 9 typ host tcptype active", type: .host, transport: .tcp),
    .init(text: "candidate:1 1 UDP 1686052863 198.51.100.2 50000 typ srflx raddr 0.0.0.0 rport 0", type: .srflx, transport: .udp),
    .init(text: "candidate:3 1 udp 41885439 203.0.113.3 61000 typ relay raddr 198.51.100.2 rport 50000", type: .relay, transport: .udp),
    .init(text: "candidate:abc+/ 1 udp 1862270975 2001:db8::2 50000 typ prflx", type: .prflx, transport: .udp),
    .init(text: "candidate:d41d8cd98f00b204e9800998ecf8427e 1 udp 2130706431 fe80::1%eth0 5 typ host", type: .host, transport: .udp),
    .init(text: "candidate:1 1 ssltcp 1 192.0.2.1 443 typ host", type: .host, transport: nil),
    .init(text: "candidate:1 256 udp 4294967295 192.0.2.1 65535 typ host extension", type: .host, transport: .udp),
  ]

  @Test("accepts", arguments: accepted)
  func accepts(_ row: Row) throws {
    let candidate = try CandidateAttribute(of: row.text)
    #expect(candidate.type == row.type)
    #expect(candidate.transport == row.transport)
  }

  static let refused: [(String, CandidateError)] = [
    ("", .noPrefix), ("hello", .noPrefix), ("Candidate:1 1 udp 1 192.0.2.1 5 typ host", .noPrefix),
    ("1 1 udp 1 192.0.2.1 5 typ host", .noPrefix), ("a=candidate:1 1 udp 1 192.0.2.1 5 typ host", .lineInsteadOfAttribute),
    ("candidate:", .tooFewFields), ("candidate:1 1 udp 1 192.0.2.1 5 typ", .tooFewFields),
    ("candidate: 1 udp 1 192.0.2.1 5 typ host", .malformed(field: "foundation")),
    ("candidate:\(String(repeating: "1", count: 33)) 1 udp 1 192.0.2.1 5 typ host", .malformed(field: "foundation")),
    ("candidate:é 1 udp 1 192.0.2.1 5 typ host", .malformed(field: "foundation")),
    ("candidate:1 0 udp 1 192.0.2.1 5 typ host", .malformed(field: "component")),
    ("candidate:1 257 udp 1 192.0.2.1 5 typ host", .malformed(field: "component")),
    ("candidate:1  udp 1 192.0.2.1 5 typ host", .malformed(field: "component")),
    ("candidate:1 1 u\"p 1 192.0.2.1 5 typ host", .malformed(field: "transport")),
    ("candidate:1 1 udp -1 192.0.2.1 5 typ host", .malformed(field: "priority")),
    ("candidate:1 1 udp 4294967296 192.0.2.1 5 typ host", .malformed(field: "priority")),
    ("candidate:1 1 udp 99999999999999999999 192.0.2.1 5 typ host", .malformed(field: "priority")),
    ("candidate:1 1 udp 1 <script> 5 typ host", .malformed(field: "address")),
    ("candidate:1 1 udp 1  5 typ host", .malformed(field: "address")),
    ("candidate:1 1 udp 1 192.0.2.1 65536 typ host", .malformed(field: "port")),
    ("candidate:1 1 udp 1 192.0.2.1 5 type host", .malformed(field: "type")),
    ("candidate:1 1 udp 1 192.0.2.1 5 typ guest", .malformed(field: "type")),
    ("candidate:1 1 udp 1 192.0.2.1 5 typ host\r\na=setup:passive", .controlCharacter),
    ("candidate:1 1 udp 1 192.0.2.1 5 typ host\u{0}", .controlCharacter),
    ("candidate:1 1 udp 1 192.0.2.1 5 typ host " + String(repeating: "x", count: 2048), .tooLong),
  ]

  @Test("refuses, and says which field", arguments: refused)
  func refuses(_ text: String, _ expected: CandidateError) {
    #expect(throws: expected) { try CandidateAttribute(of: text) }
  }
}
