// What D-ID's speak call takes beside its script.
import StrictJSON

/// The body of POST `…/streams/{id}` without `script` and `session_id` (D-ID's OpenAPI 2023-12, live streaming guide).
enum DIDSpeakBody {
  enum ResultFormat: String, CaseIterable { case mp4, gif, mov, webm }

  static func read(_ reader: inout JSONObjectReader, prefix: String, isLenient: Bool) throws(JSONShapeError) {
    _ = try reader.optionalString("result_url", bytes: 1...2048)
    if let userData = try reader.optionalString("user_data") {
      guard (1...500).contains(userData.utf16.count), !userData.allSatisfy(\.isWhitespace) else {
        throw JSONShapeError(.notAccepted("1 to 500 characters expected, not blank"), at: reader.path(of: "user_data"))
      }
    }
    _ = try reader.optionalString("name")
    _ = try reader.optionalString("driver_url", bytes: 1...2048)
    _ = try reader.optionalNumber("audio_optimization", in: -1000...1000)
    _ = try reader.optionalString("metadata")
    if var config = try reader.optionalObject("config") {
      try readConfig(&config)
      if !isLenient { try config.finish() }
    }
    if prefix == "clips" || prefix.hasPrefix("agents/") { try readClip(&reader) }
  }

  /// Talks' and clips' settings alike: D-ID's own demo sends `stitch` for both.
  private static func readConfig(_ config: inout JSONObjectReader) throws(JSONShapeError) {
    for name in ["fluent", "stitch", "align_driver", "auto_match", "sharpen"] { _ = try config.optionalBool(name) }
    _ = try config.optionalNumber("pad_audio", in: 0...60)
    _ = try config.optionalNumber("normalization_factor", in: 0...1)
    _ = try config.optionalNumber("motion_factor", in: 0...100)
    _ = try config.optionalNumber("align_expand_factor", in: 0...100)
    _ = try config.optionalChoice("result_format", of: ResultFormat.self)
    _ = try config.optionalObject("driver_expressions")
    _ = config.optionalValue("logo")
  }

  private static func readClip(_ reader: inout JSONObjectReader) throws(JSONShapeError) {
    if var background = try reader.optionalObject("background"), let color = background.optionalValue("color") {
      guard color == false || color.string.map(isColor) == true else {
        throw JSONShapeError(.notAccepted("#rrggbb or false expected"), at: background.path(of: "color"))
      }
    }
    _ = try reader.optionalObject("presenter_config")
  }

  private static func isColor(_ text: String) -> Bool {
    text.utf8.count == 7 && text.hasPrefix("#") && text.dropFirst().allSatisfy { $0.isASCII && $0.isHexDigit }
  }
}
