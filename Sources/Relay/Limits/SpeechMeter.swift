// Decides how much may be spoken in a minute, by each subject and in all.
import Basics
import Signaling

/// Counts talks and characters. A subject is remembered until its buckets are full again.
struct SpeechMeter: Sendable {
  /// What may be spoken in a minute; nil for no limit.
  struct Rates: Sendable, Hashable {
    var talks: Int?
    var characters: Int?
  }

  private struct Account: SubjectAccount {
    var talks: TokenBucket?
    var characters: TokenBucket?

    init(_ rates: Rates, at now: MonotonicInstant) {
      talks = rates.talks.map { TokenBucket(perMinute: $0, at: now) }
      characters = rates.characters.map { TokenBucket(perMinute: $0, at: now) }
    }

    func isFull(at now: MonotonicInstant) -> Bool {
      (talks?.isFull(at: now) ?? true) && (characters?.isFull(at: now) ?? true)
    }

    mutating func take(_ count: Int, isTalk: Bool, at now: MonotonicInstant) {
      if isTalk { _ = talks?.take(at: now) }
      _ = characters?.take(Double(count), at: now)
    }
  }

  private let rates: Rates
  private var total: Account
  private var accounts: SubjectAccounts<Account>

  /// - Parameters:
  ///   - limit: the most subjects that are remembered.
  ///   - now: the time at which the buckets are full.
  init(each rates: Rates, inAll: Rates, limit: Int, at now: MonotonicInstant) {
    self.rates = rates
    total = Account(inAll, at: now)
    accounts = SubjectAccounts(limit: limit, at: now)
  }

  /// How many subjects are remembered.
  var count: Int { accounts.count }

  /// Counts one talk of so many characters, or a part of one that was counted, or says why it may not be.
  /// - Throws: `talk.limit` with the name of the limit and when to come back, `talk.tooLong` with the name of the limit
  ///   for more characters than it lets through in a minute, and then nothing was counted; `request.overload` when too
  ///   many subjects speak at a time.
  mutating func count(
    _ characters: Int, isTalk: Bool = true, for subject: Subject, at now: MonotonicInstant
  ) throws(SignalingError) {
    var account = accounts[subject] ?? Account(rates, at: now)
    try Self.check(account, characters, isTalk, .talksPerMinute, .charactersPerMinute, at: now)
    try Self.check(total, characters, isTalk, .totalTalksPerMinute, .totalCharactersPerMinute, at: now)
    account.take(characters, isTalk: isTalk, at: now)
    try accounts.remember(account, of: subject, at: now)
    total.take(characters, isTalk: isTalk, at: now)
  }

  private static func check(
    _ account: Account, _ characters: Int, _ isTalk: Bool, _ talkLimit: LimitName, _ characterLimit: LimitName,
    at now: MonotonicInstant
  ) throws(SignalingError) {
    // The bucket never holds so much: the talk can only be made shorter.
    if let characterBucket = account.characters, !characterBucket.holds(Double(characters)) {
      throw SignalingError(
        .talkTooLong,
        "a talk of \(characters) characters is more than \(characterLimit.rawValue) allows, "
          + "\(Int(characterBucket.capacity))", limit: characterLimit)
    }
    let waits = [
      (talkLimit, isTalk ? account.talks?.wait(for: 1, at: now) ?? .zero : .zero),
      (characterLimit, account.characters?.wait(for: Double(characters), at: now) ?? .zero),
    ]
    guard let (limit, wait) = waits.max(by: { $0.1 < $1.1 }), wait > .zero else { return }
    throw SignalingError(
      .talkLimit, "more is spoken than \(limit.rawValue) allows", retryAfterMs: wait.millisecondsRoundedUp, limit: limit
    )
  }
}
