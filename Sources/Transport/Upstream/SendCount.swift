// Counts how often a request may have reached its server, which is what keeps a talk from being said twice.

/// What is known of one request's writes. The first one counts as processed until the server says otherwise in the
/// terms of its protocol; whatever is not known for certain counts.
struct SendCount {
  /// How often a request that was provably not processed is sent anew before the call fails, connections that ended
  /// before it was written included.
  static let maximumRefusals = 4
  /// Largest request in bytes that goes out in one TLS record, which is opened as a whole or not at all
  /// (RFC 8446 section 5.2), less some for the header fields that libcurl adds.
  static let oneRecord = 15_000

  /// What is known of the latest write.
  private struct Write {
    /// In which turn of libcurl it began.
    let turn: Int
    /// When it began, on the loop's clock.
    let start: Duration
    /// Its HTTP/2 stream, once there is one.
    var stream: UInt32?
    /// Whether the transport took any byte.
    var hasBytes = false
  }

  /// How often it may be written, as far as the server may have processed each of them.
  let maximum: Int
  /// How many writes the server may have processed.
  private(set) var count = 0
  /// How often it was not processed for certain.
  private(set) var refusals = 0
  private var latest: Write?

  init(maximum: Int) { self.maximum = maximum }

  var mayBegin: Bool { count < maximum && refusals <= Self.maximumRefusals }
  var mayBeRefusedAgain: Bool { refusals < Self.maximumRefusals }
  /// When the latest write began; nil where none counts.
  var latestStart: Duration? { latest?.start }

  /// Whether the latest write has a stream.
  var hasStream: Bool { latest?.stream != nil }

  mutating func begin(turn: Int, at now: Duration) {
    count += 1
    latest = Write(turn: turn, start: now)
  }

  mutating func took(_ stream: UInt32) { latest?.stream = stream }
  mutating func tookBytes() { latest?.hasBytes = true }

  /// Takes the latest write back: the server said that it did not process it, and will not.
  mutating func takeBack() {
    guard latest != nil else { return }
    latest = nil
    count -= 1
    refusals += 1
  }

  /// A connection could not be made, or ended before the request was written to it.
  mutating func missConnection() { refusals += 1 }

  /// Whether the server neither processed nor will process the latest write (RFC 9113 sections 6.8 and 8.7).
  /// - Parameter lastStream: what the connection's GOAWAY said.
  func isBeyond(_ lastStream: UInt32?) -> Bool {
    guard let stream = latest?.stream, let lastStream else { return false }
    return stream > lastStream
  }

  /// Whether the latest write failed at once and as a whole: it had no stream, and not a byte was taken in the only turn
  /// in which it was tried. A larger request may have gone out in part.
  func isEmptyHanded(in turn: Int, bytes: Int) -> Bool {
    guard let latest else { return false }
    return latest.turn == turn && !latest.hasBytes && latest.stream == nil && bytes <= Self.oneRecord
  }
}

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
