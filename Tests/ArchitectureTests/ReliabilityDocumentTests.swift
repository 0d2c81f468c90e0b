// docs/reliability.md states figures with the commands that measure them.
import Foundation
import Testing

@Suite struct ReliabilityDocumentTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
  }

  /// A command and the rows of the table below it.
  private struct Section {
    let title: String
    let command: String
    let rows: [(words: String, value: String)]
  }

  /// The sections between the marks.
  private static func sections() throws -> [Section] {
    let parts = try text("docs/reliability.md").components(separatedBy: "figures -->")
    let figures = try #require(parts.count == 3 ? parts[1] : nil, "both marks are there")
    return try figures.components(separatedBy: "\n### ").dropFirst().map { section in
      let lines = section.split(separator: "\n")
      let begin = try #require(lines.firstIndex(of: "```sh"), "each section has a command")
      let rows = lines.filter { $0.hasPrefix("| ") && !$0.hasPrefix("| figure") }.map { row in
        let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        return (cells.first ?? "", cells.count == 2 ? cells[1] : "")
      }
      return Section(title: String(lines[0]), command: String(lines[begin + 1]), rows: rows)
    }
  }

  @Test("Every figure is a number, and its section says how to measure it again")
  func figuresParse() throws {
    let sections = try Self.sections()
    #expect(sections.count == 8)
    for section in sections {
      #expect(section.rows.count >= 5, "\(section.title)")
      for (words, value) in section.rows { #expect(Double(value) != nil, "\(section.title): \(words)") }
    }
  }

  @Test("What must not happen did not")
  func zeros() throws {
    let values = try Self.sections().flatMap(\.rows).filter { row in
      ["**talks said twice**", "**provider sessions left open**"].contains(row.words)
        || row.words.hasPrefix("**mistakes:**") || row.words.hasSuffix("**requests processed twice**")
    }
    #expect(values.count == 11)
    for row in values { #expect(row.value == "0", "\(row.words)") }
  }

  @Test("The commands are there: the target, the suites, the files")
  func commands() throws {
    #expect(try Self.text("Makefile").contains("\tTests/Figures/write_reliability.py\n"))
    let words = try Self.sections().flatMap { $0.command.split(separator: " ").filter { $0.contains("Tests") } }
    #expect(words.count == 8)
    let tests = try FileManager.default.subpathsOfDirectory(atPath: Self.root.appendingPathComponent("Tests").path)
    for word in words {
      let isThere = tests.contains { path in
        "Tests/\(path)" == word || path == word || path.hasSuffix("/\(word).swift")
      }
      #expect(isThere, "\(word)")
    }
  }
}
