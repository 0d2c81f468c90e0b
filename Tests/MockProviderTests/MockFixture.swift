// A mock without sockets, whose time only the test moves: requests go to its handler.
import Basics
import Logging
import MockClock
import StrictJSON
import TalkingAvatar
import Testing
import Transport
import Wire

@testable import MockProvider

/// Drives a mock's handler as a client would, on a loop of its own.
struct MockFixture: Sendable {
  static let key: HTTPHeaders = ["Authorization": "Basic user:secret", "Host": "127.0.0.1:1"]
  static let apiKey: HTTPHeaders = ["X-Api-Key": "secret", "Host": "127.0.0.1:1"]

  let loop: EventLoop
  let state: MockState
  var handler: MockHandler { MockHandler(state: state) }
  var clock: SteppableClock { state.clock }
  /// By which waits end.
  let patience: SteppableClock

  /// Runs a test with a mock, and ends its loop afterwards.
  static func run(
    _ configuration: MockConfiguration = MockConfiguration(), voice: (any Voice)? = nil,
    _ body: (MockFixture) async throws -> Void
  ) async throws {
    let loop = try EventLoop()
    var logger = Logger(label: "mock-test")
    logger.logLevel = .critical
    let desk = voice.map { SpeechPreparation(voice: $0, library: MediaLibrary(folders: [], client: UnusedClient())) }
    let patience = SteppableClock()
    let state = MockState(
      configuration, on: loop, clock: SteppableClock(), patienceClock: patience, speechPreparation: desk, logger: logger)
    let fixture = MockFixture(loop: loop, state: state, patience: patience)
    do { try await body(fixture) } catch {
      await loop.stop()
      throw error
    }
    await loop.stop()
  }

  /// The main scenario as it is now.
  var main: ScenarioKey {
    get async throws { try await state.with(.main) { $0.key } }
  }

  func send(_ request: HTTPRequest) async -> MockReply {
    let handler = handler
    return MockReply(
      await loop.spawn { () -> HTTPResponse? in
        // As a listener does it, which keeps no larger body.
        guard case .bytes(let limit) = handler.bodyLimit(of: request), request.body.count > limit else {
          return try? await handler.respond(to: request)
        }
        var head = request
        (head.body, head.headers["Content-Length"]) = ([], "\(request.body.count)")
        return handler.responseToLargerBody(of: head)
      }.value)
  }

  func send(_ method: String, _ path: String, _ body: JSONValue? = nil, headers: HTTPHeaders? = nil) async -> MockReply
  {
    let parts = path.split(separator: "?", maxSplits: 1).map(String.init)
    let standard = path.hasPrefix("/v") ? Self.apiKey : Self.key
    return await send(
      HTTPRequest(
        method: method, path: parts[0], query: parts.count > 1 ? parts[1] : nil, headers: headers ?? standard,
        body: body?.serialized ?? []))
  }

  func post(_ path: String, _ body: JSONValue, headers: HTTPHeaders? = nil) async -> MockReply {
    await send("POST", path, body, headers: headers)
  }

  /// Posts bytes as they are.
  func post(_ path: String, raw: [UInt8]) async -> MockReply {
    await send(
      HTTPRequest(method: "POST", path: path, headers: path.hasPrefix("/v") ? Self.apiKey : Self.key, body: raw))
  }

  func admin(_ method: String, _ path: String, _ body: JSONValue? = nil) async -> MockReply {
    await send(method, "/__admin/" + path, body, headers: ["Host": "127.0.0.1:1"])
  }
}
