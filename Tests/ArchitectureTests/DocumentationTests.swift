// Every public declaration of the protocol and of its values says what it is.
import Foundation
import TestSupport
import Testing

@Suite struct DocumentationTests {
  /// A declaration that others see, or a case of an enumeration; a case of a `switch` ends in a colon or begins with a
  /// pattern. What a protocol of the standard library asks for explains itself.
  private static func isDeclaration(_ line: String) -> Bool {
    if line.hasPrefix("public ") {
      return !["var description:", "var customMirror:", "static func < "].contains { line.contains($0) }
    }
    return line.wholeMatch(of: /(indirect )?case [a-z]\w*(\(.*\))?( = .*)?(, [a-z]\w*)*/) != nil
  }

  @Test(arguments: ["Sources/SessionValues", "Sources/Signaling"])
  func publicDeclarationsAreDocumented(folder: String) throws {
    let root = Checkout.root.appendingPathComponent(folder)
    let files = try FileManager.default.subpathsOfDirectory(atPath: root.path).filter { $0.hasSuffix(".swift") }
    #expect(!files.isEmpty)
    for file in files {
      let text = try String(contentsOf: root.appendingPathComponent(file), encoding: .utf8)
      var before = ""
      for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
        let words = line.trimmingCharacters(in: .whitespaces)
        if Self.isDeclaration(words) {
          #expect(before.hasPrefix("///"), "\(folder)/\(file) does not say what this is: \(words)")
        }
        before = words
      }
    }
  }
}
