// Decides which connections may use the relay: by tokens, until their end, and for what they permit.
import Basics
import LogLines
import Logging
import Signaling

/// What each connection may do by the token that it showed, and the alarms that end it. Where nobody is asked for a token
/// there is nothing to remember.
final class AccessControl {
  private struct Entry {
    /// The origin of its page; nil where there is none.
    let origin: String?
    var access = ConnectionAccess.awaited
    /// How many tokens were refused since the newest good one.
    var refused = 0
    /// The task that waits for the next end of its access.
    var alarm: Task<Void, Never>?
  }

  /// Who reads tokens; nil where nobody is asked for one.
  private var gate: (any AccessGate)?
  private var entries: [ConnectionID: Entry] = [:]
  private let limits: RelayLimits
  private let clock: any MonotonicClock

  init(_ gate: (any AccessGate)?, _ limits: RelayLimits, clock: any MonotonicClock) {
    self.gate = gate
    self.limits = limits
    self.clock = clock
  }

  /// Another reads the tokens that come; permits that were given stay good.
  func replace(_ gate: any AccessGate) {
    if self.gate != nil { self.gate = gate }
  }

  // MARK: Connections

  /// A connection is there, perhaps with a token that came with the handshake; a bad one ends it.
  func opened(
    _ connection: ConnectionID, from origin: String?, _ token: JoinToken?, on registry: isolated SessionRegistry
  ) {
    guard gate != nil else { return }
    entries[connection] = Entry(origin: origin)
    setAlarm(for: connection, at: clock.now.advanced(by: limits.authorizationTime), on: registry)
    guard let token else { return }
    do throws(SignalingError) { try grant(token, to: connection, on: registry) } catch {
      logRefusal(error, on: connection, registry)
      registry.connection(connection)?.connection.close(.accessDenied, reason: error.message)
    }
  }

  /// A connection is gone.
  /// - Returns: how long its sessions may live by its token; nil where none is asked for.
  func closed(_ connection: ConnectionID) -> Duration? {
    guard let entry = entries.removeValue(forKey: connection) else { return nil }
    entry.alarm?.cancel()
    guard case .granted(let permit) = entry.access else { return nil }
    return clock.now.duration(to: permit.expiry.advanced(by: limits.accessGrace))
  }

  /// Whether a token is asked for and no good one came yet.
  func isStranger(_ connection: ConnectionID) -> Bool {
    if case .awaited = entries[connection]?.access { true } else { false }
  }

  /// The permit that a connection has, even where it has just expired; nil for none.
  func permit(of connection: ConnectionID) -> Permit? {
    if case .granted(let permit) = entries[connection]?.access { permit } else { nil }
  }

  /// The subject of the last token that a connection showed; nil where it showed none.
  func subject(of connection: ConnectionID) -> String? {
    switch entries[connection]?.access {
    case .granted(let permit), .lapsed(let permit): permit.subject
    case .awaited, nil: nil
    }
  }

  // MARK: Tokens

  /// `authorize`: a first token, or a later one of the same subject.
  func authorize(
    _ token: JoinToken, _ request: RequestID, on connection: ConnectionID, of registry: isolated SessionRegistry
  ) {
    do throws(SignalingError) {
      try grant(token, to: connection, on: registry)
      registry.answer(request, .success(.empty), on: connection)
    } catch {
      logRefusal(error, on: connection, registry)
      registry.answer(request, .failure(error), on: connection)
      if error.kind == .accessDenied { countRefusal(on: connection, registry) }
    }
  }

  private func grant(
    _ token: JoinToken, to connection: ConnectionID, on registry: isolated SessionRegistry
  ) throws(SignalingError) {
    guard let gate, let entry = entries[connection] else { return }
    let permit = try gate.permit(for: token, from: entry.origin, at: clock.now)
    var isNewer = true
    switch entry.access {
    case .granted(let old), .lapsed(let old):
      guard old.subject.isExactly(permit.subject) else { throw SignalingError(.accessDenied, "subjectChanged") }
      guard !permit.isOlder(than: old) else { throw SignalingError(.accessDenied, "superseded") }
      // Showing the same token again and again is no way to guess for longer.
      isNewer = old.isOlder(than: permit)
    case .awaited: break
    }
    try registry.quotas.register(permit, on: registry)
    entries[connection]?.access = .granted(permit)
    if isNewer { entries[connection]?.refused = 0 }
    setAlarm(for: connection, at: permit.expiry.advanced(by: limits.accessGrace), on: registry)
  }

  private func logRefusal(
    _ error: SignalingError, on connection: ConnectionID, _ registry: isolated SessionRegistry
  ) {
    registry.logger.ofStrangers.notice("token refused", metadata: ["connection": "\(connection)", "reason": "\(error.message)"])
  }

  /// Guessing has an end.
  private func countRefusal(on connection: ConnectionID, _ registry: isolated SessionRegistry) {
    entries[connection]?.refused += 1
    guard let refused = entries[connection]?.refused, refused >= limits.refusedTokens else { return }
    registry.refuse(connection, .accessDenied, reason: "\(refused) tokens were refused")
  }

  // MARK: Calls

  /// Why a call is not carried out; nil if it may be. Closing and reporting always may, since they save money.
  func refusal(of call: Call, on connection: ConnectionID) -> SignalingError? {
    switch call {
    case .authorize, .ping: return nil
    case .open, .offer, .answer, .candidate, .speak, .beginSpeak, .speakPart, .speakEnd, .interrupt, .extend, .report,
      .close, .resume:
      break
    }
    switch entries[connection]?.access {
    case nil: return nil
    case .awaited: return SignalingError(.accessRequired, "show a token first: authorize, or by sub-protocol")
    case .granted(let permit) where clock.now < permit.expiry: return nil
    case .granted, .lapsed:
      switch call {
      case .report, .close: return nil
      default: return Self.expired
      }
    }
  }

  static let expired = SignalingError(.accessExpired, "the token expired; show a new one: authorize")

  /// Whether a connection's permit covers a provider, be it configured or not.
  func check(provider name: String, on connection: ConnectionID) throws(SignalingError) {
    guard let permit = permit(of: connection), !permit.allows(provider: name) else { return }
    throw SignalingError(.accessForbidden, "the token does not allow this provider")
  }

  /// Whether a connection's permit covers an avatar.
  /// - Parameter avatar: nil where the provider would choose.
  func check(avatar: String?, on connection: ConnectionID) throws(SignalingError) {
    guard let permit = permit(of: connection), !permit.allows(avatar: avatar) else { return }
    throw SignalingError(.accessForbidden, "the token does not allow this avatar")
  }

  // MARK: Time

  private func setAlarm(
    for connection: ConnectionID, at deadline: MonotonicInstant, on registry: isolated SessionRegistry
  ) {
    entries[connection]?.alarm?.cancel()
    entries[connection]?.alarm = registry.alarm(at: deadline) { $0.access.end(of: connection, on: $0) }
  }

  private func end(of connection: ConnectionID, on registry: isolated SessionRegistry) {
    guard let access = entries[connection]?.access, let entry = registry.connection(connection) else { return }
    switch access {
    case .awaited, .lapsed: entry.connection.close(.accessDenied, reason: "no valid token came in time")
    case .granted(let permit):
      entries[connection]?.access = .lapsed(permit)
      registry.waiting.refuse(Self.expired, on: connection, of: registry)
      for session in entry.sessions { registry.step(session) { machine, _ in machine.end(.access) } }
      setAlarm(for: connection, at: clock.now.advanced(by: limits.authorizationTime), on: registry)
    }
  }
}
