// A table of messages that are refused, shared with the integration tests.
import Signaling
import StrictJSON
import Testing

import struct Foundation.Data

/// `Tests/Fixtures/malformed-messages.jsonl`: one message a line, as `text` or as `base64` of its bytes, with the
/// kind of the error and the id that it carries (null where none can be read).
@Suite("Malformed messages")
struct MalformedMessageTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]
    let kind: ErrorKind
    let id: RequestID?
    var testDescription: String { name }
  }

  static let file = "Tests/Fixtures/malformed-messages.jsonl"
  static let rows = (try? Fixtures.jsonLines(of: file).map(row)) ?? []

  static func row(_ value: JSONValue) throws -> Row {
    var reader = try JSONObjectReader(value)
    let text = try reader.optionalString("text")
    let encoded = try reader.optionalString("base64").flatMap { Data(base64Encoded: $0) }
    let row = Row(
      name: try reader.string("name"), bytes: encoded.map { [UInt8]($0) } ?? Array((text ?? "").utf8),
      kind: try reader.choice("kind", of: ErrorKind.self), id: try reader.value("id").integer.map { RequestID($0) })
    try reader.finish()
    return row
  }

  @Test("there are at least 60, each with its own name")
  func table() {
    #expect(Self.rows.count >= 60)
    #expect(Set(Self.rows.map(\.name)).count == Self.rows.count)
  }

  @Test("is refused with its kind and the readable id, in a few words", arguments: rows)
  func refused(_ row: Row) {
    guard case .refused(let id, let error) = SignalingCodec.decode(row.bytes) else {
      Issue.record("accepted")
      return
    }
    #expect(error.kind == row.kind, "\(error)")
    #expect(id == row.id, "\(error)")
    #expect(error.message.utf8.count < 300)
    #expect(!error.message.contains("192.0.2.1"), "no content of SDP or candidates")
  }

  @Test("a refusal is answered with a message that a client can read", arguments: rows)
  func answer(_ row: Row) throws {
    guard case .refused(let id, let error) = SignalingCodec.decode(row.bytes) else {
      Issue.record("accepted")
      return
    }
    let answer = try JSONParser.parse(SignalingCodec.encode(.error(id, error)))
    #expect(try ServerMessageReader.read(answer, answering: nil) == .error(id, error))
  }
}
