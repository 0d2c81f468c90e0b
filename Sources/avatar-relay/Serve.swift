// `avatar-relay serve`: the relay in production.
import ArgumentParser
import RelayServer

/// Runs the relay until SIGTERM or SIGINT.
struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run the relay with real provider keys.", usage: "avatar-relay serve [--config <file>] [<settings>]",
    discussion: """
      SIGTERM or SIGINT ends every session at its provider and then the program, with exit code 0. \
      SIGHUP reads the certificate, the access keys and the web folder again.
      """)

  @OptionGroup var settings: Settings

  func run() async throws {
    let configuration = try settings.load()
    try await RelayProcess.run(configuration) { ReadyLine(server: $0, configuration: configuration) }
  }
}
