// How the operator's commands find the relay.
import ArgumentParser
import Configuration
import Foundation
import RelayServer
import StrictJSON
import Transport

/// The relay's address and key, from flags, environment or file, and how answers are written.
struct AdminOptions: ParsableArguments {
  @Option(name: .customLong("config"), help: "JSON file with settings.", completion: .file())
  var configurationFile: String?
  @Option(name: .customLong("admin-listen"), help: "Where the relay takes the operator's requests.")
  var adminListen: String?
  @Option(name: .customLong("admin-key-file"), help: "File with the key, where that is a port.")
  var adminKeyFile: String?
  @Flag(help: "Write the relay's answer as JSON.")
  var json = false

  /// Asks the relay, and writes its answer: as it is, or as lines for people.
  func run(
    _ ask: @escaping @Sendable (AdminClient) async throws -> JSONValue, lines: (JSONValue) -> [String]
  ) async throws {
    var flags: [ConfigurationKey: ConfigContent] = [:]
    flags[.adminListen] = adminListen.map { .string($0) }
    flags[.adminKeyFile] = adminKeyFile.map { .string($0) }
    let sources = try ConfigurationSources(
      flags: flags, environment: ProcessInfo.processInfo.environment, file: try SmallFile.settings(configurationFile))
    guard let settings = try AdminSettings(sources) else {
      throw ConfigurationError(.conflict, "say where the relay is: --admin-listen, as it was started with")
    }
    let loop = try EventLoop()
    let result = await Task(executorPreference: loop) {
      try await ask(try await AdminClient(settings, on: loop, readFile: SmallFile.read))
    }.result
    await loop.stop()
    let answer = try result.get()
    for line in json ? [answer.text] : lines(answer) { print(line) }
  }
}
