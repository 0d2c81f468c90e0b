// A mock that listens: what a test embeds and the program runs.
import Logging
import Transport

/// Both vendors' APIs on one port.
///
/// ```swift
/// let mock = try await MockServer.start()
/// // … point the code under test at mock.baseURL …
/// await mock.stop()
/// ```
public final class MockServer: Sendable {
  /// Where both vendors answer, as `http://127.0.0.1:8080`.
  public let baseURL: String
  let state: MockState
  private let listener: Listener
  /// The loop that ends with the mock; nil where the mock is a guest on somebody's loop.
  private let ownLoop: EventLoop?
  /// Nil without media.
  private let equipment: MediaEquipment?

  private init(
    baseURL: String, state: MockState, listener: Listener, equipment: MediaEquipment?, ownLoop: EventLoop?
  ) {
    self.baseURL = baseURL
    self.state = state
    self.listener = listener
    self.equipment = equipment
    self.ownLoop = ownLoop
  }

  /// Starts a mock on a loop of its own, which ends with it.
  /// - Throws: `TransportError` when an address cannot be listened on, `SpeechError` when there is no such voice.
  public static func start(
    _ configuration: MockConfiguration = MockConfiguration(), logger: Logger? = nil
  ) async throws -> MockServer {
    let loop = try EventLoop()
    do { return try await start(configuration, on: loop, ownLoop: loop, logger: logger) } catch {
      await loop.stop()
      throw error
    }
  }

  /// Starts a mock on a loop that lives on when the mock stops.
  /// - Throws: `TransportError` when an address cannot be listened on, `SpeechError` when there is no such voice.
  public static func start(
    _ configuration: MockConfiguration = MockConfiguration(), on loop: EventLoop, logger: Logger? = nil
  ) async throws -> MockServer {
    try await start(configuration, on: loop, ownLoop: nil, logger: logger)
  }

  private static func start(
    _ configuration: MockConfiguration, on loop: EventLoop, ownLoop: EventLoop?, logger: Logger?
  ) async throws -> MockServer {
    let logger = logger ?? quietLogger
    let clock = SteppableClock(runningWith: loop.clock)
    let equipment =
      configuration.media == .none
      ? nil
      : try await MediaEquipment.start(
        configuration, on: loop, clock: clock, wallClock: WallClock.milliseconds, logger: logger)
    let state = MockState(
      configuration, on: loop, clock: clock, studio: equipment?.studio ?? SignallingStudio() as any Studio,
      speechDesk: equipment?.desk, logger: logger)
    let listener: Listener
    do {
      listener = try await Listener.start(
        ListenerConfiguration(address: .tcp(host: configuration.host, port: configuration.port)), on: loop,
        http: MockHandler(state: state), logger: logger)
    } catch {
      await equipment?.stop()
      throw error
    }
    if let reports = equipment?.reports {
      loop.spawn { for await report in reports { await state.handle(report) } }
    }
    let host = configuration.host.contains(":") ? "[\(configuration.host)]" : configuration.host
    let authority = "\(host):\(listener.port ?? configuration.port)"
    await equipment?.refuse(port: listener.port ?? configuration.port)
    await state.setWebSocketBase("ws://\(authority)")
    return MockServer(
      baseURL: "http://\(authority)", state: state, listener: listener, equipment: equipment,
      ownLoop: ownLoop)
  }

  /// All sessions that are remembered, D-ID's first, oldest first.
  public var sessions: [SessionSnapshot] { get async { await state.sessions } }

  /// The latest requests, oldest first.
  public var journal: [JournalEntry] { get async { await state.journal.entries } }

  /// Has the next calls answered otherwise.
  /// - Throws: ``FaultError``.
  public func force(_ fault: Fault) async throws(FaultError) { try await state.force(fault) }

  /// Moves the mock's clock forward: idle limits, talks and delayed answers follow.
  public func advance(by duration: Duration) { state.clock.advance(by: duration) }

  /// Ends and forgets all sessions, faults and journal entries.
  public func reset() async { await state.reset() }

  /// Stops to listen, and returns when all connections are gone.
  public func stop() async {
    await listener.stop()
    await state.close()
    await equipment?.stop()
    await ownLoop?.stop()
  }

  /// An embedded mock says nothing below a warning unless it is given a logger.
  private static var quietLogger: Logger {
    var logger = Logger(label: "mock-provider")
    logger.logLevel = .warning
    return logger
  }
}
