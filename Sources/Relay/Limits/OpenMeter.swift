// Decides how many sessions may be asked for in a minute, by each subject and in all.
import Basics
import Signaling

/// Counts the opens that a provider is to be asked for, at once or after some waiting.
struct OpenMeter: Sendable {
  private let rate: Int?
  private var total: TokenBucket?
  private var accounts: SubjectAccounts<TokenBucket>

  /// - Parameters:
  ///   - rate: opens of one subject in a minute; nil for no limit, as in all.
  ///   - limit: the most subjects that are remembered.
  ///   - now: the time at which the buckets are full.
  init(each rate: Int?, inAll: Int?, limit: Int, at now: MonotonicInstant) {
    self.rate = rate
    total = inAll.map { TokenBucket(perMinute: $0, at: now) }
    accounts = SubjectAccounts(limit: limit, at: now)
  }

  /// How many subjects are remembered.
  var count: Int { accounts.count }

  /// Counts one open, or says why it may not be.
  /// - Throws: `session.limit` with the name of the limit and when to come back, or `request.overload` when too many
  ///   subjects open at a time; then nothing was counted.
  mutating func count(for subject: Subject, at now: MonotonicInstant) throws(SignalingError) {
    var own = rate.map { accounts[subject] ?? TokenBucket(perMinute: $0, at: now) }
    try Self.take(from: &own, .opensPerMinute, at: now)
    var all = total
    try Self.take(from: &all, .totalOpensPerMinute, at: now)
    if let own { try accounts.remember(own, of: subject, at: now) }
    total = all
  }

  private static func take(
    from bucket: inout TokenBucket?, _ limit: LimitName, at now: MonotonicInstant
  ) throws(SignalingError) {
    guard let wait = bucket?.take(at: now), wait > .zero else { return }
    throw SignalingError(
      .sessionLimit, "more sessions are asked for than \(limit.rawValue) allows",
      retryAfterMs: wait.millisecondsRoundedUp, limit: limit)
  }
}
