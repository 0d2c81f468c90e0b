// Writes HTTP/1.1 responses with the fields that are the server's own.
import Basics

/// Turns a response into bytes. A field that could break out of its line makes the whole response an error.
package enum ResponseEncoder {
  /// Tells a client that waits for it to send its body (RFC 9110 section 15.2.1).
  package static let continueLine = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)

  /// Names that the listener writes itself.
  private static let own: Set<String> = ["content-length", "transfer-encoding", "connection", "keep-alive"]

  /// Writes a whole response.
  /// - Parameters:
  ///   - date: the time as ``HTTPDate`` writes it, for a response that names none of its own.
  ///   - isHead: whether the request was HEAD, so that the body is announced and not sent.
  /// - Returns: nil when the status or a field cannot be sent.
  package static func encode(_ response: HTTPResponse, isHead: Bool, keepsAlive: Bool, date: String) -> [UInt8]? {
    guard (200...999).contains(response.status) || response.status == 101 else { return nil }
    var text = "HTTP/1.1 \(response.status) \(reason(response.status))\r\n"
    for field in response.headers.fields {
      guard field.name.utf8.isHTTPToken, HTTPSyntax.isFieldValue(field.value.utf8) else { return nil }
      if !own.contains(field.name.lowercased()) { text += "\(field.name): \(field.value)\r\n" }
    }
    if response.headers["Date"] == nil { text += "Date: \(date)\r\n" }
    let hasBody = response.status != 204 && response.status != 304 && response.status != 101
    if hasBody { text += "Content-Length: \(response.body.count)\r\n" }
    // Upgrade is a field of this hop alone, so Connection has to name it (RFC 9110 section 7.8).
    var options = response.headers["Upgrade"] == nil ? [] : ["Upgrade"]
    if response.status != 101 { options.append(keepsAlive ? "keep-alive" : "close") }
    text += "Connection: \(options.joined(separator: ", "))\r\n"
    text += "\r\n"
    return Array(text.utf8) + (hasBody && !isHead ? response.body : [])
  }

  /// Reason phrases of RFC 9110 section 15; clients ignore them.
  static func reason(_ status: Int) -> String {
    switch status {
    case 101: "Switching Protocols"
    case 200: "OK"
    case 201: "Created"
    case 202: "Accepted"
    case 204: "No Content"
    case 301: "Moved Permanently"
    case 302: "Found"
    case 304: "Not Modified"
    case 400: "Bad Request"
    case 401: "Unauthorized"
    case 402: "Payment Required"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 408: "Request Timeout"
    case 409: "Conflict"
    case 413: "Content Too Large"
    case 415: "Unsupported Media Type"
    case 417: "Expectation Failed"
    case 426: "Upgrade Required"
    case 429: "Too Many Requests"
    case 431: "Request Header Fields Too Large"
    case 500: "Internal Server Error"
    case 501: "Not Implemented"
    case 502: "Bad Gateway"
    case 503: "Service Unavailable"
    case 504: "Gateway Timeout"
    case 505: "HTTP Version Not Supported"
    default: "Status"
    }
  }
}

/// The wall clock in the only form that HTTP sends (RFC 9110 section 5.6.7).
package enum HTTPDate {
  private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  /// Writes a point in time.
  /// - Parameter seconds: Unix time, not negative.
  package static func text(secondsSince1970 seconds: Int) -> String {
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let (day, second) = seconds.quotientAndRemainder(dividingBy: 86_400)
    let date = civil(day)
    let time = "\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60))"
    return "\(days[day % 7]), \(two(date.day)) \(months[date.month - 1]) \(date.year) \(time) GMT"
  }

  /// The Gregorian date of a day since 1970. Years are counted from March here, so that a leap day is the last of its
  /// year; from March on, every five months have 153 days.
  private static func civil(_ day: Int) -> (year: Int, month: Int, day: Int) {
    // From the first of March of the year 0.
    let days = day + 719_468
    let (era, dayOfEra) = days.quotientAndRemainder(dividingBy: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    let year = 400 * era + yearOfEra + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
  }
}
