// Holds the right to act for each session where several relays share a ledger: renews it, and lets go of what was lost.
import Basics
import Ledger
import Logging
import Signaling

/// Until when this relay may act for its sessions, and what keeps that so.
final class Leases {
  /// Sessions whose lease has no end are missing.
  private var ends: [SessionID: MonotonicInstant] = [:]
  /// What renews leases, and what looks for sessions of relays that died.
  private var watches: [Task<Void, Never>] = []
  private let limits: RelayLimits
  private let store: any Ledger
  /// How long a claim is good; nil where this relay is the only one.
  private let leaseTime: Duration?
  private let clock: any MonotonicClock

  init(_ limits: RelayLimits, _ configuration: LedgerConfiguration, clock: any MonotonicClock) {
    self.limits = limits
    store = configuration.store
    leaseTime = configuration.leaseTime
    self.clock = clock
  }

  // MARK: Having one

  /// Takes note of a lease.
  /// - Parameter asked: when it was asked for; its time counts from then.
  func hold(_ lease: Lease, on session: SessionID, since asked: MonotonicInstant) {
    ends[session] = lease.validity.map { asked.advanced(by: $0 - min(limits.leaseMargin, $0 / 5)) }
  }

  /// Whether nobody else can have the session at this moment.
  func mayAct(for session: SessionID) -> Bool {
    guard leaseTime != nil else { return true }
    return ends[session].map { clock.now < $0 } ?? false
  }

  /// When nothing may be sent for a session any more; nil where that never ends.
  func deadline(of session: SessionID) -> ActingDeadline? {
    ends[session].map { ActingDeadline(end: $0, clock: clock) }
  }

  /// Another relay has the session: nothing is sent for it any more.
  func giveUp(_ session: SessionID) { ends[session] = clock.now }

  // MARK: Keeping them

  /// Renews leases and looks for sessions of relays that died, until the relay leaves. Nothing happens where the ledger
  /// serves one relay.
  func watch(on registry: isolated SessionRegistry) {
    guard let leaseTime, watches.isEmpty else { return }
    watches = [
      registry.start { await $0.leases.renew(every: leaseTime / 4, on: $0) },
      registry.start { await $0.leases.lookForOrphans(every: leaseTime, on: $0) },
    ]
  }

  /// Renews no lease any more.
  func abandon() {
    for watch in watches { watch.cancel() }
  }

  private func renew(every pause: Duration, on registry: isolated SessionRegistry) async {
    while !Task.isCancelled {
      do { try await clock.sleep(for: pause) } catch { return }
      await renew(on: registry)
    }
  }

  private func renew(on registry: isolated SessionRegistry) async {
    let held = registry.heldLeases
    ends = ends.filter { registry.session($0.key) != nil || registry.orphans.table[$0.key] != nil }
    guard !held.isEmpty else { return }
    let asked = clock.now
    let renewed: [String: Lease]
    do throws(LedgerFailure) { renewed = try await store.renew(held) } catch {
      return registry.logger.error(
        "leases could not be renewed",
        metadata: ["leases": "\(held.count)", "failure": "\(error.code.rawValue)", "reason": "\(error.message)"])
    }
    // Meanwhile some may have ended, or have been claimed anew.
    for (name, lease) in held where registry.heldLease(SessionID(rawValue: name)) == lease {
      let session = SessionID(rawValue: name)
      if let lease = renewed[name] {
        hold(lease, on: session, since: asked)
      } else {
        await lose(session, lease, on: registry)
      }
    }
  }

  // MARK: Losing one

  /// A lease was not renewed: another relay has the session, or it is over, or the ledger lost it.
  private func lose(_ session: SessionID, _ lease: Lease, on registry: isolated SessionRegistry) async {
    let record: SessionRecord?
    do throws(LedgerFailure) { record = try await store.session(session.rawValue) } catch { return }
    guard registry.heldLease(session) == lease else { return }
    guard record == nil else { return registry.giveUp(session) }
    // Nobody else can know it, so nobody else will end it.
    registry.log(session, level: .error, "the ledger has lost a session; it is ended")
    ends[session] = clock.now.advanced(by: limits.orphanTime)
    registry.session(session)?.lease = nil
    registry.step(session) { machine, _ in machine.end(.provider) }
  }

  // MARK: Finding orphans

  private func lookForOrphans(every pause: Duration, on registry: isolated SessionRegistry) async {
    while !Task.isCancelled {
      do { try await clock.sleep(for: pause) } catch { return }
      guard !registry.service.isDraining else { return }
      do throws(LedgerFailure) { try await registry.recover() } catch {
        registry.logger.error(
          "sessions of relays that died could not be looked for",
          metadata: ["failure": "\(error.code.rawValue)", "reason": "\(error.message)"])
      }
    }
  }
}
