// The package as SwiftPM describes it.
import Foundation
import TestSupport

/// What `swift package describe --type json` says.
struct PackageDescription: Decodable {
  struct Target: Decodable {
    var name: String
    var type: String
    var path: String
    var sources: [String]
    var target_dependencies: [String]?
    var product_dependencies: [String]?
    /// False for tests, examples, and what only they use.
    var isShipped: Bool { !path.hasPrefix("Tests/") && !path.hasPrefix("examples/") }
  }
  var targets: [Target]

  /// The folder of Package.swift.
  static let root = Checkout.root

  /// Asked for once, since SwiftPM takes seconds.
  static let shared = Result { try load() }

  /// Asks SwiftPM, with a scratch folder of its own since the tests' one may be locked while they run.
  private static func load() throws -> PackageDescription {
    let scratch = root.appendingPathComponent(".build-describe").path
    let child = try ChildProcess(
      ["swift", "package", "--package-path", root.path, "--scratch-path", scratch, "describe", "--type", "json"])
    var data = Data()
    while let bytes = child.read() { data.append(contentsOf: bytes) }
    child.end()
    return try JSONDecoder().decode(PackageDescription.self, from: data)
  }

  /// The modules that a target's files import, by file.
  func imports(of target: Target) throws -> [String: Set<String>] { try Self.imports.get()[target.name] ?? [:] }

  /// Read once, since many tests ask.
  private static let imports = Result {
    Dictionary(uniqueKeysWithValues: try shared.get().targets.map { ($0.name, try readImports(of: $0)) })
  }

  private static func readImports(of target: Target) throws -> [String: Set<String>] {
    var imports: [String: Set<String>] = [:]
    for source in target.sources where source.hasSuffix(".swift") {
      let file = root.appendingPathComponent(target.path).appendingPathComponent(source)
      for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
        var words = line.split(separator: " ").map(String.init)
        while let first = words.first, first.hasPrefix("@") || first == "public" || first == "internal" {
          words.removeFirst()
        }
        guard words.first == "import", let module = words.last?.split(separator: ".").first else { continue }
        imports[source, default: []].insert(String(module))
      }
    }
    return imports
  }
}
