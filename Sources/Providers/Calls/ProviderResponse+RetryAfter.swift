// Reads when a provider may be asked again.
import ProviderHTTP

extension ProviderResponse {
  /// The longest pause that is believed.
  private static let longestRetryAfter = 86_400

  /// `Retry-After` in its form of delta-seconds (RFC 9110 section 10.2.3). Its other form, a date, is not read: neither
  /// vendor is known to send it, and this program has no calendar.
  public var retryAfter: Duration? {
    guard let text = header("retry-after"), !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
      return nil
    }
    // What does not fit an integer is longer than the longest.
    return .seconds(min(Int(text) ?? Self.longestRetryAfter, Self.longestRetryAfter))
  }
}
