// The golden samples of both vendors, which the adapters' tests read too.
import Foundation
import StrictJSON
import Testing

/// One exchange of `MockProvider/Contracts/<contract>/samples`.
struct GoldenSample: Sendable, CustomTestStringConvertible {
  let name: String
  let request: JSONValue
  let status: Int
  /// Nil when the reply is not JSON.
  let body: JSONValue?

  var testDescription: String { name }

  /// All samples of a contract whose names begin with the prefix.
  static func all(_ contract: String, prefix: String) throws -> [GoldenSample] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../../MockProvider/Contracts/\(contract)/samples").standardized
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path())
      .filter { $0.hasPrefix(prefix) && $0.hasSuffix(".json") }
    return try names.sorted().map { try GoldenSample(named: $0, in: folder) }
  }

  private init(named name: String, in folder: URL) throws {
    let json = try JSONParser.parse(Array(try Data(contentsOf: folder.appending(path: name))))
    self.name = name
    request = json["request"] ?? .null
    status = Int(json["status"]?.integer ?? 0)
    body = json["body"]
  }

  /// The names and types of a value, as text: what two replies of the same shape have in common.
  static func shape(_ value: JSONValue?) -> String {
    switch value {
    case nil: "nothing"
    case .object(let object)?:
      "{" + object.members.map { "\($0.name):\(shape($0.value))" }.sorted().joined(separator: ",") + "}"
    // An empty list has the shape of any list.
    case .array?: "[]"
    case .integer?, .number?: "number"
    case let other?: other.typeName
    }
  }
}
