// Runs a listener on a loop of its own, with handlers that a test decides and that note what happens.
import Glibc
import Logging
import Synchronization
import TestSupport
@testable import Transport
import Wire

/// Answers with what a closure says.
struct ClosureHTTPHandler: HTTPHandler {
  let body: @Sendable (HTTPRequest) async throws -> HTTPResponse
  var limit: @Sendable (HTTPRequest) -> RequestBodyLimit = { _ in .bytes(.max) }
  var larger: @Sendable (HTTPRequest) -> HTTPResponse = { _ in .text(413, "body too large") }
  func bodyLimit(of head: HTTPRequest) -> RequestBodyLimit { limit(head) }
  func responseToLargerBody(of head: HTTPRequest) -> HTTPResponse { larger(head) }
  func respond(to request: HTTPRequest) async throws -> HTTPResponse { try await body(request) }
}

/// Starts a listener on a loop of its own, runs the test, and stops both.
struct ServerFixture {
  let loop: EventLoop
  let listener: Listener
  let webSocket: RecordingWebSocketHandler

  var port: Int { listener.port ?? 0 }

  /// Echoes method, path, query and body unless told otherwise.
  static func run<Value: Sendable>(
    address: ListenerConfiguration.Address = .tcp(host: "127.0.0.1", port: 0),
    configure: (inout ListenerConfiguration) -> Void = { _ in },
    http: @escaping @Sendable (HTTPRequest) async throws -> HTTPResponse = Self.echo,
    bodyLimit: @escaping @Sendable (HTTPRequest) -> RequestBodyLimit = { _ in .bytes(.max) },
    largerBody: @escaping @Sendable (HTTPRequest) -> HTTPResponse = { _ in .text(413, "body too large") },
    webSocket: any WebSocketHandler = RecordingWebSocketHandler(),
    _ body: (ServerFixture) async throws -> Value
  ) async throws -> Value {
    // The test's client blocks: it gets a thread of its own, so that no other test waits for it.
    let thread = try EventLoop()
    let result: Result<Value, any Error> = await withTaskExecutorPreference(thread) {
      let http = ClosureHTTPHandler(body: http, limit: bodyLimit, larger: largerBody)
      do { return .success(try await serve(address, configure, http, webSocket, body)) } catch {
        return .failure(error)
      }
    }
    await thread.stop()
    return try result.get()
  }

  private static func serve<Value: Sendable>(
    _ address: ListenerConfiguration.Address, _ configure: (inout ListenerConfiguration) -> Void,
    _ http: ClosureHTTPHandler, _ webSocket: any WebSocketHandler,
    _ body: (ServerFixture) async throws -> Value
  ) async throws -> Value {
    let loop = try EventLoop()
    var configuration = ListenerConfiguration(address: address, webSocketPaths: ["/ws"])
    configure(&configuration)
    let listener: Listener
    do {
      listener = try await Listener.start(
        configuration, on: loop, http: http, webSocket: webSocket,
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    } catch {
      await loop.stop()
      throw error
    }
    let fixture = ServerFixture(
      loop: loop, listener: listener, webSocket: webSocket as? RecordingWebSocketHandler ?? RecordingWebSocketHandler())
    do {
      let value = try await body(fixture)
      await loop.stop()
      return value
    } catch {
      await loop.stop()
      throw error
    }
  }

  static let echo: @Sendable (HTTPRequest) async throws -> HTTPResponse = { request in
    HTTPResponse(
      status: 200, headers: ["X-Seen": "\(request.method) \(request.path) \(request.query ?? "-")"], body: request.body)
  }

  func connect(receiveBuffer: Int32? = nil) throws -> RawSocket {
    try RawSocket.connected(port: port, receiveBuffer: receiveBuffer)
  }

  /// A client that has completed the handshake.
  func connectWebSocket(receiveBuffer: Int32? = nil) throws -> RawSocket {
    let socket = try connect(receiveBuffer: receiveBuffer)
    guard socket.exchange(ServerFixture.handshake)?.status == 101 else { throw HandshakeFailed() }
    return socket
  }

  struct HandshakeFailed: Error {}

  static let handshake = """
    GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: test.v1\r\n\r\n
    """
}

extension RawSocket {
  /// Opened as the module opens descriptors, so that the many suites of one process do not get in each other's way.
  static func connected(port: Int, host: String = "127.0.0.1", receiveBuffer: Int32? = nil) throws -> RawSocket {
    try ProcessLock.shared { Result { try RawSocket(port: port, host: host, receiveBuffer: receiveBuffer) } }.get()
  }
}

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
  private let enders = Mutex<[WebSocketSide]>([])
  private let onOpen: @Sendable (WebSocketConnection) -> Void
  private let onText: Reaction
  private let onSmallFrame: @Sendable (WebSocketConnection) -> Bool

  init(
    onOpen: @escaping @Sendable (WebSocketConnection) -> Void = { _ in },
    onText: @escaping Reaction = { connection, text in connection.send(text) },
    onSmallFrame: @escaping @Sendable (WebSocketConnection) -> Bool = { _ in true }
  ) {
    self.onOpen = onOpen
    self.onText = onText
    self.onSmallFrame = onSmallFrame
    (events, continuation) = AsyncStream.makeStream()
  }

  var seen: [Event] { log.withLock { $0 } }
  /// Who ended each connection that ended, in order.
  var endedBy: [WebSocketSide] { enders.withLock { $0 } }

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

  func receivedSmallFrame(on connection: WebSocketConnection) -> Bool { onSmallFrame(connection) }

  func closed(_ connection: WebSocketConnection, code: UInt16, by side: WebSocketSide) {
    enders.withLock { $0.append(side) }
    note(.closed(connection.id, code))
  }
}

extension EventLoop {
  /// The processor time of the loop's thread.
  func threadTime() async -> Duration { await perform { ProcessorTime.ofThread } }
}
