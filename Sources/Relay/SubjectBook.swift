// What each subject has open and has used up.
import Signaling
import Timekeeping

/// Sessions and seconds by subject. A subject is forgotten once its last permit has expired and nothing of it is open.
struct SubjectBook: Sendable {
  private struct Account {
    var open = 0
    var used = Duration.zero
    var countedTo: MonotonicInstant
    /// Of the permit that was shown last.
    var budget: Duration?
    /// Of the permit that lasts longest.
    var expiry: MonotonicInstant

    mutating func count(to now: MonotonicInstant) {
      used += countedTo.duration(to: now) * open
      countedTo = now
    }
  }

  private let limit: Int
  private var accounts: [String: Account] = [:]

  init(limit: Int) { self.limit = limit }

  /// How many subjects are known.
  var count: Int { accounts.count }

  /// A permit was shown.
  /// - Throws: `request.overload` when too many subjects are known whose permits are still good.
  mutating func enter(_ permit: Permit, at now: MonotonicInstant) throws(SignalingError) {
    if accounts[permit.subject] == nil, accounts.count >= limit {
      accounts = accounts.filter { $0.value.open > 0 || $0.value.expiry > now }
      guard accounts.count < limit else {
        throw SignalingError(.requestOverload, "this server knows \(limit) subjects, as many as it may")
      }
    }
    var account = accounts[permit.subject] ?? Account(countedTo: now, expiry: permit.expiry)
    account.count(to: now)
    if account.open == 0, account.expiry <= now { account.used = .zero }
    account.budget = permit.budget
    account.expiry = max(account.expiry, permit.expiry)
    accounts[permit.subject] = account
  }

  /// Whether a subject may open one more session.
  /// - Throws: `session.limit` or `access.budget`.
  func admit(_ permit: Permit, at now: MonotonicInstant) throws(SignalingError) {
    let open = accounts[permit.subject]?.open ?? 0
    if let most = permit.maximumSessions, open >= most {
      throw SignalingError(
        .sessionLimit, "the token allows \(most) sessions at once", retryAfterMs: RelayLimits.guessedWait.milliseconds,
        limit: .sessionsPerSubject)
    }
    if isUsedUp(permit.subject, at: now) { throw Self.usedUp }
  }

  mutating func opened(_ subject: String, at now: MonotonicInstant) { change(subject, by: 1, at: now) }
  mutating func closed(_ subject: String, at now: MonotonicInstant) { change(subject, by: -1, at: now) }

  /// Whether nothing of the budget is left.
  func isUsedUp(_ subject: String, at now: MonotonicInstant) -> Bool {
    guard var account = accounts[subject], let budget = account.budget else { return false }
    account.count(to: now)
    return account.used >= budget
  }

  /// When the budget will be used up if nothing changes; nil if never.
  func deadline(of subject: String) -> MonotonicInstant? {
    guard let account = accounts[subject], let budget = account.budget, account.open > 0 else { return nil }
    return account.countedTo.advanced(by: max(.zero, budget - account.used) / account.open)
  }

  private mutating func change(_ subject: String, by number: Int, at now: MonotonicInstant) {
    accounts[subject]?.count(to: now)
    accounts[subject]?.open += number
  }

  static let usedUp = SignalingError(
    .accessBudget, "the budget of the token is used up", limit: .budgetSeconds)
}
