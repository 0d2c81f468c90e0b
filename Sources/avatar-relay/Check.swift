// `avatar-relay check`: says what would be served.
import ArgumentParser
import RelayServer
import Transport

/// Reads the whole configuration and reports it without serving anything.
struct Check: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check the configuration and say what would be served; secrets appear as set or unset.")

  @OptionGroup var settings: Settings

  func run() async throws {
    let configuration = try settings.load()
    let loop = try EventLoop()
    do { try await RelayServer.check(configuration, on: loop) } catch {
      await loop.stop()
      throw error
    }
    await loop.stop()
    let keys = try configuration.access?.keys(readFile: SmallFile.read)
    for line in ConfigurationReport.lines(configuration, keys: keys) { print(line) }
  }
}
