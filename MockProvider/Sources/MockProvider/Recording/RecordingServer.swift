// Listens in place of a mock: a recorder before a provider, or a replay of what was recorded.
import Basics
import Logging
import Transport

/// What the program does instead of being a mock.
public enum ProviderRecording: Sendable {
  /// Hands everything on to a provider and writes redacted samples into a folder.
  case record(from: ProviderOrigin, to: String)
  /// Answers from a folder's samples.
  case replay(String)
}

/// Something that listens until it is stopped.
protocol RunningServer: Sendable {
  /// As `http://127.0.0.1:8080`.
  var baseURL: String { get }
  /// Whether it has a control surface.
  var hasControl: Bool { get }
  /// Stops listening, and returns when all connections are gone.
  func stop() async
}

extension MockServer: RunningServer {
  var hasControl: Bool { true }
}

/// A recorder or a replay that listens.
struct RecordingServer: RunningServer {
  let baseURL: String
  let hasControl = false
  private let listener: Listener

  /// - Parameter configuration: of it the address and the allowed origins.
  /// - Throws: ``MockStartError`` for a folder, `TransportError` for an address.
  static func start(
    _ recording: ProviderRecording, _ configuration: MockConfiguration, on loop: EventLoop, logger: Logger
  ) async throws -> RecordingServer {
    let handler: any HTTPHandler
    let gate = CallerGate(configuration)
    switch recording {
    case .record(let origin, let folder):
      try SampleFolder.prepare(folder)
      var settings = HTTPClientConfiguration()
      settings.maximumRequestBytes = VendorCall.maximumBodyBytes
      let client = try await HTTPClient.start(settings, on: loop)
      handler = Recorder(origin, to: folder, gate: gate, client: client, on: loop, logger: logger)
    case .replay(let folder):
      handler = Replayer(try SampleFolder.load(folder), gate: gate, on: loop, logger: logger)
    }
    var listening = ListenerConfiguration(address: .tcp(host: configuration.host, port: configuration.port))
    listening.maximumBodyBytes = VendorCall.maximumBodyBytes
    do throws(TransportError) {
      let listener = try await Listener.start(listening, on: loop, http: handler, logger: logger)
      let authority = HostName.authority(configuration.host, port: listener.port ?? configuration.port)
      return RecordingServer(baseURL: "http://\(authority)", listener: listener)
    } catch {
      throw error.about(HostName.authority(configuration.host, port: configuration.port), choose: "--host or --port")
    }
  }

  func stop() async { await listener.stop() }
}
