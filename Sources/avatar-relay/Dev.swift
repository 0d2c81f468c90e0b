// Runs `avatar-relay dev`: relay and console against the mock provider, which is a child process.
import ArgumentParser
import Foundation
import MockClock
import RelayServer
import StrictJSON

/// Runs the relay and the console against the mock provider, which it starts as a child process.
struct Dev: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run relay, console and mock provider together: no key, no account, no network.",
    discussion: "The mock runs as a child process and ends with this program.")

  @Option(name: .customLong("port"), help: "Port to listen on; 0 lets the system choose.")
  var port: Int?

  @Option(name: .customLong("mock-provider"), help: "The mock-provider program; beside this one by default.")
  var mockProgram: String?

  @Option(help: "A talking face, or offers whose media never connects.")
  var media = MockMedia.peer

  @Option(help: "UDP port of the mock's media; 0 lets the system choose.")
  var rtcPort = 0

  @Option(help: "Numeric address that offers name instead of this machine's own, as in a container; may be repeated.")
  var rtcAdvertise: [String] = []

  @Option(
    help: "Folder from which the mock may load file: URLs of pictures and sounds; may be repeated.",
    completion: .directory)
  var mediaFolder: [String] = []

  @Flag(help: "End when the other end of standard input closes: give it a pipe that the parent holds.")
  var exitWithParent = false

  @OptionGroup var settings: Settings

  func run() async throws {
    let mock = try await MockChild.start(program: mockProgram ?? Self.besideThisProgram, options: mockOptions)
    defer { mock.end() }
    var overriding: [ConfigurationKey: SettingValue] = [
      .didURL: .string(mock.url), .heygenURL: .string(mock.url),
      .didWebSocketURL: .string(mock.url.replacing("http://", with: "ws://")), .didNotificationsURL: .string(""),
      // The mock takes any key; real ones have no business here.
      .didKey: .string("offline"), .heygenKey: .string("offline"), .didKeyFile: .string(""),
      .heygenKeyFile: .string(""), .upstreamProxy: .string(""),
      .accessKeyFiles: .strings([]), .accessSetFile: .string(""), .accessSetURL: .string(""),
    ]
    if let port { overriding[.listenPort] = .int(port) }
    var configuration = try settings.load(
      overriding: overriding,
      defaults: [
        .ledgerStore: .string("none"), .webRoot: .string(Self.webFolder),
        .didTransport: .string("both"), .didSourceURL: .string("https://avatar.example/anna.png"), .passThroughEnabled: .bool(true),
        // All that the mock serves of an agent.
        .passThroughCalls: .strings(["did-sdk"]),
        // A developer's browsers all have one address, and the mock's sessions and talks cost nothing.
        .limitTalksPerMinute: .int(0), .limitCharactersPerMinute: .int(0), .limitOpensPerMinute: .int(0),
        .limitTotalOpensPerMinute: .int(0), .limitWaitingOpensPerSubject: .int(0),
      ])
    configuration.mock = mock.url
    let settled = configuration
    try await RelayProcess.run(
      settled, clock: { SteppableClock(runningWith: $0.clock) }, exitsWithParent: exitWithParent
    ) { ReadyLine(server: $0, configuration: settled) }
  }

  /// The mock's command line.
  private var mockOptions: [String] {
    ["--media", media.rawValue, "--rtc-port", "\(rtcPort)"] + rtcAdvertise.flatMap { ["--rtc-advertise", $0] }
      + mediaFolder.flatMap { ["--media-folder", $0] }
  }

  private static var thisProgram: URL { URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath() }

  private static var besideThisProgram: String {
    thisProgram.deletingLastPathComponent().appendingPathComponent("mock-provider").path
  }

  /// `web` in the current folder or, where that has none, in the nearest folder above this program: its source tree, or
  /// where a package has put it.
  private static var webFolder: String {
    let above = sequence(first: thisProgram) { $0.path == "/" ? nil : $0.deletingLastPathComponent() }
    let folders = ["web"] + above.flatMap { ["web", "share/avatar-relay/web"].map($0.appendingPathComponent).map(\.path) }
    return folders.first { FileManager.default.fileExists(atPath: $0 + "/console/index.html") } ?? "web"
  }
}

extension SteppableClock: MovableClock {}

/// The values of the mock's option `--media`.
enum MockMedia: String, ExpressibleByArgument, CaseIterable {
  case peer, none
}

/// A running `mock-provider`. It ends when its standard input does, so it cannot outlive this program.
struct MockChild {
  /// The base URL of both vendors' APIs.
  let url: String
  private let process: Process

  /// Starts the program on a port of its own and waits for its ready line.
  /// - Parameter options: the mock's own, besides where it listens.
  /// - Throws: `ConfigurationError` when it cannot be started or ends before it is ready.
  static func start(program: String, options: [String]) async throws -> MockChild {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = ["--port", "0", "--exit-with-parent"] + options
    // The mock needs no setting of the relay's, least of all its keys and passwords.
    process.environment = ProcessInfo.processInfo.environment.filter {
      !$0.key.hasPrefix(ConfigurationKey.environmentPrefix)
    }
    process.standardInput = Pipe()
    process.standardOutput = output
    do { try process.run() } catch {
      throw ConfigurationError(
        .unreadableFile, "the mock provider cannot be started: \(program); build it with swift build")
    }
    var text = Data()
    for await byte in output.fileHandleForReading.bytesUntilEnd {
      guard byte == UInt8(ascii: "\n") else {
        text.append(byte)
        continue
      }
      if let ready = try? JSONParser.parse(Array(text)), ready["event"]?.string == "ready",
        let url = ready["url"]?.string
      {
        return MockChild(url: url, process: process)
      }
      text.removeAll()
    }
    throw ConfigurationError(.conflict, "the mock provider ended before it was ready")
  }

  /// Ends the child and waits for it.
  func end() {
    process.terminate()
    process.waitUntilExit()
  }
}

extension FileHandle {
  /// The bytes as they arrive, read off the calling thread.
  fileprivate var bytesUntilEnd: AsyncStream<UInt8> {
    AsyncStream { continuation in
      readabilityHandler = { handle in
        let data = handle.availableData
        for byte in data { continuation.yield(byte) }
        if data.isEmpty {
          handle.readabilityHandler = nil
          continuation.finish()
        }
      }
    }
  }
}
