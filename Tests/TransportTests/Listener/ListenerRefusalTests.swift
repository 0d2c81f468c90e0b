// Tests that what is not HTTP/1.1 gets a status, that its connection ends, and that the listener goes on.
import TestSupport
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(2))) struct ListenerRefusalTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let status: Int
    let bytes: [UInt8]
    init(_ status: Int, _ text: String) { (self.status, bytes) = (status, Array(text.utf8)) }
    init(_ status: Int, _ bytes: [UInt8]) { (self.status, self.bytes) = (status, bytes) }
    var testDescription: String { "\(status) \(String(decoding: bytes.prefix(60), as: UTF8.self).debugDescription)" }
  }

  static let host = "Host: x\r\n"
  static let trailers = String(repeating: "T: \(String(repeating: "v", count: 500))\r\n", count: 20)
  static let cases: [Case] = [
    // Request line
    Case(400, "\u{0}\u{1}\u{2}\r\n\r\n"),
    Case(400, "GET\r\n\r\n"),
    Case(400, "GET /\r\n\r\n"),
    Case(400, "GET / HTTP/1.1 x\r\n\(host)\r\n"),
    Case(400, "GET  / HTTP/1.1\r\n\(host)\r\n"),
    Case(400, " GET / HTTP/1.1\r\n\(host)\r\n"),
    Case(400, "GET / http/1.1\r\n\(host)\r\n"),
    Case(400, "GET / HTTP/11\r\n\(host)\r\n"),
    Case(400, "GET x HTTP/1.1\r\n\(host)\r\n"),
    Case(400, "GET /a#b HTTP/1.1\r\n\(host)\r\n"),
    Case(400, "GET /\u{e9} HTTP/1.1\r\n\(host)\r\n"),
    Case(400, "GET /\t HTTP/1.1\r\n\(host)\r\n"),
    Case(400, "GET * HTTP/1.1\r\n\(host)\r\n"),
    Case(400, "G(T / HTTP/1.1\r\n\(host)\r\n"),
    Case(405, "CONNECT x:1 HTTP/1.1\r\n\(host)\r\n"),
    Case(405, "TRACE / HTTP/1.1\r\n\(host)\r\n"),
    Case(505, "GET / HTTP/2.0\r\n\(host)\r\n"),
    Case(505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    Case(505, "GET / HTTP/1.2\r\n\(host)\r\n"),
    // Lines
    Case(400, "GET / HTTP/1.1\n\(host)\r\n"),
    Case(400, "GET / HTTP/1.1\r\nHost: x\n\r\n"),
    Case(400, [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x0A, 0x0D, 0x0A]),
    // Fields
    Case(400, "GET / HTTP/1.1\r\n\r\n"),
    Case(400, "GET / HTTP/1.1\r\n\(host)\(host)\r\n"),
    Case(400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
    Case(400, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"),
    Case(400, "GET / HTTP/1.1\r\n\(host)no colon\r\n\r\n"),
    Case(400, "GET / HTTP/1.1\r\n\(host): empty\r\n\r\n"),
    Case(400, "GET / HTTP/1.1\r\n\(host)A : b\r\n\r\n"),
    Case(400, "GET / HTTP/1.1\r\n\(host) folded: b\r\n\r\n"),
    Case(400, "GET / HTTP/1.1\r\n\(host)A: b\r\n c\r\n\r\n"),
    Case(400, "GET / HTTP/1.1\r\n\(host)A: b\u{0}c\r\n\r\n"),
    Case(400, "GET / HTTP/1.1\r\n\(host)A: b\rc\r\n\r\n"),
    Case(400, "GET / HTTP/1.1\r\n\(host)A: b\u{7f}\r\n\r\n"),
    Case(431, "GET / HTTP/1.1\r\n\(host)A: \(String(repeating: "b", count: 17_000))\r\n\r\n"),
    Case(431, "GET / HTTP/1.1\r\n\(host)\(String(repeating: "A: b\r\n", count: 200))\r\n"),
    Case(431, "GET /\(String(repeating: "a", count: 20_000))"),
    Case(431, String(repeating: "a", count: 16_385)),
    // Bodies
    Case(400, "POST / HTTP/1.1\r\n\(host)Content-Length: -1\r\n\r\n"),
    Case(400, "POST / HTTP/1.1\r\n\(host)Content-Length: +1\r\n\r\na"),
    Case(400, "POST / HTTP/1.1\r\n\(host)Content-Length: 1x\r\n\r\na"),
    Case(400, "POST / HTTP/1.1\r\n\(host)Content-Length: 1, 1\r\n\r\na"),
    Case(400, "POST / HTTP/1.1\r\n\(host)Content-Length:\r\n\r\n"),
    Case(400, "POST / HTTP/1.1\r\n\(host)Content-Length: 1\r\nContent-Length: 1\r\n\r\na"),
    Case(400, "POST / HTTP/1.1\r\n\(host)Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    Case(400, "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    Case(400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    Case(501, "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: gzip, chunked\r\n\r\n"),
    Case(501, "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: identity\r\n\r\n"),
    Case(413, "POST / HTTP/1.1\r\n\(host)Content-Length: 1048577\r\n\r\n"),
    Case(413, "POST / HTTP/1.1\r\n\(host)Content-Length: 99999999999999999999\r\n\r\n"),
    Case(413, "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n100001\r\n"),
    Case(413, "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n"),
    Case(400, "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n-1\r\n"),
    Case(400, "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n"),
    Case(400, "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n\r\n"),
    Case(400, "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n"),
    Case(400, "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n1\na\r\n"),
    Case(
      400, "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n1;\(String(repeating: "e", count: 2000))\r\n"),
    Case(431, "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n0\r\n\(trailers)\r\n"),
    Case(417, "POST / HTTP/1.1\r\n\(host)Expect: tea\r\n\r\n"),
  ]

  @Test func malformedRequestsGetAStatusAndTheListenerGoesOn() async throws {
    try await ServerFixture.run { server in
      for testCase in Self.cases {
        let socket = try server.connect()
        socket.send(testCase.bytes)
        let response = socket.response()
        #expect(response?.status == testCase.status, "\(testCase.testDescription)")
        #expect(response?.header("Connection")?.contains("close") == true, "\(testCase.testDescription)")
        #expect(socket.isAtEnd, "\(testCase.testDescription)")
      }
      try #expect(server.connect().exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n")?.status == 200)
      while await server.listener.connectionCount > 0, !Task.isCancelled { await Task.yield() }
    }
  }

  @Test func aRefusedUploadStillReadsItsAnswer() async throws {
    try await ServerFixture.run(configure: { $0.maximumBytesAfterEnd = 4_000_000 }) { server in
      let socket = try server.connect()
      socket.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4000000\r\n\r\n")
      // A client that sends before it reads: the bytes are taken and dropped, so that no reset eats the answer.
      #expect(socket.send([UInt8](repeating: 0x61, count: 4_000_000)))
      #expect(socket.response()?.status == 413)
    }
  }
}
