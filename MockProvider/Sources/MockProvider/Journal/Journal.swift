// The latest requests, for tests to assert on.
import StrictJSON

/// A bounded list of entries; the oldest are forgotten first.
struct Journal {
  /// Most entries that are kept.
  static let entryLimit = 1000
  /// The longest body that is kept, in bytes of JSON; of a longer one only its length.
  static let bodyLimit = 64 * 1024
  /// Most bytes of all bodies together.
  static let totalLimit = 8 * 1024 * 1024

  private(set) var entries: [JournalEntry] = []
  /// How many entries were made since the start, forgotten ones included.
  private(set) var count = 0
  private var sizes: [Int] = []
  private var total = 0

  /// The number of the next entry.
  var nextNumber: Int { count + 1 }

  mutating func append(_ entry: JournalEntry, bodyBytes: Int) {
    count += 1
    entries.append(entry)
    sizes.append(bodyBytes)
    total += bodyBytes
    var surplus = max(0, entries.count - Self.entryLimit)
    var freed = sizes.prefix(surplus).reduce(0, +)
    while total - freed > Self.totalLimit {
      freed += sizes[surplus]
      surplus += 1
    }
    entries.removeFirst(surplus)
    sizes.removeFirst(surplus)
    total -= freed
  }

  /// Forgets all entries; numbers go on.
  mutating func clear() {
    entries = []
    sizes = []
    total = 0
  }

  /// What is kept of a body, and how many bytes that takes.
  static func keep(_ body: Result<JSONValue, JSONSyntaxError>, length: Int) -> (body: JSONValue, bytes: Int) {
    guard length > 0, case .success(let value) = body else { return (.null, 0) }
    guard length <= bodyLimit else { return (["bytes": .integer(Int64(length))], 0) }
    return (Redaction.redact(value), length)
  }
}
