// One golden transcript, read.
import Signaling
import StrictJSON

/// The lines of a file in `Tests/Fixtures/transcripts` (see the README there).
struct Transcript {
  struct Line {
    let number: Int
    let isFromClient: Bool
    let connection: Int64
    let text: [UInt8]
    /// Nil where the line is raw text.
    let message: JSONValue?
    /// What a refused line says of its refusal.
    let refused: JSONValue?
  }

  static let folder = "Tests/Fixtures/transcripts"
  let name: String
  let lines: [Line]

  init(file: String) throws {
    let values = try Fixtures.jsonLines(of: "\(Self.folder)/\(file)")
    var header = try JSONObjectReader(values.first ?? .null)
    name = try header.string("transcript")
    _ = try header.string("about", bytes: 20...400)
    try header.finish()
    lines = try values.enumerated().dropFirst().map { try Self.line($0.offset + 1, $0.element) }
  }

  private static func line(_ number: Int, _ value: JSONValue) throws -> Line {
    var reader = try JSONObjectReader(value, at: "line \(number)")
    let from = try reader.string("from")
    let message = reader.optionalValue("message")
    let raw = try reader.optionalString("raw")
    let refused = reader.optionalValue("refused")
    let connection = try reader.optionalInteger("connection") ?? 1
    _ = try reader.optionalString("note")
    try reader.finish()
    guard ["client", "server"].contains(from), (message == nil) != (raw == nil), refused == nil || from == "client"
    else {
      throw JSONShapeError(.notAccepted("one of message and raw expected"), at: "line \(number)")
    }
    return Line(
      number: number, isFromClient: from == "client", connection: connection,
      text: message?.serialized ?? Array((raw ?? "").utf8), message: message, refused: refused)
  }
}
