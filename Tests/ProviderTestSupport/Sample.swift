// A golden sample: one exchange with a vendor as a public source has it.
import Foundation
import ProviderHTTP
import StrictJSON

/// An exchange of `MockProvider/Contracts/<contract>/samples`.
public struct Sample: Sendable {
  /// What is wrong with a sample file.
  public struct Unreadable: Error, CustomStringConvertible {
    public let description: String
  }

  public let source: String
  public let date: String
  public let request: JSONValue?
  public let status: Int
  public let body: [UInt8]

  /// The reply as a client receives it.
  public var outcome: RecordingClient.Outcome { .success(ProviderResponse(status: status, body: body)) }

  /// The body as JSON.
  public var json: JSONValue { get throws { try JSONParser.parse(body) } }

  /// Reads a sample by its file name without extension.
  public init(_ name: String, of contract: String) throws {
    let file = try JSONParser.parse([UInt8](Data(contentsOf: Self.folder(contract).appending(path: "\(name).json"))))
    guard let source = file["source"]?.string, let date = file["date"]?.string,
      let status = file["status"]?.integer, (file["body"] == nil) != (file["rawBody"]?.string == nil)
    else { throw Unreadable(description: "\(contract)/\(name): source, date, status and one of body, rawBody expected") }
    self.source = source
    self.date = date
    self.request = file["request"]
    self.status = Int(status)
    self.body = file["rawBody"]?.string.map { Array($0.utf8) } ?? file["body"]?.serialized ?? []
  }

  /// The names of all samples of a contract.
  public static func names(of contract: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder(contract).path)
      .filter { $0.hasSuffix(".json") }.map { String($0.dropLast(".json".count)) }.sorted()
  }

  private static func folder(_ contract: String) -> URL {
    // Tests/ProviderTestSupport/Sample.swift is three steps below the package.
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "MockProvider/Contracts/\(contract)/samples")
  }
}
