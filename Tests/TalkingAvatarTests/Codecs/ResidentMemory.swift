// How much memory the test process holds.
import Foundation

enum ResidentMemory {
  private struct Unreadable: Error {}

  /// VmRSS of proc(5).
  static func kilobytes() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") }),
      let number = Int(line.filter(\.isNumber))
    else { throw Unreadable() }
    return number
  }
}
