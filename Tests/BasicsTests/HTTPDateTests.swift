// Tests the time of day as HTTP has it, against the C library's calendar.
import Basics
import Glibc
import Testing

@Suite struct HTTPDateTests {
  @Test("Dates are those of the C library, from 1970 to 2400, leap years and turns of a century included, and are read back")
  func dates() {
    #expect(HTTPDate.text(secondsSince1970: 784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT", "RFC 9110 section 5.6.7")
    for seconds in stride(from: 0, to: 13_569_465_600, by: 86_400 * 3 + 12_345) {
      var time = time_t(seconds)
      var parts = tm()
      gmtime_r(&time, &parts)
      var text = [CChar](repeating: 0, count: 40)
      // Without a locale set, names are in English.
      strftime(&text, text.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
      let expected = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
      let date = HTTPDate.text(secondsSince1970: seconds)
      // An expectation for each would take longer than the dates.
      if date != expected { Issue.record("\(date) is not \(expected)") }
      if HTTPDate.secondsSince1970(date) != seconds { Issue.record("\(date) is not read as \(seconds)") }
    }
  }
}
