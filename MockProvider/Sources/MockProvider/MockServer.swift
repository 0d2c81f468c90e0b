// Starts a mock that listens: what a test embeds and what the program runs until its end.
import Basics
import Glibc
import Logging
import MockClock
import StrictJSON
import TalkingAvatar
import Transport

/// Both vendors' APIs on one port.
///
/// ```swift
/// let mock = try await MockServer.start()
/// // … point the code under test at mock.baseURL …
/// await mock.stop()
/// ```
public final class MockServer: ScenarioControl {
  /// Where both vendors answer, as `http://127.0.0.1:8080`.
  public let baseURL: String
  let state: MockState
  private let listener: Listener
  /// The loop that ends with the mock; nil where the mock is a guest on somebody's loop.
  private let ownLoop: EventLoop?
  /// Nil where media is off.
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
      : try await MediaEquipment.start(configuration, on: loop, wallClock: WallClock.milliseconds, logger: logger)
    let state = MockState(
      configuration, on: loop, clock: clock, patienceClock: loop.clock, wallClock: { Int64(WallClock.milliseconds()) },
      peers: { scene in
        equipment?.peerFactory(for: scene) ?? SignallingPeerFactory() as any MediaPeerFactory
      }, speechPreparation: equipment?.speech, logger: logger)
    var listening = ListenerConfiguration(address: .tcp(host: configuration.host, port: configuration.port))
    listening.maximumBodyBytes = VendorCall.maximumBodyBytes
    listening.maximumBytesAfterEnd = VendorCall.maximumDroppedBytes
    listening.webSocketPaths = DIDSocketRoom.paths
    listening.servesHTTPBesideWebSocket = true
    listening.maximumMessageBytes = DIDSocketRoom.maximumMessageBytes
    let listener: Listener
    do throws(TransportError) {
      listener = try await Listener.start(
        listening, on: loop,
        http: MockHandler(state: state), webSocket: DIDSocketRoom(state), logger: logger)
    } catch {
      await equipment?.stop()
      let address = HostName.authority(configuration.host, port: configuration.port)
      throw error.about(address, choose: "--host or --port")
    }
    if let reports = equipment?.reports {
      loop.spawn { for await news in reports { await state.handle(news.report, in: news.scenario) } }
    }
    let authority = HostName.authority(configuration.host, port: listener.port ?? configuration.port)
    await equipment?.refuse(port: listener.port ?? configuration.port)
    await state.setWebSocketBase("ws://\(authority)")
    return MockServer(
      baseURL: "http://\(authority)", state: state, listener: listener, equipment: equipment, ownLoop: ownLoop)
  }

  /// The main scenario, to which every call belongs that names none.
  public var handle: MockScenario { MockScenario(state: state, name: .main) }

  /// A world of its own, which is opened if there is none of that name.
  /// - Parameter name: 1 to 200 printable ASCII characters.
  /// - Throws: ``VerificationError`` for another name.
  public func scenario(_ name: String) throws(VerificationError) -> MockScenario {
    guard let name = ScenarioName(name) else { throw VerificationError(ScenarioRefusal.wrongName.reason) }
    return MockScenario(state: state, name: name)
  }

  /// Moves the mock's clock forward: idle limits, talks and delayed answers follow.
  public func advance(by duration: Duration) { state.clock.advance(by: duration) }

  /// Stops listening, and returns when all connections are gone.
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

/// Runs one mock until it is told to end.
public enum MockProgram {
  /// Why the program ends.
  enum End: Sendable {
    case signal(Int32)
    case parent

    var word: String { if case .parent = self { "parent" } else { "signal" } }
  }

  /// Starts a mock, writes the ready line to standard output, and returns once the mock has ended: on SIGTERM, on
  /// SIGINT, or, if asked to, when the other end of standard input closes. With a command there is no ready line, since
  /// standard output is the command's; the mock ends with it, and hands on to it what would end the mock alone.
  /// - Parameters:
  ///   - exitsWithParent: standard input is a pipe whose other end the parent holds: it is closed when the parent ends,
  ///     whatever killed it.
  ///   - command: a program to run beside the mock, and its arguments.
  ///   - recording: what it does instead of being a mock.
  /// - Returns: the exit code: the command's, else 0.
  /// - Throws: ``MockStartError`` when an address, a folder or the command cannot be used, `SpeechError` when there is
  ///   no such voice.
  public static func run(
    _ configuration: MockConfiguration, recording: ProviderRecording? = nil, exitsWithParent: Bool = false,
    command: [String] = [], logger: Logger
  ) async throws -> Int32 {
    try MockStartError.check(folders: configuration.mediaFolders)
    LargeBlocks.mapAlone()
    let loop = try EventLoop()
    let (ends, end) = AsyncStream.makeStream(of: End.self, bufferingPolicy: .bufferingOldest(8))
    for number in [SIGTERM, SIGINT] { loop.onSignal(number) { end.yield(.signal(number)) } }
    let server: any RunningServer
    do {
      if let recording {
        server = try await RecordingServer.start(recording, configuration, on: loop, logger: logger)
      } else {
        server = try await MockServer.start(configuration, on: loop, logger: logger)
      }
    } catch {
      await loop.stop()
      throw MockStartError(error)
    }
    if exitsWithParent {
      loop.spawn { if await ParentWatch.isGone(by: loop.clock) { end.yield(.parent) } }
    }
    let exitCode: Int32
    if command.isEmpty {
      print(readyLine(server.baseURL, hasControl: server.hasControl).text)
      fflush(nil)
      var reasons = ends.makeAsyncIterator()
      let reason = await reasons.next() ?? .signal(SIGTERM)
      logger.info("ending", metadata: ["reason": "\(reason.word)"])
      exitCode = 0
    } else {
      exitCode = await CompanionCommand.run(command, beside: server.baseURL, ends: ends, on: loop)
    }
    await server.stop()
    await loop.stop()
    return exitCode
  }

  static func readyLine(_ baseURL: String, hasControl: Bool) -> JSONValue {
    var line: JSONObject = [
      "event": "ready", "url": .string(baseURL), "did": .string(baseURL), "heygen": .string(baseURL),
    ]
    if hasControl { line["admin"] = .string(baseURL + AdminRoute.prefix) }
    return .object(line)
  }
}
