// A browser's WebSocket as the relay's core sees it.
import Relay
import Signaling
import Transport

/// Writes the core's messages to a WebSocket.
struct BrowserConnection: SignalingConnection {
  private let webSocket: WebSocketConnection

  init(_ webSocket: WebSocketConnection) { self.webSocket = webSocket }

  var id: ConnectionID { ConnectionID(webSocket.id) }

  var roundTripTime: Duration? { webSocket.roundTripTime }

  func send(_ message: ServerMessage) { webSocket.send(SignalingCodec.encode(message)) }

  func close(_ code: CloseCode, reason: String) { webSocket.close(code: code.rawValue, reason: reason) }
}
