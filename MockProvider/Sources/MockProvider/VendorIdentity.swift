// Makes every id, cookie, credential and time of the mock in the shape that the vendor's own have.
import Basics
import Foundation
import MockPeer

/// A source of identifiers that follow from a seed.
struct VendorIdentifiers {
  /// Characters that an identifier is drawn from.
  enum Alphabet: String {
    case hex = "0123456789abcdef"
    case upperHex = "0123456789ABCDEF"
    case alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    case urlSafe = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    case base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    case digits = "0123456789"
  }

  private var generator: SeededBits

  init(seed: UInt64) { generator = SeededBits(seed: seed) }

  /// Text of a given length.
  mutating func text(_ length: Int, of alphabet: Alphabet) -> String {
    let characters = Array(alphabet.rawValue)
    return String((0..<length).map { _ in characters[Int.random(in: 0..<characters.count, using: &generator)] })
  }

  /// A D-ID stream id: `strm_` and 24 characters, as `strm_nTs8RxTqoGr7LHF9-g7pY_EKS` captured 2025-08.
  mutating func streamID() -> String { "strm_" + text(24, of: .urlSafe) }

  /// A D-ID talk id: `tlk_` and 21 characters (captured 2025-08).
  mutating func talkID() -> String { "tlk_" + text(21, of: .urlSafe) }

  /// A UUID of version 1 and variant 10 (RFC 9562 section 5.1), as HeyGen's session ids are.
  mutating func uuid() -> String {
    let parts = [
      text(8, of: .hex), text(4, of: .hex), "1" + text(3, of: .hex), "a" + text(3, of: .hex), text(12, of: .hex),
    ]
    return parts.joined(separator: "-")
  }

  /// A D-ID `session_id`: the raw Set-Cookie text of an AWS load balancer, spaces, semicolons and all (captured
  /// 2025-08).
  mutating func cookie(expires: String) -> String {
    // The alphabet's + and / are forced in, since trimming or escaping them is what clients get wrong.
    let value = text(60, of: .base64) + "+" + text(60, of: .base64) + "/" + text(6, of: .base64)
    return "AWSALB=\(value); Expires=\(expires); Path=/; "
      + "AWSALBCORS=\(value); Expires=\(expires); Path=/; SameSite=None; Secure"
  }

  /// ICE credentials. Lengths differ by vendor: Janus writes 4 and 22 characters, Pion 16 and 32.
  mutating func credentials(fragmentLength: Int, passwordLength: Int) -> PeerCredentials {
    PeerCredentials(
      usernameFragment: text(fragmentLength, of: .alphanumeric), password: text(passwordLength, of: .alphanumeric))
  }

  /// An SSRC that begins with a digit of its own, so that those of one offer differ.
  mutating func source(_ first: Int) -> UInt32 { UInt32("\(first)" + text(8, of: .digits)) ?? UInt32(first) }

  /// A `fingerprint` value of SHA-256 length (RFC 8122 section 5): 32 upper-case pairs.
  mutating func fingerprint() -> String {
    "sha-256 " + (0..<32).map { _ in text(2, of: .upperHex) }.joined(separator: ":")
  }
}

/// Dates of the mock. Cookies and offers are of a world that begins at a fixed moment, so that they repeat from run to
/// run. When a session was created is compared with other clocks, so that is true: the time of day when the mock
/// started, and what has passed on its own clock since.
struct VendorTime {
  /// 2025-08-07 15:15:53 GMT: the day on which the captured D-ID bodies were made, in seconds since 1970.
  static let epoch: Int64 = 1_754_579_753

  private let start: MonotonicInstant
  /// The time of day then, in milliseconds since 1970.
  private let startOfDay: Int64

  /// - Parameter wallClock: the time of day at `start`, in milliseconds since 1970.
  init(start: MonotonicInstant, wallClock: Int64 = epoch * 1000) {
    self.start = start
    startOfDay = wallClock
  }

  /// Seconds since 1970 in the world that repeats.
  func unix(at now: MonotonicInstant) -> Int64 { Self.epoch + start.duration(to: now).components.seconds }

  /// Seconds since 1970, truly.
  func trueUnix(at now: MonotonicInstant) -> Int64 { (startOfDay + start.duration(to: now).milliseconds) / 1000 }

  /// The true time of day, as `2026-11-30T13:37:00Z` (RFC 3339).
  func iso(at now: MonotonicInstant) -> String {
    Date(timeIntervalSince1970: TimeInterval(trueUnix(at: now))).formatted(.iso8601)
  }

  /// Seven days later as a cookie's date (RFC 9110 section 5.6.7): the expiry that D-ID's cookies have.
  func cookieExpiry(at now: MonotonicInstant) -> String {
    HTTPDate.text(secondsSince1970: Int(unix(at: now) + 7 * 86_400))
  }
}
