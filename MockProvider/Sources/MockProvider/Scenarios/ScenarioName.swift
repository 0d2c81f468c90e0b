// Names scenarios, and makes each a seed of its own.
import Basics

/// The name by which tests speak of a scenario.
struct ScenarioName: Hashable, Sendable {
  /// The one that a request belongs to which names none.
  static let main = ScenarioName(unchecked: "main")
  /// The header field of a request that belongs to a scenario.
  static let headerField = "X-Mock-Scenario"
  /// The longest name in bytes.
  static let maximumBytes = 200

  let text: String

  private init(unchecked text: String) { self.text = text }

  /// - Parameter text: 1 to 200 printable ASCII characters, so that it can stand in a header field; nil for anything else.
  init?(_ text: String) {
    guard (1...Self.maximumBytes).contains(text.utf8.count), text.utf8.allSatisfy(\.isPrintableASCII),
      text.first != " ", text.last != " "
    else { return nil }
    self.text = text
  }

  /// Where the ids of this scenario begin: the mock's own seed for the main one, and for each other one a seed that follows
  /// from both (FNV-1a), so that no two scenarios give out the same ids.
  func seed(from seed: UInt64) -> UInt64 {
    guard self != .main else { return seed }
    return text.utf8.reduce(seed ^ 0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
  }
}

/// A scenario between two resets: what was begun before one is not mistaken for what came after it.
struct ScenarioKey: Hashable, Sendable {
  let name: ScenarioName
  /// Counts the lives of all scenarios.
  let life: Int
}
