// Counts what each subject has open and has used up, and says whether it may open more.
import Basics
import Signaling

/// Sessions and seconds by subject. A subject is forgotten once its last permit has expired and nothing of it is open.
struct SubjectQuotas: Sendable {
  private struct Account {
    /// The sessions that count at the moment.
    var open: Set<SessionID> = []
    var used = Duration.zero
    var countedTo: MonotonicInstant
    /// The permit that was made last: an older one gives nobody more.
    var newest: Permit
    /// Of the permit that lasts longest.
    var expiry: MonotonicInstant

    mutating func count(to now: MonotonicInstant) {
      used += countedTo.duration(to: now) * open.count
      countedTo = now
    }
  }

  /// How long after a look for subjects to forget the next one is taken.
  private static let sweepPause = Duration.seconds(1)

  private let limit: Int
  private var nextSweep: MonotonicInstant?
  private var accounts: [ExactText: Account] = [:]

  init(limit: Int) { self.limit = limit }

  /// How many subjects are known.
  var count: Int { accounts.count }

  /// A permit was shown.
  /// - Throws: `request.overload` when too many subjects are known whose permits are still good.
  mutating func register(_ permit: Permit, at now: MonotonicInstant) throws(SignalingError) {
    if accounts[ExactText(permit.subject)] == nil, accounts.count >= limit {
      forgetExpired(at: now)
      guard accounts.count < limit else {
        throw SignalingError(.requestOverload, "this server knows \(limit) subjects, as many as it may")
      }
    }
    var account = accounts[ExactText(permit.subject)] ?? Account(countedTo: now, newest: permit, expiry: permit.expiry)
    account.count(to: now)
    if account.open.isEmpty, account.expiry <= now { account.used = .zero }
    if !permit.isOlder(than: account.newest) { account.newest = permit }
    account.expiry = max(account.expiry, permit.expiry)
    accounts[ExactText(permit.subject)] = account
  }

  /// Whether a subject may open one more session.
  /// - Throws: `session.limit` or `access.budget`.
  func check(_ permit: Permit, at now: MonotonicInstant) throws(SignalingError) {
    let account = accounts[ExactText(permit.subject)]
    let most = [permit.maximumSessions, account?.newest.maximumSessions].compactMap(\.self).min()
    if let most, account?.open.count ?? 0 >= most {
      throw SignalingError(
        .sessionLimit, "the token allows \(most) sessions at once", limit: .sessionsPerSubject)
    }
    if isUsedUp(permit.subject, at: now) { throw Self.usedUp }
  }

  /// A session counts for a subject from now on.
  mutating func opened(_ session: SessionID, of subject: String, at now: MonotonicInstant) {
    accounts[ExactText(subject)]?.count(to: now)
    accounts[ExactText(subject)]?.open.insert(session)
  }

  /// It counts no more.
  mutating func closed(_ session: SessionID, of subject: String, at now: MonotonicInstant) {
    accounts[ExactText(subject)]?.count(to: now)
    accounts[ExactText(subject)]?.open.remove(session)
  }

  /// The sessions that count for a subject, in no order.
  func sessions(of subject: String) -> Set<SessionID> { accounts[ExactText(subject)]?.open ?? [] }

  /// Whether nothing of the budget is left.
  func isUsedUp(_ subject: String, at now: MonotonicInstant) -> Bool {
    guard var account = accounts[ExactText(subject)], let budget = account.newest.budget else { return false }
    account.count(to: now)
    return account.used >= budget
  }

  /// When the budget will be used up if nothing changes; nil if never.
  func deadline(of subject: String) -> MonotonicInstant? {
    guard let account = accounts[ExactText(subject)], let budget = account.newest.budget, !account.open.isEmpty else { return nil }
    return account.countedTo.advanced(by: max(.zero, budget - account.used) / account.open.count)
  }

  /// Forgets some subjects whose permits have expired and of which nothing is open. Looking at all of them for each new
  /// one would cost more the more there are, so it is done at most once in ``sweepPause``.
  private mutating func forgetExpired(at now: MonotonicInstant) {
    guard nextSweep.map({ $0 <= now }) ?? true else { return }
    accounts = accounts.filter { !$0.value.open.isEmpty || $0.value.expiry > now }
    nextSweep = now.advanced(by: Self.sweepPause)
  }

  static let usedUp = SignalingError(
    .accessBudget, "the budget of the token is used up", limit: .budgetSeconds)
}
