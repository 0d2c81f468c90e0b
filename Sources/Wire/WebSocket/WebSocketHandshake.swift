// Checks a WebSocket handshake and answers it (RFC 6455 section 4.2).
import Basics

/// The server's side of RFC 6455 section 4.2.
package struct WebSocketHandshake {
  /// What the client offers, in its order of preference.
  package let subprotocols: [String]
  private let key: String

  /// Checks the form of a request for the WebSocket path.
  /// - Returns: the handshake, or the response that says what is wrong.
  package static func check(_ head: RequestHead) -> Result<WebSocketHandshake, HandshakeRefusal> {
    guard head.method == "GET" else {
      return .failure(HandshakeRefusal(405, "a WebSocket is asked for with GET", ["Allow": "GET"]))
    }
    guard head.isVersion11 else { return .failure(HandshakeRefusal(400, "HTTP/1.1 is needed")) }
    guard head.asksForWebSocket else {
      // A page that could not connect asks by a plain request whether the address is right, and may read this.
      let headers = ["Upgrade": "websocket", "Access-Control-Allow-Origin": "*"]
      return .failure(HandshakeRefusal(426, "this is a WebSocket", headers))
    }
    guard head.headers.lists("upgrade", in: "Connection") else {
      return .failure(HandshakeRefusal(400, "Connection has to name Upgrade"))
    }
    guard head.framing == .length(0) else { return .failure(HandshakeRefusal(400, "a handshake has no body")) }
    guard head.headers.values(of: "Sec-WebSocket-Version") == ["13"] else {
      return .failure(HandshakeRefusal(426, "version 13 is spoken here", ["Sec-WebSocket-Version": "13"]))
    }
    let keys = head.headers.values(of: "Sec-WebSocket-Key")
    guard keys.count == 1, isKey(keys[0]) else { return .failure(HandshakeRefusal(400, "malformed Sec-WebSocket-Key")) }
    let subprotocols = head.headers.members(of: "Sec-WebSocket-Protocol")
    guard subprotocols.allSatisfy({ $0.utf8.isHTTPToken }) else {
      return .failure(HandshakeRefusal(400, "malformed Sec-WebSocket-Protocol"))
    }
    return .success(WebSocketHandshake(subprotocols: subprotocols, key: keys[0]))
  }

  /// Sixteen bytes in base64 (RFC 6455 section 4.1).
  private static func isKey(_ key: String) -> Bool {
    let bytes = Array(key.utf8)
    guard bytes.count == 24, bytes.suffix(2) == Array("==".utf8)[...] else { return false }
    return bytes.prefix(22).allSatisfy { byte in
      byte.isASCIILetter || byte.isDecimalDigit || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "/")
    }
  }

  /// What the answer has to hold the SHA-1 digest of (RFC 6455 section 1.3).
  package var challenge: [UInt8] { Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8) }

  /// The answer that switches protocols.
  /// - Parameters:
  ///   - subprotocol: empty to select none.
  ///   - accept: the SHA-1 digest of ``challenge`` in base64.
  package func acceptance(subprotocol: String, accept: String) -> HTTPResponse {
    var response = HTTPResponse(status: 101, headers: ["Upgrade": "websocket", "Sec-WebSocket-Accept": accept])
    if !subprotocol.isEmpty { response.headers["Sec-WebSocket-Protocol"] = subprotocol }
    return response
  }
}

/// The HTTP response that a client gets instead of a switch of protocols.
package struct HandshakeRefusal: Error {
  package let response: HTTPResponse

  init(_ status: Int, _ reason: String, _ headers: [String: String] = [:]) {
    var response = HTTPResponse.text(status, reason)
    for (name, value) in headers { response.headers[name] = value }
    self.response = response
  }
}
