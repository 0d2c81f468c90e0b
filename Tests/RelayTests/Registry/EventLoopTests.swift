// Checks on the real event loop that nothing of the registry ever leaves the loop's thread.
import AvatarProvider
import Basics
import Logging
import RelayTestSupport
import SessionValues
import Signaling
import Testing
import Transport

@testable import Relay

@Suite struct EventLoopTests {
  /// Succeeds only where it is called on the loop.
  private struct LoopProvider: AvatarProvider {
    let loop: EventLoop
    let id: ProviderID = "loop"
    let traits = ProviderTraits.offering

    private func check() async throws(ProviderFailure) {
      await Task.yield()
      guard loop.isCurrent else { throw ProviderFailure(.malformedReply, "not on the loop") }
    }
    func plan(_ request: OpenRequest) throws(ProviderFailure) -> SessionPlan {
      SessionPlan(avatar: request.avatar, idleLimit: .milliseconds(500), body: request.options)
    }
    func open(_ plan: SessionPlan) async throws(ProviderFailure) -> ProviderSession {
      try await check()
      return .sample(idle: .milliseconds(500))
    }
    func describe(
      _ description: SessionDescription, in session: SessionHandle
    ) async throws(ProviderFailure) -> SessionDescription? {
      try await check()
      return nil
    }
    func add(_ candidate: IceCandidate?, in session: SessionHandle) async throws(ProviderFailure) {}
    func speak(_ script: Script, in session: SessionHandle) async throws(ProviderFailure) -> Talk {
      Talk(id: nil, duration: nil)
    }
    func interrupt(talk: String?, in session: SessionHandle) async throws(ProviderFailure) -> Interruption {
      .done
    }
    func extend(_ session: SessionHandle) async throws(ProviderFailure) {}
    func close(_ session: SessionHandle) async throws(ProviderFailure) { try await check() }
    func event(fromDataChannel message: String) -> ProviderEvent? { nil }
  }

  /// Hands messages over to the test; a message from off the loop is left out.
  private struct StreamConnection: SignalingConnection {
    var roundTripTime: Duration? { nil }
    let id = ConnectionID(1)
    let loop: EventLoop
    let messages: AsyncStream<ServerMessage>.Continuation
    func send(_ message: ServerMessage) { if loop.isCurrent { messages.yield(message) } }
    func close(_ code: CloseCode, reason: String) { messages.finish() }
  }

  @Test("A session is opened, answered, found idle by the loop's clock and closed, all on the loop")
  func onTheLoop() async throws {
    let loop = try EventLoop()
    let registry = SessionRegistry(
      providers: [LoopProvider(loop: loop)], limits: .withoutQuotas, clock: loop.clock, executor: loop,
      identifiers: CountingIdentifiers(), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    let (messages, source) = AsyncStream<ServerMessage>.makeStream()
    let connection = StreamConnection(loop: loop, messages: source)
    await registry.opened(connection)
    let open = Call.open(provider: "loop", avatar: nil, options: [:])
    await registry.received(Request(id: RequestID(1), call: open), on: connection.id)
    var received: [ServerMessage] = []
    for await message in messages {
      received.append(message)
      if case .result(RequestID(1), .opened(let opened), _) = message {
        let answer = Call.answer(session: opened.session, .sampleAnswer)
        await registry.received(Request(id: RequestID(2), call: answer), on: connection.id)
      }
      if case .notification(.session(_, _, .closed)) = message { break }
    }
    let session = SessionID(rawValue: "s1")
    let isAnswered = received.contains { if case .result(RequestID(2), .empty, _) = $0 { true } else { false } }
    #expect(isAnswered)
    #expect(received.last == .notification(.session(session, seq: 7, .closed(.idle, action: .reconnect))))
    #expect(await registry.possiblyLeakedSessionCount == 0)
    await registry.drain(within: .seconds(5))
    await loop.stop()
  }
}
