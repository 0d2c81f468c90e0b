// Reads times and sizes as people write them: a plain number, or numbers with units.
import Basics

/// In what a setting's number is counted, and the units that stand for many of it.
enum Quantity: Sendable {
  /// `90`, `90s`, `5m`, `1h30m`, `1d`.
  case seconds
  /// `65536`, `64KiB`, `1MiB`.
  case bytes

  /// What a value is called where it has another form.
  var accepted: String {
    switch self {
    case .seconds: "a time in whole seconds, as 90, 90s, 5m or 1h30m"
    case .bytes: "a size in bytes, as 65536, 64KiB or 1MiB"
    }
  }

  /// The units, the largest first.
  private var units: [(name: String, size: Int)] {
    switch self {
    case .seconds: [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)]
    case .bytes: [("gib", 1 << 30), ("mib", 1 << 20), ("kib", 1 << 10), ("b", 1)]
    }
  }

  /// The number that a text stands for; nil where it stands for none, or for one that is too large.
  func number(_ text: String) -> Int? {
    if let number = Int(text) { return number }
    var (rest, units, sum) = (text.lowercased()[...], units[...], 0)
    guard !rest.isEmpty else { return nil }
    while !rest.isEmpty {
      let digits = rest.prefix { ("0"..."9").contains($0) }
      rest = rest[digits.endIndex...]
      let name = rest.prefix { !("0"..."9").contains($0) }
      // Each unit comes once, and larger ones come first.
      guard let count = Int(digits), let place = units.firstIndex(where: { $0.name == name }) else { return nil }
      let (product, isTooLarge) = count.multipliedReportingOverflow(by: units[place].size)
      let (total, isTooMuch) = sum.addingReportingOverflow(product)
      guard !isTooLarge, !isTooMuch else { return nil }
      (sum, units, rest) = (total, units[(place + 1)...], rest[name.endIndex...])
    }
    return sum
  }
}
