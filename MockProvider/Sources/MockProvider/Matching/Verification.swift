// Judges the journal by what a test expects of it, and says what came nearest where it is not met.
import Basics
import StrictJSON

/// How far a call has come.
public enum CallStage: String, Sendable, CaseIterable {
  /// The request is complete; nothing was decided yet, or a fault holds the answer back.
  case arrived
  /// The answer has left, or the connection was dropped instead.
  case answered
}

/// How many calls are expected.
struct CallCount: Sendable, Hashable {
  var least: Int
  /// Nil for any number.
  var most: Int?

  static let some = CallCount(least: 1, most: nil)
  static func exactly(_ count: Int) -> CallCount { CallCount(least: count, most: count) }

  func admits(_ count: Int) -> Bool { count >= least && most.map { count <= $0 } ?? true }

  /// As `one call of`, `2 calls of`, `at least one call of`.
  var words: String {
    switch (least, most) {
    case (let count, let most?) where count == most: Self.calls(count)
    case (0, let most?): "at most \(Self.calls(most))"
    case (let least, nil): "at least \(Self.calls(least))"
    case (let least, let most?): "\(least) to \(most) calls of"
    }
  }

  private static func calls(_ count: Int) -> String { count == 1 ? "one call of" : "\(count) calls of" }
}

/// What a test expects of the journal.
struct CallExpectation: Sendable, Hashable {
  /// Most calls in one expectation of an order.
  static let orderLimit = 64

  enum Kind: Sendable, Hashable {
    /// So many calls that match.
    case count(CallMatch, CallCount)
    /// Calls in this order; others may lie between.
    case order([CallMatch])
  }

  let kind: Kind
  var stage = CallStage.arrived

  /// - Parameter patience: how long it was waited for; nil where it is judged at once.
  func verdict(on journal: Journal, patience: Duration? = nil) -> Verdict {
    switch kind {
    case .count(let match, let count): verdict(on: journal.entries, match, count, patience)
    case .order(let matches): verdict(on: journal.entries, order: matches)
    }
  }

  private func verdict(
    on entries: [JournalEntry], _ match: CallMatch, _ count: CallCount, _ patience: Duration?
  ) -> Verdict {
    let found = entries.filter { obstacles(match, $0).isEmpty }
    guard !count.admits(found.count) else { return Verdict(calls: found) }
    let misses = entries.map { (entry: $0, obstacles: obstacles(match, $0)) }.filter { !$0.obstacles.isEmpty }
    let nearest = misses.sorted { Self.isNearer($0, $1, to: match) }.prefix(Verdict.nearestLimit)
    let end = patience.map { "not within \(Self.seconds($0)) s, seen \(found.count)" } ?? "seen \(found.count)"
    let list =
      entries.isEmpty
      ? "; the mock was not called"
      : nearest.isEmpty
        ? ""
        : "; nearest of \(misses.count):"
          + nearest.map { "\n  \($0.entry.line): \($0.obstacles.joined(separator: ", "))" }.joined()
    let wanted = patience == nil ? count.words : CallCount.exactly(count.least).words
    return Verdict(
      calls: found, complaint: "\(wanted) \(match.words)\(stage == .answered ? ", answered" : ""): \(end)\(list)",
      nearest: Array(nearest))
  }

  private func verdict(on entries: [JournalEntry], order matches: [CallMatch]) -> Verdict {
    var rest = entries[...]
    var found: [JournalEntry] = []
    for match in matches {
      guard let place = rest.firstIndex(where: { obstacles(match, $0).isEmpty }) else {
        let seen = entries.map { $0.call?.rawValue ?? "\($0.method) \($0.path)" }
        return Verdict(
          calls: found,
          complaint: """
            \(matches.map(\.words).joined(separator: " → ")): \(match.words) is missing at its place in \
            \(seen.isEmpty ? "nothing" : seen.joined(separator: " → "))
            """, nearest: [])
      }
      found.append(rest[place])
      rest = rest[(place + 1)...]
    }
    return Verdict(calls: found)
  }

  private func obstacles(_ match: CallMatch, _ entry: JournalEntry) -> [String] {
    let isEarly = stage == .answered && entry.answered == nil
    return match.obstacles(entry) + (isEarly ? ["not answered yet"] : [])
  }

  private typealias Miss = (entry: JournalEntry, obstacles: [String])

  /// Calls of the right name first, then those with fewer obstacles, then later ones.
  private static func isNearer(_ one: Miss, _ other: Miss, to match: CallMatch) -> Bool {
    func rank(_ miss: Miss) -> (Int, Int, Int) {
      let isNamed = miss.entry.call.map(match.calls.matches) ?? false
      return (isNamed ? 0 : 1, miss.obstacles.count, -miss.entry.number)
    }
    return rank(one) < rank(other)
  }

  static func seconds(_ duration: Duration) -> String {
    let seconds = duration.seconds
    return seconds == seconds.rounded() ? "\(Int(seconds))" : "\(seconds)"
  }
}

/// What came of an expectation.
struct Verdict: Sendable {
  /// Nearest calls that a complaint names.
  static let nearestLimit = 3

  /// The calls that were meant.
  let calls: [JournalEntry]
  /// What was expected and what was seen; nil where it is met.
  var complaint: String?
  /// The calls that came nearest, with what kept each from being meant.
  var nearest: [(entry: JournalEntry, obstacles: [String])] = []

  var isMet: Bool { complaint == nil }
}
