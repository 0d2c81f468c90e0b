// `avatar-relay sessions pause`.
import ArgumentParser

/// Lets no session be opened.
struct SessionsPause: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pause", abstract: "Let no session be opened; those that are open go on.")

  @OptionGroup var options: AdminOptions

  func run() async throws {
    try await options.run({ try await $0.admit(false) }) { _ in ["no session may be opened"] }
  }
}
