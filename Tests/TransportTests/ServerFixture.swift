// A loop with a listener and handlers that a test decides.
import Logging
import TestSupport

@testable import Transport

/// Answers with what a closure says.
struct ClosureHTTPHandler: HTTPHandler {
  let body: @Sendable (HTTPRequest) async throws -> HTTPResponse
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
    webSocket: any WebSocketHandler = RecordingWebSocketHandler(),
    _ body: (ServerFixture) async throws -> Value
  ) async throws -> Value {
    // The test's client blocks: it gets a thread of its own, so that no other test waits for it.
    let thread = try EventLoop()
    let result: Result<Value, any Error> = await withTaskExecutorPreference(thread) {
      do { return .success(try await serve(address, configure, http, webSocket, body)) } catch {
        return .failure(error)
      }
    }
    await thread.stop()
    return try result.get()
  }

  private static func serve<Value: Sendable>(
    _ address: ListenerConfiguration.Address, _ configure: (inout ListenerConfiguration) -> Void,
    _ http: @escaping @Sendable (HTTPRequest) async throws -> HTTPResponse, _ webSocket: any WebSocketHandler,
    _ body: (ServerFixture) async throws -> Value
  ) async throws -> Value {
    let loop = try EventLoop()
    var configuration = ListenerConfiguration(address: address, webSocketPath: "/ws")
    configure(&configuration)
    let listener: Listener
    do {
      listener = try await Listener.start(
        configuration, on: loop, http: ClosureHTTPHandler(body: http), webSocket: webSocket,
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
