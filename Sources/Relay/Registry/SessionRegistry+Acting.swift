// Decides what may be done in the name of a session: only what no other relay can do at the same time.
import AvatarProvider
import Ledger
import Logging
import SessionValues
import Signaling
import Timekeeping

extension SessionRegistry {
  /// Ends a session at its provider. Where nobody can say whose it is, it may be another relay's, and in use: then only
  /// what its own client asked for, and what nobody else can know, is ended.
  /// - Returns: why it is not known to be over; nil where it is.
  func close(
    _ handle: SessionHandle, at provider: any AvatarProvider, of session: SessionID
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
      guard leases.mayAct(for: session) else {
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
    await ActingDeadline.$current.withValue(leases.deadline(of: session)) {
      do throws(ProviderFailure) { return .success(try await call()) } catch { return .failure(error) }
    }
  }

  // MARK: Leases

  /// Renews leases and looks for sessions of relays that died, until the relay leaves. Nothing happens where the ledger
  /// serves one relay.
  public func watchLedger() { leases.watch(on: self) }

  /// The leases on all sessions that are not over, with or without a client.
  var heldLeases: [String: Lease] {
    let ids = sessions.all.map(\.key) + orphans.table.all.map(\.key)
    // One may be both, for the moment in which its end is not confirmed.
    return Dictionary(ids.compactMap { id in heldLease(id).map { (id.rawValue, $0) } }) { first, _ in first }
  }

  func heldLease(_ session: SessionID) -> Lease? {
    if let entry = sessions[session], entry.holdsPlace { return entry.lease }
    return orphans.table[session]?.lease
  }

  /// The session is another relay's.
  func giveUp(_ session: SessionID) {
    log(session, "another relay has the session")
    leases.giveUp(session)
    orphans.forget(session, on: self)
    step(session) { machine, _ in machine.lost() }
  }
}
