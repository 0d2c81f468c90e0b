// Wall-clock time as the vendors write it, made from a fixed start and the mock's clock.
import Timekeeping

/// Dates of the mock. The world begins at a fixed moment, so that replies repeat from run to run.
struct VendorTime {
  /// 2025-08-07 15:15:53 GMT: the day on which the captured D-ID bodies were made, in seconds since 1970.
  static let epoch: Int64 = 1_754_579_753

  private let start: MonotonicInstant

  init(start: MonotonicInstant) { self.start = start }

  /// Seconds since 1970.
  func unix(at now: MonotonicInstant) -> Int64 { Self.epoch + start.duration(to: now).components.seconds }

  /// Seven days later as a cookie's date (RFC 9110 section 5.6.7): the expiry that D-ID's cookies have.
  func cookieExpiry(at now: MonotonicInstant) -> String { Self.httpDate(unix(at: now) + 7 * 86_400) }

  /// `Thu, 14 Aug 2025 15:15:53 GMT`.
  static func httpDate(_ unix: Int64) -> String {
    let days = Int(unix / 86_400)
    let second = Int(unix % 86_400)
    let (year, month, day) = civil(daysSince1970: days)
    // 1970-01-01 was a Thursday.
    let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][days % 7]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let time = [second / 3600, second / 60 % 60, second % 60].map(twoDigits).joined(separator: ":")
    return "\(weekday), \(twoDigits(day)) \(months[month - 1]) \(year) \(time) GMT"
  }

  private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

  /// Howard Hinnant's civil_from_days ("chrono-Compatible Low-Level Date Algorithms"), for days after 1970.
  private static func civil(daysSince1970: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = daysSince1970 + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
    let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
  }
}
