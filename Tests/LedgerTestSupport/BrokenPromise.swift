// What a ledger did otherwise than it promises.

/// A check of ``LedgerContract`` that failed.
public struct BrokenPromise: Error, CustomStringConvertible {
  public let description: String
}

/// Checks one promise.
public func promise(_ isKept: Bool, _ words: String) throws(BrokenPromise) {
  guard isKept else { throw BrokenPromise(description: words) }
}
