// `avatar-relay check`: says what would be served.
import ArgumentParser
import RelayServer

/// Reads the whole configuration and reports it without serving anything.
struct Check: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check the configuration and say what would be served; secrets appear as set or unset.")

  @OptionGroup var settings: Settings

  func run() async throws {
    for line in ConfigurationReport.lines(try settings.load()) { print(line) }
  }
}
