// docs/reliability.md states figures with the commands that measure them.
import Foundation
import Testing
import TestSupport

@Suite struct ReliabilityDocumentTests {
  private static func text(_ path: String) throws -> String {
    try String(contentsOf: Checkout.root.appendingPathComponent(path), encoding: .utf8)
  }

  /// The cells of the rows between the marks.
  private static func figures() throws -> [[String]] {
    let parts = try text("docs/reliability.md").components(separatedBy: "figures -->")
    let lines = try #require(parts.count == 3 ? parts[1] : nil, "both marks are there").split(separator: "\n")
    return lines.filter { $0.hasPrefix("| ") && !$0.hasPrefix("| figure") }
      .map { $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty } }
  }

  @Test("Every figure is a number, and says how to measure it again")
  func figuresParse() throws {
    let rows = try Self.figures()
    #expect(rows.count >= 10)
    for row in rows {
      let (words, value, command) = (try #require(row.first), row.dropFirst().first, row.dropFirst(2).first)
      #expect(value.flatMap(Double.init) != nil, "\(words)")
      #expect(command?.hasPrefix("`") == true && command?.hasSuffix("`") == true, "\(words)")
    }
  }

  @Test("What must not happen did not")
  func zeros() throws {
    let rows = try Self.figures()
    for name in ["talks said twice", "sessions leaked"] {
      #expect(rows.first { $0.first == name }?.dropFirst().first == "0", "\(name)")
    }
  }

  @Test("The commands are there: the target, the suites, the files")
  func commands() throws {
    #expect(try Self.text("Makefile").contains("\nfigures: build\n\tTests/Figures/write_reliability.py\n"))
    for command in Set(try Self.figures().compactMap(\.last)) {
      for word in command.trimmingCharacters(in: ["`"]).split(separator: " ") where word.contains("Tests") {
        let path = word.hasSuffix(".py") ? "\(word)" : "Tests/\(word)"
        let isThere =
          FileManager.default.fileExists(atPath: Checkout.root.appendingPathComponent(path).path)
          || FileManager.default.fileExists(
            atPath: Checkout.root.appendingPathComponent("Tests/IntegrationTests/\(word).swift").path)
        #expect(isThere, "\(word)")
      }
    }
  }
}
