// Reads the few remarks of libcurl from which it follows that a server did not process a request.

/// A remark of libcurl 7.88.1 about a stream or a connection. A version that puts it in other words is not understood:
/// then less is known, and a call's fate is unknown more often.
enum CurlRemark: Equatable {
  /// The request has this HTTP/2 stream.
  case stream(UInt32)
  /// The server sent GOAWAY and named the last stream that it may have processed (RFC 9113 section 6.8).
  case goAway(lastStream: UInt32)
  /// The server refused the stream (REFUSED_STREAM, or a GOAWAY that left it out) before it processed it
  /// (RFC 9113 section 8.7), and libcurl is about to send the request again.
  case refused

  private static let streamWords = Array("Using Stream ID: ".utf8)
  /// The misspelling is libcurl's.
  private static let goAwayWords = Array("recveived GOAWAY, ".utf8)
  private static let lastStreamWords = Array("last_stream=".utf8)
  private static let refusedWords = Array("REFUSED_STREAM, retrying".utf8)

  init?(_ text: some Collection<UInt8>) {
    switch text.first {
    case UInt8(ascii: "U"):
      guard text.starts(with: Self.streamWords), let number = Self.number(text.dropFirst(Self.streamWords.count)) else {
        return nil
      }
      self = .stream(number)
    case UInt8(ascii: "r"):
      guard text.starts(with: Self.goAwayWords), let words = text.firstRange(of: Self.lastStreamWords),
        let number = Self.number(text[words.upperBound...])
      else { return nil }
      self = .goAway(lastStream: number)
    case UInt8(ascii: "R"):
      guard text.starts(with: Self.refusedWords) else { return nil }
      self = .refused
    default: return nil
    }
  }

  private static func number(_ text: some Collection<UInt8>) -> UInt32? {
    UInt32(String(decoding: text.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }, as: UTF8.self))
  }
}
