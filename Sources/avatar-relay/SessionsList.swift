// `avatar-relay sessions list`.
import Basics
import ArgumentParser
import StrictJSON

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
