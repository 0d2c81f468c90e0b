// Decides what subjects, minutes and days still allow, and ends sessions when a budget is used up.
import Basics
import Ledger
import Logging
import Signaling

/// What may still be opened and spoken: by each subject, in a minute, and by all together in a day.
final class Quotas {
  private var subjects: SubjectQuotas
  private var subjectAlarms: [ExactText: Task<Void, Never>] = [:]
  private var speech: SpeechMeter
  private var opens: OpenMeter
  private var day: DayBudget
  private var dayAlarm: Task<Void, Never>?
  /// When the day's account is charged next, while sessions are open.
  private var nextCharge: MonotonicInstant
  /// Whether the day's account is kept in a ledger.
  private let keepsAccount: Bool
  private let chargePause: Duration
  private let clock: any MonotonicClock
  private let wallTime: @Sendable () -> WallTime

  init(_ limits: RelayLimits, _ ledger: LedgerConfiguration, clock: any MonotonicClock) {
    self.clock = clock
    wallTime = ledger.wallTime
    subjects = SubjectQuotas(limit: limits.subjectsRemembered)
    speech = SpeechMeter(
      each: .init(talks: limits.talksPerMinute, characters: limits.charactersPerMinute),
      inAll: .init(talks: limits.totalTalksPerMinute, characters: limits.totalCharactersPerMinute),
      limit: limits.speakersRemembered, at: clock.now)
    opens = OpenMeter(
      each: limits.opensPerMinute, inAll: limits.totalOpensPerMinute, limit: limits.openersRemembered, at: clock.now)
    day = DayBudget(limit: limits.totalSecondsPerDay.map { .seconds($0) }, at: clock.now, ledger.wallTime())
    nextCharge = clock.now
    keepsAccount = ledger.isKept && day.limit != nil
    chargePause = limits.chargePause
  }

  // MARK: Subjects

  /// A connection showed a permit.
  /// - Throws: `request.overload` when too many subjects are known.
  func register(_ permit: Permit, on registry: isolated SessionRegistry) throws(SignalingError) {
    try subjects.register(permit, at: clock.now)
    watch(permit.subject, on: registry)
  }

  /// Whether a permit's subject may open one more session.
  /// - Throws: `session.limit` or `access.budget`.
  func check(_ permit: Permit) throws(SignalingError) { try subjects.check(permit, at: clock.now) }

  /// A session begins to use its subject's budget.
  func begin(_ session: SessionID, of subject: String, on registry: isolated SessionRegistry) {
    subjects.opened(session, of: subject, at: clock.now)
    watch(subject, on: registry)
  }

  /// It uses it no more.
  func end(_ session: SessionID, of subject: String, on registry: isolated SessionRegistry) {
    subjects.closed(session, of: subject, at: clock.now)
    watch(subject, on: registry)
  }

  /// The sessions that use a subject's budget, in no order.
  func sessions(of subject: String) -> Set<SessionID> { subjects.sessions(of: subject) }

  private func watch(_ subject: String, on registry: isolated SessionRegistry) {
    subjectAlarms.removeValue(forKey: ExactText(subject))?.cancel()
    guard let deadline = subjects.deadline(of: subject) else { return }
    subjectAlarms[ExactText(subject)] = registry.alarm(at: deadline) { $0.quotas.look(at: subject, on: $0) }
  }

  private func look(at subject: String, on registry: isolated SessionRegistry) {
    subjectAlarms[ExactText(subject)] = nil
    guard subjects.isUsedUp(subject, at: clock.now) else { return watch(subject, on: registry) }
    registry.end(subjects.sessions(of: subject), .budget)
  }

  // MARK: Minutes

  /// Counts a session that is asked for.
  /// - Throws: `session.limit` or `request.overload`; then nothing was counted.
  func open(for subject: Subject) throws(SignalingError) { try opens.count(for: subject, at: clock.now) }

  /// Counts a talk of so many characters, or a part of one.
  /// - Throws: `talk.limit`, `talk.tooLong` or `request.overload`; then nothing was counted.
  func speak(_ characters: Int, isTalk: Bool, for subject: Subject) throws(SignalingError) {
    try speech.count(characters, isTalk: isTalk, for: subject, at: clock.now)
  }

  // MARK: The day

  /// Seconds of open sessions since the start. One whose end was not confirmed counts as open.
  var sessionTime: Duration {
    countTime()
    return day.inAll
  }

  /// What may be used today and what is left of it; nil where there is no limit.
  var dayLeft: (limit: Duration, left: Duration)? {
    countTime()
    guard let limit = day.limit, let left = day.left else { return nil }
    return (limit, left)
  }

  /// Whether a session may be opened, as far as the day's seconds go.
  func checkDay() throws(SignalingError) {
    countTime()
    if day.isUsedUp { throw day.refusal(at: wallTime()) }
  }

  /// A session begins to use the day's seconds.
  func beginDay(of session: SessionID, on registry: isolated SessionRegistry) {
    countTime()
    let isFirst = day.openCount == 0
    day.opened(session)
    // Other relays may have charged since this one last did.
    if isFirst { charge(on: registry) }
    watchDay(on: registry)
  }

  /// It uses none any more. Saying so again does nothing.
  func endDay(of session: SessionID, on registry: isolated SessionRegistry) {
    countTime()
    guard day.closed(session) else { return }
    if day.openCount == 0 { charge(on: registry) }
    watchDay(on: registry)
  }

  /// The relay leaves: what was counted is charged, and nothing more.
  func leave(on registry: isolated SessionRegistry) {
    dayAlarm?.cancel()
    countTime()
    charge(on: registry)
  }

  private func countTime() { day.count(to: clock.now, wallTime()) }

  private func watchDay(on registry: isolated SessionRegistry) {
    dayAlarm?.cancel()
    dayAlarm = nil
    guard day.limit != nil else { return }
    let strike = day.isUsedUp ? (registry.hasWhatToEnd ? clock.now : nil) : day.deadline
    let look = keepsAccount && day.openCount > 0 ? nextCharge : nil
    guard let next = [strike, look].compactMap(\.self).min() else { return }
    dayAlarm = registry.alarm(at: next) { $0.quotas.lookAtDay(on: $0) }
  }

  private func lookAtDay(on registry: isolated SessionRegistry) {
    countTime()
    if clock.now >= nextCharge { charge(on: registry) }
    if day.isUsedUp { registry.endDay(day.refusal(at: wallTime())) }
    watchDay(on: registry)
  }

  // MARK: The day's account

  /// What is to be charged before anything is served; nil where no account is kept.
  func firstCharge() -> DayBudget.Charge? {
    guard keepsAccount else { return nil }
    countTime()
    return day.takeCharge()
  }

  /// A charge is on the account.
  /// - Parameter total: what is on it now, in milliseconds.
  func charged(total: Int64) { day.charged(total: total) }

  /// A charge came to its end, with what is on the account now, or with nil where it failed.
  func charged(total: Int64?, on registry: isolated SessionRegistry) {
    if let total {
      day.charged(total: total)
      // What was counted meanwhile is on nobody's mind any more once nothing is open.
      if day.openCount == 0, day.owes { charge(on: registry) }
    } else {
      day.chargeFailed()
    }
    countTime()
    watchDay(on: registry)
  }

  /// Charges what was counted and not charged yet.
  private func charge(on registry: isolated SessionRegistry) {
    nextCharge = clock.now.advanced(by: chargePause)
    guard keepsAccount, let charge = day.takeCharge() else { return }
    registry.ledger.note(charge, on: registry)
  }
}
