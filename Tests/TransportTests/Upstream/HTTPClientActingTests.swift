// Tests that the HTTP client sends nothing once the right to act has ended.
import Basics
import MockClock
import ProviderHTTP
import Synchronization
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(1))) struct HTTPClientActingTests {
  @Test func nothingIsSentAfterTheDeadline() async throws {
    let requests = RequestCount()
    try await withServer(requests.script) { (server) async throws in
      try await withClient { (client) async throws in
        let clock = SteppableClock()
        let deadline = ActingDeadline(end: clock.now.advanced(by: .seconds(1)), clock: clock)
        let once = ProviderRequest.post(server.url, .once)
        let before = try await ActingDeadline.$current.withValue(deadline) { try await client.status(of: once) }
        #expect(before == 200)
        clock.advance(by: .seconds(1))
        for repeatability in [ProviderRequest.Repeatability.once, .repeatable] {
          let failure = await ActingDeadline.$current.withValue(deadline) {
            await client.failure(of: .post(server.url, repeatability))
          }
          #expect(failure?.code == .cancelled && failure?.neverSent == true)
        }
        // The connection was there, so the look was the last thing before the request.
        #expect(server.connectionCount >= 1)
        #expect(requests.value == 1)
        #expect(try await client.status(of: once) == 200)
      }
    }
  }
}

/// Counts what reaches a server.
private final class RequestCount: Sendable {
  private let count = Mutex(0)
  var value: Int { count.withLock { $0 } }

  var script: RawServer.Script {
    { connection in
      while connection.readRequest() != nil {
        self.count.withLock { $0 += 1 }
        connection.respond()
      }
    }
  }
}
