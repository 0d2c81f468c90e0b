// When connections to the providers are made, renewed and dropped.
import Basics
import Logging
import MockClock
import ProviderHTTP
import Synchronization
import Testing
import Transport

@testable import RelayServer

@Suite(.timeLimit(.minutes(1))) struct ReadyConnectionsTests {
  @Test func connectionsAreMadeWithTheFirstClientRenewedAndDroppedAfterTheLast() async throws {
    try await withStage { (stage) async throws in
      #expect(stage.maker.prepared.isEmpty)
      await stage.connections.came()
      await stage.waits(for: 2)
      #expect(stage.maker.prepared.sorted() == ["https://a", "https://b"])
      // A second client changes nothing, nor does its leaving.
      await stage.connections.came()
      await stage.connections.came()
      await stage.connections.went()
      stage.clock.advance(by: ReadyConnections.pause)
      await stage.prepares(4)
      await stage.waits(for: 2)
      #expect(!stage.maker.closed.contains(.zero))
      await stage.connections.went()
      await stage.connections.went()
      stage.clock.advance(by: ReadyConnections.pause)
      while !stage.maker.closed.contains(.zero), !Task.isCancelled { await Task.yield() }
      #expect(stage.maker.prepared.count == 4)
      // And again with the next one.
      await stage.connections.came()
      await stage.prepares(6)
    }
  }

  @Test func aProviderThatIsDownIsAskedLessAndLess() async throws {
    try await withStage { (stage) async throws in
      stage.maker.isDown.withLock { $0 = true }
      await stage.connections.came()
      await stage.waits(for: 2)
      var expected = 2
      var pause = ReadyConnections.pause
      for _ in 0..<6 {
        pause = min(pause * 2, ReadyConnections.longestPause)
        stage.clock.advance(by: pause - .milliseconds(1))
        #expect(stage.maker.prepared.count == expected)
        stage.clock.advance(by: .milliseconds(1))
        expected += 2
        await stage.prepares(expected)
        await stage.waits(for: 2)
      }
    }
  }

  private struct Stage {
    let connections: ReadyConnections
    let maker: RecordingMaker
    let clock: SteppableClock
    func waits(for count: Int) async { while clock.sleeperCount != count, !Task.isCancelled { await Task.yield() } }
    func prepares(_ count: Int) async { while maker.prepared.count < count, !Task.isCancelled { await Task.yield() } }
  }

  private func withStage(_ body: (Stage) async throws -> Void) async throws {
    let loop = try EventLoop()
    let maker = RecordingMaker()
    let clock = SteppableClock()
    let connections = ReadyConnections(
      to: ["https://a", "https://b"], by: maker, executor: loop, clock: clock, logger: Logger(label: "test"))
    do {
      try await body(Stage(connections: connections, maker: maker, clock: clock))
    } catch {
      await loop.stop()
      throw error
    }
    await connections.stop()
    await loop.stop()
  }
}

/// Notes what it is asked for.
private final class RecordingMaker: ConnectionMaker {
  let isDown = Mutex(false)
  private let notes = Mutex((prepared: [String](), closed: [Duration]()))
  var prepared: [String] { notes.withLock { $0.prepared } }
  var closed: [Duration] { notes.withLock { $0.closed } }

  func prepareConnections(to url: String, unlessUsedWithin time: Duration) async throws(ProviderHTTPFailure) {
    notes.withLock { $0.prepared.append(url) }
    if isDown.withLock({ $0 }) { throw ProviderHTTPFailure(.unreachable, neverSent: true) }
  }
  func closeConnections(unusedFor time: Duration) { notes.withLock { $0.closed.append(time) } }
}
