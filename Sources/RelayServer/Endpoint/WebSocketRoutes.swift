// Tells the WebSockets of the signaling protocol from those on which a vendor's notifications are relayed.
import Transport
import Wire

/// Hands each WebSocket to who serves its path.
struct WebSocketRoutes: WebSocketHandler {
  let signaling: SignalingEndpoint
  let notifications: NotificationSockets

  private func handler(of connection: WebSocketConnection) -> any WebSocketHandler {
    notifications.has(connection) ? notifications : signaling
  }

  func upgrade(_ request: HTTPRequest, offering subprotocols: [String]) -> WebSocketUpgrade {
    request.path == NotificationSockets.path
      ? notifications.upgrade(request, offering: subprotocols) : signaling.upgrade(request, offering: subprotocols)
  }

  func opened(_ connection: WebSocketConnection, _ request: HTTPRequest) {
    request.path == NotificationSockets.path
      ? notifications.opened(connection, request) : signaling.opened(connection, request)
  }

  func received(_ text: [UInt8], on connection: WebSocketConnection) {
    handler(of: connection).received(text, on: connection)
  }

  func receivedSmallFrame(on connection: WebSocketConnection) -> Bool {
    handler(of: connection).receivedSmallFrame(on: connection)
  }

  func closed(_ connection: WebSocketConnection, code: UInt16, by side: WebSocketSide) {
    handler(of: connection).closed(connection, code: code, by: side)
  }
}
