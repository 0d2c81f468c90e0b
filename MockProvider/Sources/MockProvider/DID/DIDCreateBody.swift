// What D-ID's create call takes, for each of its three prefixes.
import StrictJSON

/// The body of POST `…/streams` (D-ID's OpenAPI 2023-12, live streaming guide, de-id/agents-sdk types).
struct DIDCreateBody {
  /// The longest `session_timeout`, in seconds.
  static let longestTimeout = 300.0

  enum Overlap: String, CaseIterable {
    case no = "NO"
    case partial = "PARTIAL"
    case yes = "YES"
    case unknown = "UNKNOWN"
  }

  var compatibility = DIDCompatibility.auto
  var sessionTimeout: Double?
  var isFluent = false
  var warmsUp = false
  /// The picture's height in pixels.
  var resolution: Double?
  /// Only talks have one.
  var sourceURL: String?
  /// Only clips have one.
  var presenter: String?

  init(_ reader: inout JSONObjectReader, prefix: String, isLenient: Bool) throws(JSONShapeError) {
    compatibility = try reader.optionalChoice("compatibility_mode", of: DIDCompatibility.self) ?? .auto
    warmsUp = try reader.optionalBool("stream_warmup") ?? false
    sessionTimeout = try reader.optionalNumber("session_timeout", in: 1...Self.longestTimeout)
    resolution = try reader.optionalNumber("output_resolution", in: 0...1080)
    isFluent = try reader.optionalBool("fluent") ?? false
    switch prefix {
    case "talks": try readTalk(&reader, isLenient)
    case "clips":
      presenter = try reader.string("presenter_id", bytes: 1...512)
      _ = try reader.optionalString("driver_id", bytes: 1...512)
    default:
      // Undocumented, yet accepted (docs.d-id.com/discuss 689117e423799957b5ddd117).
      _ = try reader.optionalObject("config")
      if var user = try reader.optionalObject("end_user_data") {
        _ = try user.optionalString("plan")
        if !isLenient { try user.finish() }
      }
    }
  }

  private mutating func readTalk(_ reader: inout JSONObjectReader, _ isLenient: Bool) throws(JSONShapeError) {
    sourceURL = try reader.string("source_url", bytes: 1...LocalURL.maximumBytes)
    _ = try reader.optionalString("driver_url", bytes: 1...2048)
    if var face = try reader.optionalObject("face") {
      try Self.readFace(&face)
      if !isLenient { try face.finish() }
    }
    if var config = try reader.optionalObject("config") {
      _ = try config.optionalNumber("motion_factor", in: 0...100)
      _ = try config.optionalNumber("align_expand_factor", in: 0...100)
      _ = try config.optionalBool("stitch")
      if !isLenient { try config.finish() }
    }
  }

  private static func readFace(_ face: inout JSONObjectReader) throws(JSONShapeError) {
    _ = try face.integer("size", in: 0...Int64.max)
    let corner = try face.optionalArray("top_left")
    guard let corner else { throw JSONShapeError(.missing, at: face.path(of: "top_left")) }
    guard corner.count == 2, corner.allSatisfy({ $0.integer != nil }) else {
      throw JSONShapeError(.notAccepted("two integers expected"), at: face.path(of: "top_left"))
    }
    _ = try face.optionalChoice("overlap", of: Overlap.self)
    _ = try face.optionalString("face_id")
    _ = try face.optionalNumber("detect_confidence", in: 0...100)
    _ = try face.optionalObject("detection")
  }
}
