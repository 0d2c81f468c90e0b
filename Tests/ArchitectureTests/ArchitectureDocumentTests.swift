// docs/architecture.md names files and folders; each of them is there.
import Foundation
import TestSupport
import Testing

@Suite struct ArchitectureDocumentTests {
  /// The words in backticks that are names of files or folders.
  private static func names() throws -> [String] {
    let file = Checkout.root.appendingPathComponent("docs/architecture.md")
    let parts = try String(contentsOf: file, encoding: .utf8).components(separatedBy: "`")
    let quoted = stride(from: 1, to: parts.count, by: 2).map { parts[$0] }
    return quoted.filter { word in
      word.contains("/") && !word.contains(" ") || word.hasSuffix(".swift") || word.hasSuffix(".js") || word.hasSuffix(".md")
    }
  }

  /// Every file and folder of the sources, by its path.
  private static func paths() throws -> [String] {
    try ["Sources", "MockProvider", "Tests", "web", "docs"].flatMap { folder in
      try FileManager.default.subpathsOfDirectory(atPath: Checkout.root.appendingPathComponent(folder).path)
        .map { "\(folder)/\($0)" }
    }
  }

  @Test("Every file and folder that the document names is there, under that name once")
  func namesAreTrue() throws {
    let (names, paths) = (try Self.names(), try Self.paths())
    #expect(names.count > 60, "the names are found")
    for name in Set(names) {
      if FileManager.default.fileExists(atPath: Checkout.root.appendingPathComponent(name).path) { continue }
      let wanted = "/" + (name.hasSuffix("/") ? String(name.dropLast()) : name)
      let found = paths.filter { $0.hasSuffix(wanted) }
      #expect(found.count == 1, "\(name) is \(found.isEmpty ? "not there" : "the name of \(found)")")
    }
  }

  @Test("The document names every module")
  func modulesAreNamed() throws {
    let text = try String(contentsOf: Checkout.root.appendingPathComponent("docs/architecture.md"), encoding: .utf8)
    for target in try PackageDescription.shared.get().targets where target.isShipped && target.type != "system-target" {
      #expect(text.contains("`\(target.name)`"), "\(target.name)")
    }
  }
}
