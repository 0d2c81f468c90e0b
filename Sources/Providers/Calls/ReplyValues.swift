// Reads what providers state in their replies, in whichever form they state it.
import AvatarProvider
import Basics
import ProviderHTTP
import SessionValues
import StrictJSON

extension JSONValue {
  /// A name or code: a string that is not empty, or a whole number. Vendors have changed from one to the other.
  public var identifier: String? {
    switch self {
    case .string(let text): text.isEmpty ? nil : text
    case .integer(let integer): String(integer)
    case .number(let number): Int64(exactly: number).map(String.init)
    case .null, .bool, .array, .object: nil
    }
  }

  /// A number, also one that is written as a string of digits with at most one point.
  public var statedNumber: Double? {
    guard let text = string else { return double }
    guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }) else { return nil }
    return Double(text)
  }
}

extension Duration {
  /// The longest duration that is believed: a day, in seconds.
  private static let longestBelieved = 86_400.0

  /// Reads a number of units; nil for what is no number, negative or absurd.
  /// - Parameter unitsPerSecond: 1 for seconds, 1000 for milliseconds.
  public init?(_ value: JSONValue?, unitsPerSecond: Double) {
    guard let seconds = value?.statedNumber.map({ $0 / unitsPerSecond }), (0...Self.longestBelieved).contains(seconds)
    else { return nil }
    // Whole microseconds: no provider states finer ones, and the rest is the error of floating-point numbers.
    self = .microseconds(Int64((seconds * 1_000_000).rounded()))
  }

  /// The same where 0 says nothing: a limit of 0 is no limit, and a talk of 0 is one whose length is not known.
  public init?(nonzero value: JSONValue?, unitsPerSecond: Double) {
    self.init(value, unitsPerSecond: unitsPerSecond)
    if self == .zero { return nil }
  }
}

extension IceServer {
  /// The most ICE servers, and the most URLs of one, that are passed on.
  public static let maximumCount = 32

  /// Reads a list of servers. An element is an object whose `urls` is a string or an array (W3C `RTCIceServer`), or
  /// just a URL. What has no URL is left out: one unreadable server should not cost the session.
  public static func list(from value: JSONValue?) -> [IceServer] {
    (value?.array ?? []).prefix(maximumCount).compactMap(IceServer.init(json:))
  }

  private init?(json: JSONValue) {
    let urls = Self.urls(json["urls"] ?? json)
    guard !urls.isEmpty else { return nil }
    self.init(urls: urls, username: json["username"]?.string, credential: json["credential"]?.string)
  }

  private static func urls(_ value: JSONValue) -> [String] {
    let urls = value.string.map { [$0] } ?? (value.array ?? []).compactMap(\.string)
    return Array(urls.filter { !$0.isEmpty }.prefix(maximumCount))
  }
}

extension SessionDescription {
  /// Reads an offer of W3C's `RTCSessionDescriptionInit` shape; nil for anything else.
  public init?(offer value: JSONValue?) {
    guard let value, value["type"]?.string == Kind.offer.rawValue, let sdp = value["sdp"]?.string, !sdp.isEmpty else {
      return nil
    }
    self.init(kind: .offer, sdp: sdp)
  }

  /// The members `type` and `sdp`.
  public var json: JSONValue { ["type": .string(kind.rawValue), "sdp": .string(sdp)] }
}

extension ProviderResponse {
  /// The sender's time of day, in seconds since 1970; nil where `Date` is missing or not as ``HTTPDate`` reads it.
  public var date: Int64? { header("date").flatMap(HTTPDate.secondsSince1970).map(Int64.init) }
}
