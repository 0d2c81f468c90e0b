// A WebSocket handler that notes what happens and does what a test says.
import Synchronization

@testable import Transport

/// Echoes texts unless told otherwise; accepts `test.v1`.
final class RecordingWebSocketHandler: WebSocketHandler {
  enum Event: Equatable, Sendable {
    case opened(UInt64)
    case received(String)
    case closed(UInt64, UInt16)
  }

  typealias Reaction = @Sendable (WebSocketConnection, [UInt8]) -> Void

  let events: AsyncStream<Event>
  private let continuation: AsyncStream<Event>.Continuation
  private let log = Mutex<[Event]>([])
  private let onOpen: @Sendable (WebSocketConnection) -> Void
  private let onText: Reaction

  init(
    onOpen: @escaping @Sendable (WebSocketConnection) -> Void = { _ in },
    onText: @escaping Reaction = { connection, text in connection.send(text) }
  ) {
    self.onOpen = onOpen
    self.onText = onText
    (events, continuation) = AsyncStream.makeStream()
  }

  var seen: [Event] { log.withLock { $0 } }

  private func note(_ event: Event) {
    log.withLock { $0.append(event) }
    continuation.yield(event)
  }

  /// Waits for the next close and gives its code.
  func closeCode() async -> UInt16? {
    for await event in events { if case .closed(_, let code) = event { return code } }
    return nil
  }

  func upgrade(_ request: HTTPRequest, offering subprotocols: [String]) -> WebSocketUpgrade {
    guard subprotocols.contains("test.v1") else { return .refuse(.text(400, "test.v1 is needed")) }
    return .accept(subprotocol: "test.v1")
  }

  func opened(_ connection: WebSocketConnection, _ request: HTTPRequest) {
    note(.opened(connection.id))
    onOpen(connection)
  }

  func received(_ text: [UInt8], on connection: WebSocketConnection) {
    note(.received(String(decoding: text, as: UTF8.self)))
    onText(connection, text)
  }

  func closed(_ connection: WebSocketConnection, code: UInt16) { note(.closed(connection.id, code)) }
}
