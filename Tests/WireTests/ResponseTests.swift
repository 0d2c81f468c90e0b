// Tests what a server's responses say about themselves, and how a client's side reads a header.
import Glibc
import Testing
import Wire

@Suite struct ResponseTests {
  @Test("Dates are those of the C library, from 1970 to 2400, leap years and turns of a century included")
  func dates() {
    #expect(HTTPDate.text(secondsSince1970: 784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT", "RFC 9110 section 5.6.7")
    for seconds in stride(from: 0, to: 13_569_465_600, by: 86_400 * 3 + 12_345) {
      var time = time_t(seconds)
      var parts = tm()
      gmtime_r(&time, &parts)
      var text = [CChar](repeating: 0, count: 40)
      // Without a locale set, names are in English.
      strftime(&text, text.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
      let expected = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
      let date = HTTPDate.text(secondsSince1970: seconds)
      // An expectation for each would take longer than the dates.
      if date != expected { Issue.record("\(date) is not \(expected)") }
    }
  }

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
