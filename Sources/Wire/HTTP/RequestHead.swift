// Reads the head of an HTTP/1.x request strictly (RFC 9112 sections 2 to 6).
import Basics

/// Request line and header fields, with what follows from them for the connection.
package struct RequestHead: Sendable {
  /// How the body is delimited (RFC 9112 section 6).
  package enum Framing: Sendable, Equatable {
    case length(Int)
    case chunked
  }

  package let method: String
  /// Still percent-encoded, without the query; `*` for OPTIONS of the whole server.
  package let path: String
  /// What follows `?`; nil without one.
  package let query: String?
  /// False for HTTP/1.0.
  package let isVersion11: Bool
  package let headers: HTTPHeaders
  package let framing: Framing
  /// Whether the client waits for `100 Continue` before it sends the body.
  package let awaitsContinue: Bool

  /// Whether the connection may serve another request (RFC 9112 section 9.3).
  package var keepsAlive: Bool {
    if headers.lists("close", in: "Connection") { return false }
    return isVersion11 || headers.lists("keep-alive", in: "Connection")
  }

  /// Whether the client asks for a WebSocket.
  package var asksForWebSocket: Bool { headers.lists("websocket", in: "Upgrade") }
}

/// Turns the bytes before the empty line into a ``RequestHead``. What two readers could understand in two ways is
/// refused, since a proxy in front may have understood the other one.
enum RequestHeadParser {
  /// Most header fields of one request; 431 above it.
  static let maximumFields = 128

  /// - Parameter bytes: the head without its final empty line, lines separated by CR LF.
  static func parse(_ bytes: ArraySlice<UInt8>) throws(HTTPRefusal) -> RequestHead {
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
      line.last == UInt8(ascii: "\r") ? line.dropLast() : line
    }
    guard !lines.isEmpty else { throw HTTPRefusal(400, "no request line") }
    let (method, target, isVersion11) = try requestLine(lines.removeFirst())
    let headers = try fields(lines)
    let (path, query) = try split(target, method: method)
    try checkHost(headers, isVersion11: isVersion11)
    let framing = try framing(headers, isVersion11: isVersion11)
    let expectations = headers.members(of: "Expect")
    guard expectations.allSatisfy({ $0.lowercased() == "100-continue" }) else {
      throw HTTPRefusal(417, "unknown expectation")
    }
    return RequestHead(
      method: method, path: path, query: query, isVersion11: isVersion11, headers: headers, framing: framing,
      awaitsContinue: isVersion11 && !expectations.isEmpty && framing != .length(0))
  }

  private static func requestLine(
    _ line: ArraySlice<UInt8>
  ) throws(HTTPRefusal) -> (method: String, target: ArraySlice<UInt8>, isVersion11: Bool) {
    let parts = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].isHTTPToken, HTTPSyntax.isTarget(parts[1]) else {
      throw HTTPRefusal(400, "malformed request line")
    }
    let method = String(decoding: parts[0], as: UTF8.self)
    switch String(decoding: parts[2], as: UTF8.self) {
    case "HTTP/1.1": return (method, parts[1], true)
    case "HTTP/1.0": return (method, parts[1], false)
    case let version where version.hasPrefix("HTTP/") && version.utf8.count == 8:
      throw HTTPRefusal(505, "only HTTP/1.1 is spoken here")
    default: throw HTTPRefusal(400, "malformed protocol version")
    }
  }

  private static func fields(_ lines: [ArraySlice<UInt8>]) throws(HTTPRefusal) -> HTTPHeaders {
    guard lines.count <= maximumFields else { throw HTTPRefusal(431, "too many header fields") }
    var fields: [(name: String, value: String)] = []
    fields.reserveCapacity(lines.count)
    for line in lines {
      // A line that begins with a blank would continue the one before (obs-fold); it has no token before its colon.
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")), line[..<colon].isHTTPToken else {
        throw HTTPRefusal(400, "malformed header field")
      }
      let value = line[(colon + 1)...]
      guard HTTPSyntax.isFieldValue(value) else { throw HTTPRefusal(400, "control character in a header field") }
      fields.append((name: String(decoding: line[..<colon], as: UTF8.self), value: text(value)))
    }
    return HTTPHeaders(fields)
  }

  /// Bytes above ASCII are UTF-8 where they can be, else ISO 8859-1, which they used to be (RFC 9110 section 5.5).
  private static func text(_ value: ArraySlice<UInt8>) -> String {
    let text =
      String(validating: value, as: UTF8.self) ?? String(String.UnicodeScalarView(value.map(Unicode.Scalar.init)))
    return text.trimmingBlanks()
  }

  private static func split(
    _ target: ArraySlice<UInt8>, method: String
  ) throws(HTTPRefusal) -> (path: String, query: String?) {
    var text = String(decoding: target, as: UTF8.self)[...]
    if method == "CONNECT" || method == "TRACE" { throw HTTPRefusal(405, "method not allowed") }
    if text == "*" {
      guard method == "OPTIONS" else { throw HTTPRefusal(400, "malformed request target") }
      return ("*", nil)
    }
    // Absolute form, which a server has to accept (RFC 9112 section 3.2.2).
    let scheme = text.prefix { $0 != ":" }.lowercased()
    if scheme == "http" || scheme == "https", text.dropFirst(scheme.count).hasPrefix("://") {
      let afterScheme = text.dropFirst(scheme.count + 3)
      text = afterScheme[(afterScheme.firstIndex { $0 == "/" || $0 == "?" } ?? afterScheme.endIndex)...]
      if !text.hasPrefix("/") { text = "/" + text }
    }
    guard text.hasPrefix("/") else { throw HTTPRefusal(400, "malformed request target") }
    guard let mark = text.firstIndex(of: "?") else { return (String(text), nil) }
    return (String(text[..<mark]), String(text[text.index(after: mark)...]))
  }

  private static func checkHost(_ headers: HTTPHeaders, isVersion11: Bool) throws(HTTPRefusal) {
    let hosts = headers.values(of: "Host")
    guard hosts.count == 1 || (hosts.isEmpty && !isVersion11), hosts.allSatisfy({ HTTPSyntax.isHost($0.utf8) }) else {
      throw HTTPRefusal(400, "exactly one Host field is needed")
    }
  }

  private static func framing(
    _ headers: HTTPHeaders, isVersion11: Bool
  ) throws(HTTPRefusal) -> RequestHead.Framing {
    let lengths = headers.values(of: "Content-Length")
    let codings = headers.values(of: "Transfer-Encoding")
    if !codings.isEmpty {
      guard isVersion11, lengths.isEmpty, codings.count == 1 else { throw HTTPRefusal(400, "ambiguous body length") }
      guard codings[0].lowercased() == "chunked" else { throw HTTPRefusal(501, "transfer coding not implemented") }
      return .chunked
    }
    guard let length = lengths.first else { return .length(0) }
    guard lengths.count == 1, !length.isEmpty, length.utf8.allSatisfy(\.isDecimalDigit) else {
      throw HTTPRefusal(400, "malformed Content-Length")
    }
    // More than can be counted is more than anybody reads.
    return .length(Int(length) ?? .max)
  }
}

/// Why a request is answered by the listener itself and not by a handler: a status with a word of explanation. The
/// connection ends after it.
package struct HTTPRefusal: Error, Equatable {
  package let status: Int
  package let reason: String

  init(_ status: Int, _ reason: String) {
    self.status = status
    self.reason = reason
  }

  package static let bodyTooLarge = Self(413, "body too large")
}
