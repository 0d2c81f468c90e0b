// What all sessions together may cost in a day: counted, charged to the ledger, and ended when it is used up.
import Ledger
import Logging
import Signaling
import Timekeeping

extension SessionRegistry {
  /// Seconds of open sessions since the start. One whose end was not confirmed counts as open.
  public var sessionTime: Duration {
    countTime()
    return dayBudget.inAll
  }

  /// What may be used today and what is left of it; nil where there is no limit.
  public var dayBudgetLeft: (limit: Duration, left: Duration)? {
    countTime()
    guard let limit = dayBudget.limit, let left = dayBudget.left else { return nil }
    return (limit, left)
  }

  /// Reads what is on the day's account already.
  func loadDayBudget() async throws(LedgerFailure) {
    guard keepsDayBudget else { return }
    countTime()
    guard let charge = dayBudget.takeCharge() else { return }
    dayBudget.charged(total: try await bookkeeping.ledger.charge(charge.milliseconds, to: charge.day))
  }

  /// Whether a session may be opened, as far as the day's seconds go.
  func checkDayBudget() throws(SignalingError) {
    countTime()
    if dayBudget.isUsedUp { throw dayBudget.refusal(at: wallTime) }
  }

  /// From now on a session counts.
  func beginSpending(_ session: SessionID) {
    countTime()
    let isFirst = dayBudget.openCount == 0
    dayBudget.opened(session)
    // Other relays may have charged since this one last did.
    if isFirst { charge() }
    watchDayBudget()
  }

  /// It counts no more, unless its end is not confirmed. Saying so again does nothing.
  func endSpending(_ session: SessionID) {
    guard leftovers[session] == nil else { return }
    countTime()
    guard dayBudget.closed(session) else { return }
    if dayBudget.openCount == 0 { charge() }
    watchDayBudget()
  }

  /// Charges what was counted and not charged yet.
  func charge() {
    nextCharge = clock.now.advanced(by: limits.chargePause)
    guard keepsDayBudget, let charge = dayBudget.takeCharge() else { return }
    notesUnderWay += 1
    Task(executorPreference: executor) { await self.carry(charge) }
  }

  private var keepsDayBudget: Bool { bookkeeping.isKept && dayBudget.limit != nil }

  func countTime() { dayBudget.count(to: clock.now, wallTime) }

  private func carry(_ charge: DayBudget.Charge) async {
    do throws(LedgerFailure) {
      dayBudget.charged(total: try await bookkeeping.ledger.charge(charge.milliseconds, to: charge.day))
      // What was counted meanwhile is on nobody's mind any more once nothing is open.
      if dayBudget.openCount == 0, dayBudget.owes { self.charge() }
    } catch {
      dayBudget.chargeFailed()
      logger.error("the ledger failed", metadata: ["failure": "\(error.code.rawValue)", "reason": "\(error.message)"])
    }
    noteEnded()
    countTime()
    watchDayBudget()
  }

  private func watchDayBudget() {
    dayAlarm?.cancel()
    dayAlarm = nil
    guard dayBudget.limit != nil else { return }
    let strike = dayBudget.isUsedUp ? (hasWhatToEnd ? clock.now : nil) : dayBudget.deadline
    let look = keepsDayBudget && dayBudget.openCount > 0 ? nextCharge : nil
    guard let next = [strike, look].compactMap(\.self).min() else { return }
    dayAlarm = Task(executorPreference: executor) { await self.wakeSpending(at: next) }
  }

  private func wakeSpending(at deadline: MonotonicInstant) async {
    do { try await clock.sleep(until: deadline, tolerance: nil) } catch { return }
    guard !Task.isCancelled else { return }
    countTime()
    if clock.now >= nextCharge { charge() }
    if dayBudget.isUsedUp { strike() }
    watchDayBudget()
  }

  private var hasWhatToEnd: Bool { waitingRoom.count > 0 || sessions.counts.unended > 0 }

  /// Every session ends, and nobody waits for one any more.
  private func strike() {
    let refusal = dayBudget.refusal(at: wallTime)
    refuseWaiting(refusal)
    let all = sessions.oldestFirst.map(\.session)
    if !all.isEmpty { logger.warning("the day's seconds are used up", metadata: ["sessions": "\(all.count)"]) }
    for session in all { step(session) { machine, _ in machine.end(.budget, answering: refusal) } }
  }
}
