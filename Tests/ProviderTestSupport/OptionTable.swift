// Reads the tables of docs/provider-options.md, and lists what an adapter's rules take.
import Foundation
import ProviderCalls

/// The tables of docs/provider-options.md: for each column "of" the options that are listed for it.
public enum OptionTable {
  public static func documented() throws -> [String: Set<String>] {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../docs/provider-options.md").standardized
    var options: [String: Set<String>] = [:]
    for line in String(decoding: try Data(contentsOf: file), as: UTF8.self).split(separator: "\n") {
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      guard cells.count == 4, cells[0].hasPrefix("`"), !cells[3].isEmpty else { continue }
      for call in cells[1].split(separator: ",") {
        options[call.trimmingCharacters(in: .whitespaces), default: []].insert(cells[0].replacing("`", with: ""))
      }
    }
    return options
  }

  /// The names of all options of a table, members of objects after a dot.
  public static func names(in rules: [String: OptionRule]) -> Set<String> {
    Set(
      rules.flatMap { name, rule in
        [name] + names(in: members(of: rule)).map { "\(name).\($0)" }
      })
  }

  private static func members(of rule: OptionRule) -> [String: OptionRule] {
    switch rule {
    case .object(let members, _): members
    case .either(let first, let second): members(of: first).merging(members(of: second)) { first, _ in first }
    default: [:]
    }
  }
}
