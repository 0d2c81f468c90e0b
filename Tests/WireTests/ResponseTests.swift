// Tests what a server's responses say about themselves, and how a client's side reads a header.
import Testing
import Wire

@Suite struct ResponseTests {
  @Test("A field that would break out of its line makes a response impossible")
  func injection() {
    for (name, value) in [("X-A", "b\r\nSet-Cookie: c"), ("X-A\r\nX-B", "c"), ("X A", "c"), ("X-A", "nul\u{0}")] {
      let response = HTTPResponse(status: 200, headers: HTTPHeaders([(name: name, value: value)]))
      #expect(ResponseEncoder.encode(response, isHead: false, keepsAlive: true, date: "now") == nil, "\(name): \(value)")
    }
  }

  @Test("A response may name another date than the server's")
  func ownDate() throws {
    func text(_ headers: HTTPHeaders) throws -> String {
      let response = HTTPResponse(status: 200, headers: headers)
      let bytes = ResponseEncoder.encode(response, isHead: false, keepsAlive: true, date: "now")
      return String(decoding: try #require(bytes), as: UTF8.self)
    }
    #expect(try text([:]).contains("\r\nDate: now\r\n"))
    let own = try text(["date": "then"])
    #expect(own.contains("\r\ndate: then\r\n") && !own.contains("now"))
  }

  @Test("A header is that of the final response; interim ones and trailers are left out")
  func heads() {
    var head = ResponseHead()
    #expect(head.isEmpty)
    let lines = [
      "HTTP/1.1 103 Early Hints", "Link: </a>", "", "HTTP/1.1 200 OK", "X-A:  b ", "X-C: d", "  e", "", "X-Trailer: f",
    ]
    for line in lines {
      let isTaken = head.take(Array("\(line)\r\n".utf8).span)
      #expect(isTaken, "\(line)")
    }
    #expect(head.isComplete)
    #expect(head.fields.map(\.name) == ["x-a", "x-c"] && head.fields.map(\.value) == ["b", "d e"])
    let long = [UInt8](repeating: 0x61, count: ResponseHead.maximumBytes)
    let isTaken = head.take(long.span)
    #expect(!isTaken)
  }
}
