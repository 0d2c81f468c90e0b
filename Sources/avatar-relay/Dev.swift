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
    if settings.webRoot == nil { overriding[.webRoot] = .string("web") }
    if settings.didSourceURL == nil { overriding[.didSourceURL] = .string("https://avatar.example/anna.png") }
    let configuration = try settings.load(overriding: overriding)
    try await RelayProcess.run(configuration) {
      ReadyLine(server: $0, configuration: configuration, mock: mock.url)
    }
  }

  private static var besideThisProgram: String {
    let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    return own.deletingLastPathComponent().appendingPathComponent("mock-provider").path
  }
}
