// `avatar-relay sessions admit`.
import ArgumentParser

/// Lets sessions be opened again.
struct SessionsAdmit: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "admit", abstract: "Let sessions be opened again.")

  @OptionGroup var options: AdminOptions

  func run() async throws {
    try await options.run({ try await $0.admit(true) }) { _ in ["sessions may be opened"] }
  }
}
