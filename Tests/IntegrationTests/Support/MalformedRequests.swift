// HTTP requests as no client should send them.

/// Raw requests with what may be answered. Each is sent on a connection of its own, which is then half closed.
enum MalformedRequests {
  struct Row: Sendable {
    var name: String
    var bytes: [UInt8]
  }

  static let rows: [Row] = texts.map { Row(name: $0.0, bytes: Array($0.1.utf8)) } + binary

  private static let host = "Host: 127.0.0.1\r\n"
  private static let upgrade =
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: avatar-relay.v1\r\n"
  private static let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
  private static let version = "Sec-WebSocket-Version: 13\r\n"

  private static let texts: [(String, String)] = [
    ("empty line only", "\r\n\r\n"),
    ("no version", "GET /healthz\r\n\r\n"),
    ("unknown version", "GET /healthz HTTP/9.9\r\n\(host)\r\n"),
    ("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ("lower-case method", "get /healthz HTTP/1.1\r\n\(host)\r\n"),
    ("unknown method", "BREW /pot HTTP/1.1\r\n\(host)\r\n"),
    ("long method", String(repeating: "A", count: 5000) + " / HTTP/1.1\r\n\(host)\r\n"),
    ("no target", "GET  HTTP/1.1\r\n\(host)\r\n"),
    ("target without slash", "GET healthz HTTP/1.1\r\n\(host)\r\n"),
    ("absolute target", "GET http://other.example/none HTTP/1.1\r\n\(host)\r\n"),
    ("CONNECT", "CONNECT other.example:443 HTTP/1.1\r\n\(host)\r\n"),
    ("asterisk", "OPTIONS * HTTP/1.1\r\n\(host)\r\n"),
    ("TRACE", "TRACE / HTTP/1.1\r\n\(host)\r\n"),
    ("path up", "GET /../../etc/passwd HTTP/1.1\r\n\(host)\r\n"),
    ("encoded path up", "GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\n\(host)\r\n"),
    ("encoded NUL", "GET /healthz%00.html HTTP/1.1\r\n\(host)\r\n"),
    ("broken percent", "GET /%zz HTTP/1.1\r\n\(host)\r\n"),
    ("long target", "GET /" + String(repeating: "a", count: 70_000) + " HTTP/1.1\r\n\(host)\r\n"),
    ("many slashes", "GET " + String(repeating: "/", count: 2000) + " HTTP/1.1\r\n\(host)\r\n"),
    ("no host", "GET /none HTTP/1.1\r\n\r\n"),
    ("field without colon", "GET /none HTTP/1.1\r\n\(host)Nonsense\r\n\r\n"),
    ("field with a space", "GET /none HTTP/1.1\r\n\(host)Bad Name: x\r\n\r\n"),
    ("empty field name", "GET /none HTTP/1.1\r\n\(host): x\r\n\r\n"),
    ("folded field", "GET /none HTTP/1.1\r\n\(host)X: a\r\n b\r\n\r\n"),
    ("large field", "GET /none HTTP/1.1\r\n\(host)X: \(String(repeating: "x", count: 70_000))\r\n\r\n"),
    ("many fields", "GET /none HTTP/1.1\r\n\(host)\(String(repeating: "X: y\r\n", count: 5000))\r\n"),
    ("negative length", "POST /none HTTP/1.1\r\n\(host)Content-Length: -1\r\n\r\n"),
    ("length not a number", "POST /none HTTP/1.1\r\n\(host)Content-Length: ten\r\n\r\n"),
    ("two lengths", "POST /none HTTP/1.1\r\n\(host)Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
    ("huge length", "POST /none HTTP/1.1\r\n\(host)Content-Length: 99999999999999999999\r\n\r\n"),
    ("length above the bound", "POST /none HTTP/1.1\r\n\(host)Content-Length: 999999999\r\n\r\n"),
    ("body cut short", "POST /none HTTP/1.1\r\n\(host)Content-Length: 100\r\n\r\nshort"),
    (
      "length and chunks",
      "POST /none HTTP/1.1\r\n\(host)Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    ),
    ("broken chunk", "POST /none HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
    ("unknown coding", "POST /none HTTP/1.1\r\n\(host)Transfer-Encoding: gzip\r\n\r\n"),
    ("upgrade without key", "GET /v1/signaling HTTP/1.1\r\n\(host)\(upgrade)\(version)\r\n"),
    (
      "upgrade with a short key",
      "GET /v1/signaling HTTP/1.1\r\n\(host)\(upgrade)Sec-WebSocket-Key: abc\r\n\(version)\r\n"
    ),
    ("upgrade with version 8", "GET /v1/signaling HTTP/1.1\r\n\(host)\(upgrade)\(key)Sec-WebSocket-Version: 8\r\n\r\n"),
    ("upgrade without version", "GET /v1/signaling HTTP/1.1\r\n\(host)\(upgrade)\(key)\r\n"),
    ("upgrade by POST", "POST /v1/signaling HTTP/1.1\r\n\(host)\(upgrade)\(key)\(version)Content-Length: 0\r\n\r\n"),
    ("upgrade by HTTP/1.0", "GET /v1/signaling HTTP/1.0\r\n\(host)\(upgrade)\(key)\(version)\r\n"),
    ("upgrade elsewhere", "GET /healthz/x HTTP/1.1\r\n\(host)\(upgrade)\(key)\(version)\r\n"),
    ("upgrade to something else", "GET /none HTTP/1.1\r\n\(host)Upgrade: h2c\r\nConnection: Upgrade\r\n\r\n"),
    (
      "upgrade without sub-protocol",
      "GET /v1/signaling HTTP/1.1\r\n\(host)Upgrade: websocket\r\nConnection: Upgrade\r\n\(key)\(version)\r\n"
    ),
    ("signaling path without upgrade", "GET /v1/signaling HTTP/1.1\r\n\(host)\r\n"),
    ("bare line feeds", "GET /none HTTP/1.1\nHost: 127.0.0.1\n\n"),
    ("expectation unknown", "POST /none HTTP/1.1\r\n\(host)Expect: miracles\r\nContent-Length: 2\r\n\r\n{}"),
    ("request in a body", "POST /none HTTP/1.1\r\n\(host)Content-Length: 4\r\n\r\nGET / HTTP/1.1\r\n\r\n"),
  ]

  private static let binary: [Row] = [
    Row(
      name: "TLS hello",
      bytes: [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03] + Array(repeating: 7, count: 64)),
    Row(name: "zeros", bytes: Array(repeating: 0, count: 256)),
    Row(name: "high bytes", bytes: Array(repeating: 0xFF, count: 20_000)),
    Row(name: "NUL in the target", bytes: Array("GET /a".utf8) + [0] + Array("b HTTP/1.1\r\n\(host)\r\n".utf8)),
    Row(
      name: "control byte in a field",
      bytes: Array("GET /none HTTP/1.1\r\n\(host)X: a".utf8) + [1] + Array("\r\n\r\n".utf8)),
  ]
}
