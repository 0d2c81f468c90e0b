// Lets an adapter open WebSockets without knowing who makes them.
import ProviderHTTP

extension WebSocketConnector: ProviderSocketClient {
  public func openSocket(
    to url: String, timeout: Duration, _ handler: any ProviderSocketHandler
  ) async throws(ProviderHTTPFailure) -> ProviderSocketOpening {
    do throws(WebSocketOpenFailure) {
      return .open(try await open(WebSocketRequest(url: url, timeout: timeout), AdapterHandler(handler: handler)))
    } catch {
      if let status = error.status { return .refused(status: status) }
      throw ProviderHTTPFailure(.init(error.code), neverSent: true, detail: error.detail)
    }
  }
}

extension OutgoingWebSocket: ProviderSocket {
  public func end() { close() }
}

/// Tells an adapter's handler.
private struct AdapterHandler: OutgoingWebSocketHandler {
  let handler: any ProviderSocketHandler

  func received(_ text: [UInt8], on socket: OutgoingWebSocket) { handler.received(text, on: socket.id) }
  func closed(_ socket: OutgoingWebSocket, _ end: OutgoingWebSocketEnd) {
    handler.closed(socket.id, code: end.code, written: end.written)
  }
}

extension ProviderHTTPFailure.Code {
  fileprivate init(_ code: WebSocketOpenFailure.Code) {
    self =
      switch code {
      case .invalidRequest: .invalidRequest
      case .unresolvedHost: .unresolvedHost
      case .unreachable: .unreachable
      case .tls: .tls
      case .timeout: .timeout
      case .refused, .badHandshake: .unacceptableResponse
      case .cancelled: .cancelled
      }
  }
}
