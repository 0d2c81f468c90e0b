// Checks a WebSocket handshake and answers it.
import CTransport

/// The server's side of RFC 6455 section 4.2.
struct WebSocketHandshake {
  let subprotocols: [String]
  private let key: String

  /// Checks the form of a request for the WebSocket path.
  /// - Throws: the response that says what is wrong.
  static func check(_ head: RequestHead, body: [UInt8]) -> Result<WebSocketHandshake, HandshakeRefusal> {
    guard head.method == "GET" else {
      return .failure(HandshakeRefusal(405, "a WebSocket is asked for with GET", ["Allow": "GET"]))
    }
    guard head.isVersion11 else { return .failure(HandshakeRefusal(400, "HTTP/1.1 is needed")) }
    guard head.asksForWebSocket else {
      return .failure(HandshakeRefusal(426, "this is a WebSocket", ["Upgrade": "websocket"]))
    }
    guard head.headers.lists("upgrade", in: "Connection") else {
      return .failure(HandshakeRefusal(400, "Connection has to name Upgrade"))
    }
    guard body.isEmpty else { return .failure(HandshakeRefusal(400, "a handshake has no body")) }
    guard head.headers.values(of: "Sec-WebSocket-Version") == ["13"] else {
      return .failure(HandshakeRefusal(426, "version 13 is spoken here", ["Sec-WebSocket-Version": "13"]))
    }
    let keys = head.headers.values(of: "Sec-WebSocket-Key")
    guard keys.count == 1, isKey(keys[0]) else { return .failure(HandshakeRefusal(400, "malformed Sec-WebSocket-Key")) }
    let subprotocols = head.headers.members(of: "Sec-WebSocket-Protocol")
    guard subprotocols.allSatisfy({ HTTPSyntax.isToken($0.utf8) }) else {
      return .failure(HandshakeRefusal(400, "malformed Sec-WebSocket-Protocol"))
    }
    return .success(WebSocketHandshake(subprotocols: subprotocols, key: keys[0]))
  }

  /// Sixteen bytes in base64 (RFC 6455 section 4.1).
  private static func isKey(_ key: String) -> Bool {
    let bytes = Array(key.utf8)
    guard bytes.count == 24, bytes.suffix(2) == Array("==".utf8)[...] else { return false }
    return bytes.prefix(22).allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
        true
      default: false
      }
    }
  }

  /// The answer that switches protocols; an empty sub-protocol selects none.
  func acceptance(subprotocol: String) -> HTTPResponse {
    var response = HTTPResponse(status: 101, headers: ["Upgrade": "websocket", "Sec-WebSocket-Accept": accept])
    if !subprotocol.isEmpty { response.headers["Sec-WebSocket-Protocol"] = subprotocol }
    return response
  }

  /// SHA-1 of the key and the GUID of RFC 6455 section 1.3, in base64.
  private var accept: String {
    let input = Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)
    var digest = [UInt8](repeating: 0, count: 20)
    SHA1(input, input.count, &digest)
    var text = [UInt8](repeating: 0, count: 29)
    EVP_EncodeBlock(&text, digest, 20)
    return String(decoding: text.prefix(28), as: UTF8.self)
  }
}
