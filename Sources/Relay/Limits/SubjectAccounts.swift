// Remembers what subjects have used of something that flows back, and no more subjects than it may.
import Basics
import Signaling

/// What a subject has used.
public protocol SubjectAccount: Sendable {
  /// Whether all of it has flowed back.
  func isFull(at now: MonotonicInstant) -> Bool
}

extension TokenBucket: SubjectAccount {}

/// The accounts of subjects; one is forgotten once it is full again.
public struct SubjectAccounts<Account: SubjectAccount>: Sendable {
  /// How long after a vain look for subjects to forget the next one is taken.
  private static var sweepPause: Duration { .seconds(1) }

  private let limit: Int
  private var accounts: [Subject: Account] = [:]
  private var nextSweep: MonotonicInstant

  /// - Parameter limit: the most subjects that are remembered.
  public init(limit: Int, at now: MonotonicInstant) {
    self.limit = limit
    nextSweep = now
  }

  /// How many subjects are remembered.
  var count: Int { accounts.count }

  /// What a subject has used; nil where all of it has flowed back.
  public subscript(subject: Subject) -> Account? { accounts[subject] }

  /// Remembers an account, unless it is full.
  /// - Throws: `request.overload` when too many are remembered.
  public mutating func remember(_ account: Account, of subject: Subject, at now: MonotonicInstant) throws(SignalingError) {
    guard !account.isFull(at: now) else { return }
    if accounts[subject] == nil, accounts.count >= limit {
      if now >= nextSweep {
        accounts = accounts.filter { !$0.value.isFull(at: now) }
        nextSweep = now.advanced(by: Self.sweepPause)
      }
      guard accounts.count < limit else {
        throw SignalingError(
          .requestOverload, "\(limit) subjects are counted at a time, as many as may be",
          retryAfterMs: Self.sweepPause.milliseconds)
      }
    }
    accounts[subject] = account
  }
}
