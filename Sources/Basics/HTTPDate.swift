// Writes and reads the time of day as HTTP has it.

/// The wall clock in the only form that HTTP sends (RFC 9110 section 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
public enum HTTPDate {
  private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
  /// From the first of March of the year 0 to 1970. Years are counted from March here, so that a leap day is the last of
  /// its year; from March on, every five months have 153 days.
  private static let daysBefore1970 = 719_468

  /// Writes a point in time.
  /// - Parameter seconds: Unix time, not negative.
  public static func text(secondsSince1970 seconds: Int) -> String {
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let (day, second) = seconds.quotientAndRemainder(dividingBy: 86_400)
    let date = date(ofDay: day)
    let time = "\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60))"
    return "\(days[day % 7]), \(two(date.day)) \(months[date.month]) \(date.year) \(time) GMT"
  }

  /// Reads a point in time from 1970 on, as Unix time; nil for any other form. The day of the week is not looked at.
  public static func secondsSince1970(_ text: some StringProtocol) -> Int? {
    let parts = text.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 6, parts[0].utf8.count == 4, parts[0].last == ",", parts[5] == "GMT",
      let day = number(parts[1], digits: 2, in: 1...31), let month = months.firstIndex(of: String(parts[2])),
      let year = number(parts[3], digits: 4, in: 1970...9999)
    else { return nil }
    let time = parts[4].split(separator: ":", omittingEmptySubsequences: false)
    guard time.count == 3, let hour = number(time[0], digits: 2, in: 0...23),
      let minute = number(time[1], digits: 2, in: 0...59),
      // A leap second is the next one.
      let second = number(time[2], digits: 2, in: 0...60)
    else { return nil }
    return ((dayNumber(year: year, month: month, day: day) * 24 + hour) * 60 + minute) * 60 + second
  }

  private static func number(_ text: some StringProtocol, digits: Int, in range: ClosedRange<Int>) -> Int? {
    guard text.utf8.count == digits, text.utf8.allSatisfy(\.isDecimalDigit), let number = Int(text),
      range.contains(number)
    else { return nil }
    return number
  }

  /// The Gregorian date of a day since 1970.
  /// - Returns: the month counted from 0, the day from 1.
  private static func date(ofDay day: Int) -> (year: Int, month: Int, day: Int) {
    let (era, dayOfEra) = (day + daysBefore1970).quotientAndRemainder(dividingBy: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = (monthFromMarch + 2) % 12
    return (400 * era + yearOfEra + (month < 2 ? 1 : 0), month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
  }

  /// The day since 1970 of a Gregorian date.
  private static func dayNumber(year: Int, month: Int, day: Int) -> Int {
    let monthFromMarch = (month + 10) % 12
    let year = month < 2 ? year - 1 : year
    let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
    return 365 * year + year / 4 - year / 100 + year / 400 + dayOfYear - daysBefore1970
  }
}
