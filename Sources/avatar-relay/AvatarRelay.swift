// Names the program and its commands, starts the one that was asked for, and runs `serve` and `check`.
import ArgumentParser
import Commands
import Foundation
import RelayServer
import Release
import Transport

/// `avatar-relay`.
@main
struct AvatarRelay: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "avatar-relay",
    abstract: "A signaling relay for streaming avatars: browsers on one side, D-ID and HeyGen on the other.",
    discussion: """
      Settings come from flags, then environment (AVATAR_RELAY_…), then a JSON file (--config), then defaults. \
      The names correspond: --listen-port, AVATAR_RELAY_LISTEN_PORT, {"listen": {"port": 8080}}. \
      Provider keys are read from the environment or from files, never from flags.
      """,
    version: ProductVersion.text,
    subcommands: [Serve.self, Dev.self, Check.self, Token.self, Sessions.self])

  /// Does what the library's own `main` does, but ends the help of a command that takes settings with their list.
  static func main() async {
    ProcessStart.prepare()
    do {
      var command = try parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch {
      let asksForHelp = CommandLine.arguments.contains { ["--help", "-h", "help"].contains($0) }
      let takesSettings = CommandLine.arguments.contains { ["serve", "dev", "check"].contains($0) }
      guard asksForHelp, takesSettings, exitCode(for: error).isSuccess else { end(with: error) }
      print(fullMessage(for: error))
      print(Settings.help(width: terminalWidth), terminator: "")
    }
  }

  private static var terminalWidth: Int {
    var size = winsize()
    return ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 100
  }
}

/// Runs the relay until SIGTERM or SIGINT.
struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run the relay with real provider keys.", usage: "avatar-relay serve [--config <file>] [<settings>]",
    discussion: """
      SIGTERM or SIGINT ends every session at its provider and then the program, with exit code 0; a second one \
      hurries that, a third ends the program at once. \
      SIGHUP reads the certificate, the access keys and the web folder again.
      """)

  @OptionGroup var settings: Settings

  func run() async throws {
    let configuration = try settings.load()
    try await RelayProcess.run(configuration) { ReadyLine(server: $0, configuration: configuration) }
  }
}

/// Reads the whole configuration and reports it without serving anything.
struct Check: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check the configuration and say what would be served; secrets appear as set or unset.",
    discussion: """
      Ends with 1 where a relay would not start with these settings, or could serve nobody, and names all that is wrong. \
      A relay that is running is not disturbed.
      """)

  @Flag(help: "Write the report as JSON, with valid and problems.")
  var json = false

  @OptionGroup var settings: Settings

  func run() async throws {
    let configuration: RelayConfiguration
    do { configuration = try settings.load() } catch let problem as ConfigurationError where json {
      print(ConfigurationReport.json(problem).text)
      throw ExitCode.failure
    }
    let loop = try EventLoop()
    let findings = await Task(executorPreference: loop) { await ConfigurationFindings.of(configuration, on: loop) }.value
    await loop.stop()
    let report = ConfigurationReport(configuration, findings)
    if json {
      print(report.json.text)
    } else if findings.problems.isEmpty {
      for line in report.lines { print(line) }
    } else {
      let words = findings.problems.map { "Error: \($0.message)\n" }.joined()
      try? FileHandle.standardError.write(contentsOf: Data(words.utf8))
    }
    if !findings.problems.isEmpty { throw ExitCode.failure }
  }
}
