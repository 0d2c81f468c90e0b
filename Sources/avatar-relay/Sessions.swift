// Runs `avatar-relay sessions`: lists and ends what a running relay has open, and lets sessions be opened or not.
import ArgumentParser
import Basics
import Foundation
import RelayServer
import StrictJSON
import Transport

/// The operator's commands; each asks the relay at `admin.listen`.
struct Sessions: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List and end the sessions of a running relay.",
    discussion: "The relay has to be started with --admin-listen; give the same here.",
    subcommands: [SessionsList.self, SessionsEnd.self, SessionsPause.self, SessionsAdmit.self],
    defaultSubcommand: SessionsList.self)
}

/// Writes one line a session.
struct SessionsList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the sessions that are open.")

  @OptionGroup var options: AdminOptions

  func run() async throws {
    try await options.run({ try await $0.sessions() }, lines: Self.lines)
  }

  private static func lines(_ answer: JSONValue) -> [String] {
    let head = ["SESSION", "PROVIDER", "STATE", "AGE", "TALKS", "CONNECTION", "SUBJECT"]
    let rows = (answer["sessions"]?.array ?? []).map { row in
      [
        row["session"]?.string ?? "", row["provider"]?.string ?? "", row["state"]?.string ?? "",
        "\((row["ageMs"]?.integer ?? 0) / 1000)s", "\(row["talks"]?.integer ?? 0)", row["connection"]?.string ?? "none",
        printable(row["subject"]?.string ?? ""),
      ]
    }
    let widths = head.indices.map { column in ([head] + rows).map { $0[column].count }.max() ?? 0 }
    var lines = ([head] + rows).map { row in
      String(
        zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: "  ")
          .trimmingEnd { $0 == " " })
    }
    if let waiting = answer["waiting"]?.integer, waiting > 0 { lines.append("\(waiting) wait for a free session") }
    if let limit = answer["day"]?["limitSeconds"]?.integer, let left = answer["day"]?["leftMs"]?.integer {
      let end = left == 0 ? ": no session may be opened until 00:00 UTC" : ""
      lines.append("\(left / 1000) of the day's \(limit) seconds are left\(end)")
    }
    if answer["admission"]?.string == "paused" { lines.append("no session may be opened: avatar-relay sessions admit") }
    return lines
  }

  /// A subject is whatever a token's issuer wrote; it must not steer the terminal.
  private static func printable(_ text: String) -> String {
    String(text.unicodeScalars.map { $0.properties.generalCategory.isControl ? "?" : Character($0) })
  }
}

extension Unicode.GeneralCategory {
  fileprivate var isControl: Bool {
    switch self {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }
}

/// Ends one session or all.
struct SessionsEnd: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "end", abstract: "End a session, or all of them; after all, none may be opened.",
    discussion: "Clients are told the reason operator and not to come back. To let sessions be opened: sessions admit.")

  @Argument(help: "The id of the session, as in sessions list.")
  var session: String?
  @Flag(help: "End all sessions, and let none be opened.")
  var all = false
  @OptionGroup var options: AdminOptions

  func validate() throws {
    guard (session != nil) != all else { throw ValidationError("give the id of a session, or --all") }
  }

  func run() async throws {
    let session = session
    try await options.run({ relay in
      if let session { try await relay.end(session) } else { try await relay.endAll() }
    }) { answer in
      let count = answer["ended"]?.integer ?? 0
      let ended = "\(count) session\(count == 1 ? "" : "s") ended"
      return session == nil ? [ended, "no session may be opened: avatar-relay sessions admit"] : [ended]
    }
  }
}

/// Lets no session be opened.
struct SessionsPause: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pause", abstract: "Let no session be opened; those that are open go on.")

  @OptionGroup var options: AdminOptions

  func run() async throws {
    try await options.run({ try await $0.admit(false) }) { _ in ["no session may be opened"] }
  }
}

/// Lets sessions be opened again.
struct SessionsAdmit: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "admit", abstract: "Let sessions be opened again.")

  @OptionGroup var options: AdminOptions

  func run() async throws {
    try await options.run({ try await $0.admit(true) }) { _ in ["sessions may be opened"] }
  }
}

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
    var flags: [ConfigurationKey: SettingValue] = [:]
    flags[.adminListen] = adminListen.map { .string($0) }
    flags[.adminKeyFile] = adminKeyFile.map { .string($0) }
    let sources = try ConfigurationSources(
      flags: flags, environment: ProcessInfo.processInfo.environment, file: try SmallFile.settings(configurationFile),
      path: configurationFile)
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
