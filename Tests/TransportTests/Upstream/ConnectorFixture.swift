// Opens WebSockets to servers on a loop of its own, and keeps what happens on them.
import Basics
import Logging
import Synchronization
import TestSupport
import Wire

@testable import Transport

/// Keeps what happens on sockets that a test opened.
final class RecordingOutgoingHandler: OutgoingWebSocketHandler {
  enum Event: Equatable, Sendable {
    case text(String)
    case closed(UInt16, written: Int)
  }

  private let events: AsyncStream<Event>
  private let event: AsyncStream<Event>.Continuation

  init() { (events, event) = AsyncStream.makeStream(of: Event.self) }

  func received(_ text: [UInt8], on socket: OutgoingWebSocket) {
    event.yield(.text(String(decoding: text, as: UTF8.self)))
  }

  func closed(_ socket: OutgoingWebSocket, _ end: OutgoingWebSocketEnd) {
    event.yield(.closed(end.code, written: end.written))
  }

  /// What happens next.
  func next() async -> Event? {
    var iterator = events.makeAsyncIterator()
    return await iterator.next()
  }
}

/// A connector on a loop of its own.
struct ConnectorFixture {
  let loop: EventLoop
  let connector: WebSocketConnector
  let handler = RecordingOutgoingHandler()

  static var logger: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }

  static func run(
    _ configuration: WebSocketConnectorConfiguration = .init(), _ body: (ConnectorFixture) async throws -> Void
  ) async throws {
    let loop = try EventLoop()
    do {
      let connector = try await WebSocketConnector.start(
        configuration, on: loop, logger: logger)
      try await body(ConnectorFixture(loop: loop, connector: connector))
    } catch {
      await loop.stop()
      throw error
    }
    await loop.stop()
  }

  func open(
    _ url: String, headers: [(String, String)] = [], subprotocols: [String] = ["test.v1"],
    timeout: Duration = .seconds(10)
  ) async throws(WebSocketOpenFailure) -> OutgoingWebSocket {
    var request = WebSocketRequest(url: url, subprotocols: subprotocols, timeout: timeout)
    request.headers = headers.map { (name: $0.0, value: $0.1) }
    return try await connector.open(request, handler)
  }

  func send(_ text: String, on socket: OutgoingWebSocket) async -> Int? {
    await loop.perform { socket.send(Array(text.utf8)) }
  }

  func close(_ socket: OutgoingWebSocket, code: UInt16 = 1000) async {
    await loop.perform { socket.close(code: code, reason: "done") }
  }

  func failure(
    _ url: String, subprotocols: [String] = ["test.v1"], timeout: Duration = .seconds(10)
  ) async -> WebSocketOpenFailure? {
    do throws(WebSocketOpenFailure) {
      _ = try await open(url, subprotocols: subprotocols, timeout: timeout)
      return nil
    } catch { return error }
  }
}
