// The program: its name and its commands.
import ArgumentParser

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
}
