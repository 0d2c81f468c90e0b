// `avatar-relay dev`: everything that a developer needs, offline.
import ArgumentParser
import Configuration
import Foundation
import RelayServer

/// Runs the relay and the console against the mock provider, which it starts as a child process.
struct Dev: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run relay, console and mock provider together: no key, no account, no network.",
    discussion: "The mock runs as a child process and ends with this program.")

  @Option(name: .customLong("port"), help: "Port to listen on; 0 lets the system choose.")
  var port: Int?

  @Option(name: .customLong("mock-provider"), help: "The mock-provider program; beside this one by default.")
  var mockProgram: String?

  @OptionGroup var settings: Settings

  func run() async throws {
    let mock = try await MockChild.start(program: mockProgram ?? Self.besideThisProgram)
    defer { mock.end() }
    var overriding: [ConfigurationKey: ConfigContent] = [
      .didURL: .string(mock.url), .heygenURL: .string(mock.url),
      // The mock takes any key; real ones have no business here.
      .didKey: .string("offline"), .heygenKey: .string("offline"), .didKeyFile: .string(""),
      .heygenKeyFile: .string(""), .upstreamProxy: .string(""),
      .accessKeyFiles: .stringArray([]), .accessSetFile: .string(""),
    ]
    if let port { overriding[.listenPort] = .int(port) }
    let configuration = try settings.load(
      overriding: overriding,
      defaults: [
        .ledger: .string("none"), .webRoot: .string(Self.webFolder),
        .didSourceURL: .string("https://avatar.example/anna.png"),
      ])
    try await RelayProcess.run(configuration) {
      ReadyLine(server: $0, configuration: configuration, mock: mock.url)
    }
  }

  private static var thisProgram: URL { URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath() }

  private static var besideThisProgram: String {
    thisProgram.deletingLastPathComponent().appendingPathComponent("mock-provider").path
  }

  /// `web` in the current folder or, where that has none, in the nearest folder above this program: its source tree.
  private static var webFolder: String {
    let above = sequence(first: thisProgram) { $0.path == "/" ? nil : $0.deletingLastPathComponent() }
    let folders = ["web"] + above.map { $0.appendingPathComponent("web").path }
    return folders.first { FileManager.default.fileExists(atPath: $0 + "/console/index.html") } ?? "web"
  }
}
