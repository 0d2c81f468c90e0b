// What became of talks waits a moment for the next thing that is written of its session, so that a talk costs one write.
import Ledger
import Signaling
import Timekeeping

/// Outcomes of a session's talks that are not written yet, oldest first.
struct HeldOutcomes {
  let lease: Lease
  var facts: [LedgerFact]
}

extension SessionRegistry {
  /// Notes what became of a talk. Nobody waits for it, and a life that ends before it is written reports the talk as
  /// `talk.unknown`: so it goes with the session's next write, or after ``RelayLimits/outcomePatience`` by itself.
  func noteOutcome(_ outcome: SpeakOutcome, of request: RequestID, _ session: SessionID) {
    let fact = LedgerFact.speakEnded(request: request.value, outcome)
    guard bookkeeping.isKept, let lease = sessions[session]?.lease else { return }
    // Where several relays share the ledger another one may need it at once.
    guard bookkeeping.leaseTime == nil, limits.outcomesHeld > 0 else { return note(fact, of: session, under: lease) }
    if let held = outcomes[session], held.lease != lease { writeOutcomes(of: session) }
    outcomes[session, default: HeldOutcomes(lease: lease, facts: [])].facts.append(fact)
    if outcomes[session]?.facts.count == limits.outcomesHeld { writeOutcomes(of: session) }
    guard outcomeAlarm == nil, !outcomes.isEmpty else { return }
    let deadline = clock.now.advanced(by: limits.outcomePatience)
    outcomeAlarm = Task(executorPreference: executor) { await self.wakeOutcomes(at: deadline) }
  }

  private func wakeOutcomes(at deadline: MonotonicInstant) async {
    do { try await clock.sleep(until: deadline, tolerance: nil) } catch { return }
    outcomeAlarm = nil
    writeOutcomes()
  }

  /// The outcomes that go with a write under a lease.
  func takeOutcomes(of session: SessionID, under lease: Lease) -> [LedgerFact] {
    guard let held = outcomes[session], held.lease == lease else { return [] }
    outcomes[session] = nil
    return held.facts
  }

  /// Writes all that is held. The order of sessions is theirs by name, so that a run can be repeated.
  func writeOutcomes() {
    for session in outcomes.keys.sorted(by: { $0.rawValue < $1.rawValue }) { writeOutcomes(of: session) }
  }

  private func writeOutcomes(of session: SessionID) {
    guard let held = outcomes.removeValue(forKey: session) else { return }
    note(held.facts, of: session, under: held.lease)
  }
}
