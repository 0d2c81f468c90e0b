// Answers of browsers, as they wrote them.
import TestSupport

/// Answers to an offer with the sections a, v and d: audio 111, video VP8 100 and H.264 102, each with RTX. The fuzzer
/// of answers begins with the same files.
enum AnswerSamples {
  /// Chromium 156.
  static var chromium: String { get throws { try text("chromium") } }
  /// aiortc 1.16, with H.264.
  static var aiortc: String { get throws { try text("aiortc") } }
  /// Firefox ESR, in the form that it takes when it has no H.264 and only that was offered.
  static var firefoxWithoutVideo: String { get throws { try text("firefox") } }

  private static func text(_ name: String) throws -> String {
    String(decoding: try FuzzCorpus.bytes(of: "answer/\(name).sdp"), as: UTF8.self)
  }
}
