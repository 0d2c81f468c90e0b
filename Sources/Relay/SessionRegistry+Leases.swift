// The right to act for a session where several relays share a ledger: held, renewed, and lost.
import AvatarProvider
import Ledger
import Logging
import Signaling
import Timekeeping

extension SessionRegistry {
  // MARK: Having it

  /// Takes note of a lease.
  /// - Parameter asked: when it was asked for; its time counts from then.
  func hold(_ lease: Lease, on session: SessionID, since asked: MonotonicInstant) {
    leaseEnds[session] = lease.validity.map { asked.advanced(by: $0 - min(limits.leaseMargin, $0 / 5)) }
  }

  /// Whether nobody else can have the session at this moment.
  func mayAct(for session: SessionID) -> Bool {
    guard bookkeeping.leaseTime != nil else { return true }
    return leaseEnds[session].map { clock.now < $0 } ?? false
  }

  /// Ends a session at its provider. Where nobody can say whose it is, it may be another relay's, and in use: then only
  /// what its own client asked for, and what nobody else can know, is ended.
  /// - Returns: why it is not known to be over; nil where it is.
  func close(
    _ handle: ProviderSession.Handle, at provider: any AvatarProvider, of session: SessionID
  ) async -> ProviderFailure? {
    let reason: CloseReason
    if case .closing(let own, _) = sessions[session]?.machine.state { reason = own } else { reason = .connectionLost }
    if bookkeeping.leaseTime != nil, reason != .openFailed {
      let fact = LedgerFact.closing(reason: reason.rawValue)
      switch await write([fact], of: session, under: heldLease(session))?.code {
      case nil: break
      // Its client took it to another relay, and this connection ended afterwards.
      case .fenced: return nil
      case _ where reason == .client: break
      default: return ProviderFailure(.unavailable, "the session may be another relay's")
      }
    }
    let asked = clock.now
    let result: Result<Void, ProviderFailure>
    switch reason {
    case .client, .openFailed:
      do throws(ProviderFailure) { result = .success(try await provider.close(handle)) } catch {
        result = .failure(error)
      }
    default:
      guard mayAct(for: session) else {
        return ProviderFailure(.unavailable, "the session may be another relay's")
      }
      result = await acting(for: session) { () throws(ProviderFailure) in try await provider.close(handle) }
    }
    noteTime(of: .close, at: provider.id, since: asked)
    guard case .failure(let error) = result, error.code != .sessionGone else { return nil }
    return error
  }

  /// Calls a provider in the name of a session. Nothing is handed to the network once the lease has ended.
  func acting<Value: Sendable>(
    for session: SessionID, _ call: () async throws(ProviderFailure) -> Value
  ) async -> Result<Value, ProviderFailure> {
    let deadline = leaseEnds[session].map { ActingDeadline(end: $0, clock: clock) }
    return await ActingDeadline.$current.withValue(deadline) {
      do throws(ProviderFailure) { return .success(try await call()) } catch { return .failure(error) }
    }
  }

  // MARK: Keeping it

  /// Renews leases and looks for sessions of relays that died, until the relay leaves. Nothing happens where the ledger
  /// serves one relay.
  public func watchLedger() {
    guard let leaseTime = bookkeeping.leaseTime, watches.isEmpty else { return }
    watches = [
      Task(executorPreference: executor) { await self.renewLeases(every: leaseTime / 4) },
      Task(executorPreference: executor) { await self.lookForOrphans(every: leaseTime) },
    ]
  }

  private func renewLeases(every pause: Duration) async {
    while !Task.isCancelled {
      do { try await clock.sleep(for: pause) } catch { return }
      await renewLeases()
    }
  }

  private func renewLeases() async {
    let held = heldLeases
    leaseEnds = leaseEnds.filter { sessions[$0.key] != nil || leftovers[$0.key] != nil }
    guard !held.isEmpty else { return }
    let asked = clock.now
    let renewed: [String: Lease]
    do throws(LedgerFailure) { renewed = try await bookkeeping.ledger.renew(held) } catch {
      return logger.error(
        "leases could not be renewed",
        metadata: ["leases": "\(held.count)", "failure": "\(error.code.rawValue)", "reason": "\(error.message)"])
    }
    // Meanwhile some may have ended, or have been claimed anew.
    for (name, lease) in held where heldLease(SessionID(rawValue: name)) == lease {
      let session = SessionID(rawValue: name)
      if let lease = renewed[name] { hold(lease, on: session, since: asked) } else { await lose(session, lease) }
    }
  }

  private var heldLeases: [String: Lease] {
    let ids = sessions.all.map(\.key) + leftovers.all.map(\.key)
    // One may be both, for the moment in which its end is not confirmed.
    return Dictionary(ids.compactMap { id in heldLease(id).map { (id.rawValue, $0) } }) { first, _ in first }
  }

  func heldLease(_ session: SessionID) -> Lease? {
    if let entry = sessions[session], entry.holdsPlace { return entry.lease }
    return leftovers[session]?.lease
  }

  // MARK: Losing it

  /// A lease was not renewed: another relay has the session, or it is over, or the ledger lost it.
  private func lose(_ session: SessionID, _ lease: Lease) async {
    let record: SessionRecord?
    do throws(LedgerFailure) { record = try await bookkeeping.ledger.session(session.rawValue) } catch { return }
    guard heldLease(session) == lease else { return }
    guard record == nil else { return giveUp(session) }
    // Nobody else can know it, so nobody else will end it.
    log(session, level: .error, "the ledger has lost a session; it is ended")
    leaseEnds[session] = clock.now.advanced(by: limits.leftoverTime)
    sessions[session]?.lease = nil
    step(session) { machine, _ in machine.end(.provider) }
  }

  /// The session is another relay's.
  func giveUp(_ session: SessionID) {
    log(session, "another relay has the session")
    leaseEnds[session] = clock.now
    forgetLeftover(session)
    step(session) { machine, _ in machine.lost() }
  }

  // MARK: Finding orphans

  private func lookForOrphans(every pause: Duration) async {
    while !Task.isCancelled {
      do { try await clock.sleep(for: pause) } catch { return }
      guard case .open = service else { return }
      do throws(LedgerFailure) { try await recover() } catch {
        logger.error(
          "sessions of relays that died could not be looked for",
          metadata: ["failure": "\(error.code.rawValue)", "reason": "\(error.message)"])
      }
    }
  }
}
