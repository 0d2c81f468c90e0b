// Waits for calls and judges them, for tests in Swift: the helpers of kits/python and kits/node under the same names.
import Basics
import StrictJSON

extension MockServer {
  /// Waits until as many calls match.
  /// - Parameters:
  ///   - text: what is to be spoken contains it; nil where that does not matter.
  ///   - matches: what else is asked of a call.
  /// - Returns: the last of them.
  /// - Throws: ``VerificationError`` when the time is over; it names the latest calls.
  @discardableResult
  public func waitFor(
    _ call: CallName, text: String? = nil, count: Int = 1, timeout: Duration = .seconds(10),
    where matches: @Sendable (JournalEntry) -> Bool = { _ in true }
  ) async throws(VerificationError) -> JournalEntry {
    let (ticks, tick) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let watch = await state.watchJournal(tick)
    let clock = realClock
    // A loop that ends meanwhile ends the wait, too.
    let alarm = Task {
      try? await clock.sleep(for: timeout)
      tick.finish()
    }
    tick.yield()
    var found: [JournalEntry] = []
    for await _ in ticks {
      found = await calls(call, text, matches)
      if found.count >= count { break }
    }
    alarm.cancel()
    await state.endWatch(watch)
    guard found.count >= count else {
      throw await failure(Self.times(count), call, text, seen: found.count, "not within \(timeout), seen")
    }
    return found[count - 1]
  }

  /// Checks that calls match: so many of them, or one at least. A count of 0 says that there was none.
  /// - Throws: ``VerificationError``.
  @discardableResult
  public func verify(
    _ call: CallName, text: String? = nil, count: Int? = nil,
    where matches: @Sendable (JournalEntry) -> Bool = { _ in true }
  ) async throws(VerificationError) -> [JournalEntry] {
    let found = await calls(call, text, matches)
    guard count.map({ $0 == found.count }) ?? !found.isEmpty else {
      throw await failure(count.map(Self.times) ?? "at least one call of", call, text, seen: found.count, "seen")
    }
    return found
  }

  /// Checks that calls of these names came in this order; others may lie between.
  /// - Throws: ``VerificationError``.
  public func verifyOrder(_ calls: CallName...) async throws(VerificationError) {
    let seen = await journal.compactMap(\.call)
    var rest = seen[...]
    for call in calls {
      guard let place = rest.firstIndex(of: call) else {
        throw VerificationError(
          "\(Self.chain(calls)): \(call.rawValue) is missing at its place in \(seen.isEmpty ? "nothing" : Self.chain(seen))")
      }
      rest = rest[(place + 1)...]
    }
  }

  /// Checks that every session was closed.
  /// - Throws: ``VerificationError`` with the names of those that are open.
  public func verifyNoOpenSessions() async throws(VerificationError) {
    let open = await sessions.filter(\.isOpen)
    guard !open.isEmpty else { return }
    let names = open.map { "\($0.vendor) \($0.id) (\($0.stateName))" }.joined(separator: ", ")
    throw VerificationError("\(open.count) session(s) left open: \(names)")
  }

  private func calls(
    _ call: CallName, _ text: String?, _ matches: @Sendable (JournalEntry) -> Bool
  ) async -> [JournalEntry] {
    await journal.filter { entry in
      entry.call == call && (text.map { entry.text?.contains($0) ?? false } ?? true) && matches(entry)
    }
  }

  private func failure(
    _ wanted: String, _ call: CallName, _ text: String?, seen: Int, _ words: String
  ) async -> VerificationError {
    let condition = text.map { " whose text contains \($0)" } ?? ""
    let latest = await journal.suffix(3).map { entry in
      let name = entry.call?.rawValue ?? "\(entry.method) \(entry.path)"
      return "\n  #\(entry.number) \(name) → \(entry.status) \(entry.body.text.prefix(120))"
    }
    let list = latest.isEmpty ? "; the mock was not called" : "; the latest calls:" + latest.joined()
    return VerificationError("\(wanted) \(call.rawValue)\(condition): \(words) \(seen)\(list)")
  }

  private static func times(_ count: Int) -> String { count == 1 ? "one call of" : "\(count) calls of" }

  private static func chain(_ calls: [CallName]) -> String { calls.map(\.rawValue).joined(separator: " → ") }
}

extension JournalEntry {
  /// What is to be spoken, at either vendor; nil for other calls.
  public var text: String? { body["script"]?["input"]?.string ?? body["text"]?.string }
}

/// What a test expected of a mock and did not find.
public struct VerificationError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What was expected, what was seen, and which calls were made.
  public let description: String

  init(_ description: String) { self.description = description }
}
