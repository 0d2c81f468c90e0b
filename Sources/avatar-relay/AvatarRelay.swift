// Names the program and its commands, and starts the one that was asked for.
import ArgumentParser
import Foundation

/// `avatar-relay`.
@main
struct AvatarRelay: AsyncParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "avatar-relay",
    abstract: "A signaling relay for streaming avatars: browsers on one side, D-ID and HeyGen on the other.",
    discussion: """
      Settings come from flags, then environment (AVATAR_RELAY_…), then a JSON file (--config), then defaults. \
      The names correspond: --listen-port, AVATAR_RELAY_LISTEN_PORT, {"listen": {"port": 8080}}. \
      Provider keys are read from the environment or from files, never from flags.
      """,
    version: version,
    subcommands: [Serve.self, Dev.self, Check.self, Token.self, Sessions.self])

  /// As the library's own `main`, but the help of a command that takes settings ends with their list.
  static func main() async {
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
      guard asksForHelp, takesSettings, exitCode(for: error).isSuccess else { exit(withError: error) }
      print(fullMessage(for: error))
      print(Settings.help(width: terminalWidth), terminator: "")
    }
  }

  private static var terminalWidth: Int {
    var size = winsize()
    return ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 100
  }
}
