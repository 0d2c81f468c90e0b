// Speaks WebSocket as a well-behaved client (RFC 6455), with no code of the server's.
import Foundation

/// One WebSocket to a listener on loopback. An actor, so that frames are read by one caller at a time.
public actor WebSocketClient {
  /// What arrived.
  public enum Event: Sendable, Hashable {
    case text(String)
    case close(UInt16?)
    /// The connection ended without a close frame.
    case end
  }

  private let socket: RawSocket
  private var chunks: AsyncStream<[UInt8]>.AsyncIterator
  private var buffer: [UInt8] = []
  /// The head of the response to the handshake.
  public private(set) var responseHead = ""

  /// Connects and upgrades.
  /// - Parameter authorization: the header field of that name.
  /// - Throws: `Refused` with the HTTP status when the handshake is not accepted.
  public init(
    port: Int, path: String = "/v1/signaling", subprotocol: String = "avatar-relay.v1", origin: String? = nil,
    authorization: String? = nil
  ) async throws {
    socket = try RawSocket(port: port)
    chunks = socket.chunks().makeAsyncIterator()
    let fields = [("Origin", origin), ("Authorization", authorization)]
    let others = fields.map { name, value in value.map { "\(name): \($0)\r\n" } ?? "" }.joined()
    let head =
      "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
      + "Sec-WebSocket-Protocol: \(subprotocol)\r\n\(others)\r\n"
    socket.send(Array(head.utf8))
    while !buffer.contains(subsequence: Array("\r\n\r\n".utf8)) {
      guard await fill() else { throw Refused(status: 0) }
    }
    let text = String(decoding: buffer, as: UTF8.self)
    let status = Int(text.split(separator: " ").dropFirst().first ?? "") ?? 0
    responseHead = text
    guard status == 101, let end = text.range(of: "\r\n\r\n") else { throw Refused(status: status) }
    buffer.removeFirst(text[..<end.upperBound].utf8.count)
  }

  /// A handshake that was not accepted.
  public struct Refused: Error, Sendable { public let status: Int }

  /// Sends a text message.
  public nonisolated func send(_ text: String) { send(opcode: 1, Array(text.utf8)) }

  /// Sends a close frame.
  public nonisolated func close(_ code: UInt16) { send(opcode: 8, [UInt8(code >> 8), UInt8(code & 255)]) }

  /// Vanishes without a close frame.
  public nonisolated func drop() { socket.drop() }

  /// Sends one frame, masked as a client must; of a message it may be one part of several.
  public nonisolated func send(opcode: UInt8, _ payload: [UInt8], final: Bool = true) {
    socket.sendFrame(opcode, payload, final: final)
  }

  /// The next message or the end; pings and the close frame are answered on the way.
  public func next() async -> Event {
    while true {
      while let frame = takeFrame() {
        switch frame.opcode {
        case 1: return .text(String(decoding: frame.payload, as: UTF8.self))
        case 8:
          let payload = frame.payload
          send(opcode: 8, payload)
          return .close(payload.count >= 2 ? UInt16(payload[0]) << 8 | UInt16(payload[1]) : nil)
        case 9: send(opcode: 10, frame.payload)
        default: break
        }
      }
      guard await fill() else { return .end }
    }
  }

  private func fill() async -> Bool {
    var chunks = self.chunks
    let chunk = await chunks.next(isolation: self)
    self.chunks = chunks
    guard let chunk else { return false }
    buffer += chunk
    return true
  }

  /// Cuts the first complete frame off; servers send unmasked and this one never fragments.
  private func takeFrame() -> (opcode: UInt8, payload: [UInt8])? {
    guard buffer.count >= 2 else { return nil }
    var length = Int(buffer[1] & 0x7F)
    var start = 2
    let extra = length == 126 ? 2 : length == 127 ? 8 : 0
    if extra > 0 {
      guard buffer.count >= 2 + extra else { return nil }
      length = buffer[2..<(2 + extra)].reduce(0) { $0 << 8 | Int($1) }
      start += extra
    }
    guard buffer.count >= start + length else { return nil }
    let frame = (buffer[0] & 0x0F, Array(buffer[start..<(start + length)]))
    buffer.removeFirst(start + length)
    return frame
  }
}

extension [UInt8] {
  fileprivate func contains(subsequence: [UInt8]) -> Bool {
    guard count >= subsequence.count else { return false }
    return (0...(count - subsequence.count)).contains { self[$0..<($0 + subsequence.count)].elementsEqual(subsequence) }
  }
}
