// Decides who may use the relay: by tokens, until their end, and as long as their subject's budget lasts.
import AvatarProvider
import Logging
import Signaling
import Timekeeping

extension SessionRegistry {
  // MARK: Tokens

  /// `authorize`: a first token, or a later one of the same subject.
  func authorize(_ token: JoinToken, _ request: RequestID, on connection: ConnectionID) {
    do throws(SignalingError) {
      try grant(token, to: connection)
      answer(request, .success(.empty), on: connection)
    } catch {
      logger.notice("token refused", metadata: ["connection": "\(connection)", "reason": "\(error.message)"])
      answer(request, .failure(error), on: connection)
      if error.kind == .accessDenied { countRefusal(on: connection) }
    }
  }

  /// Believes a token that came with the handshake, or ends the connection.
  func admit(_ token: JoinToken, on connection: ConnectionID) {
    do throws(SignalingError) { try grant(token, to: connection) } catch {
      logger.notice("token refused", metadata: ["connection": "\(connection)", "reason": "\(error.message)"])
      connections[connection]?.connection.close(.accessDenied, reason: error.message)
    }
  }

  private func grant(_ token: JoinToken, to connection: ConnectionID) throws(SignalingError) {
    guard let gate, let entry = connections[connection] else { return }
    let permit = try gate.permit(for: token, from: entry.origin, at: clock.now)
    switch entry.access {
    case .granted(let old), .lapsed(let old, _):
      guard old.subject == permit.subject else { throw SignalingError(.accessDenied, "subjectChanged") }
    case .unguarded, .awaited: break
    }
    try quotas.show(permit, on: self)
    connections[connection]?.access = .granted(permit)
    setAccessAlarm(for: connection, at: permit.expiry.advanced(by: limits.accessGrace))
  }

  /// Guessing has an end.
  private func countRefusal(on connection: ConnectionID) {
    guard let entry = connections[connection] else { return }
    let refused: Int
    switch entry.access {
    case .unguarded, .granted: return
    case .awaited(let count):
      refused = count + 1
      connections[connection]?.access = .awaited(refused: refused)
    case .lapsed(let permit, let count):
      refused = count + 1
      connections[connection]?.access = .lapsed(permit, refused: refused)
    }
    guard refused >= limits.refusedTokens else { return }
    entry.connection.close(.accessDenied, reason: "\(refused) tokens were refused")
  }

  /// Why a call is not carried out; nil if it may be. Closing and reporting always may, since they save money.
  func refusal(of call: Call, on connection: ConnectionID) -> SignalingError? {
    switch call {
    case .authorize, .ping: return nil
    case .open, .offer, .answer, .candidate, .speak, .interrupt, .extend, .report, .close, .resume: break
    }
    switch connections[connection]?.access {
    case .unguarded, nil: return nil
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

  /// Whether the connection's permit covers a session.
  /// - Parameter avatar: nil where the provider would choose.
  func checkPermit(for avatar: String?, on connection: ConnectionID) throws(SignalingError) {
    guard case .granted(let permit) = connections[connection]?.access else { return }
    guard permit.allows(avatar: avatar) else {
      throw SignalingError(.accessForbidden, "the token does not allow this avatar")
    }
    try quotas.check(permit)
  }

  /// Whether the connection's permit covers a provider, be it configured or not.
  func checkProvider(_ name: String, on connection: ConnectionID) throws(SignalingError) {
    guard case .granted(let permit) = connections[connection]?.access, !permit.allows(provider: name) else { return }
    throw SignalingError(.accessForbidden, "the token does not allow this provider")
  }

  /// How long the sessions of a connection may live by its token; nil where none is asked for.
  func accessLeft(of entry: ConnectionEntry) -> Duration? {
    guard case .granted(let permit) = entry.access else { return nil }
    return clock.now.duration(to: permit.expiry.advanced(by: limits.accessGrace))
  }

  // MARK: Time

  func setAccessAlarm(for connection: ConnectionID, at deadline: MonotonicInstant) {
    connections[connection]?.accessAlarm?.cancel()
    connections[connection]?.accessAlarm = alarm(at: deadline) { $0.accessEnds(of: connection) }
  }

  private func accessEnds(of connection: ConnectionID) {
    guard let entry = connections[connection] else { return }
    switch entry.access {
    case .unguarded: break
    case .awaited, .lapsed: entry.connection.close(.accessDenied, reason: "no valid token came in time")
    case .granted(let permit):
      connections[connection]?.access = .lapsed(permit, refused: 0)
      waiting.refuse(Self.expired, on: connection, of: self)
      for session in entry.sessions { step(session) { machine, _ in machine.end(.access) } }
      setAccessAlarm(for: connection, at: clock.now.advanced(by: limits.authorizationTime))
    }
  }

  // MARK: Budget

  /// A session begins to use the budget of its connection's subject.
  func beginCounting(_ session: SessionID, on connection: ConnectionID) {
    guard case .granted(let permit) = connections[connection]?.access else { return }
    sessions[session]?.budgetSubject = permit.subject
    sessions[session]?.owner = permit.subject
    quotas.begin(session, of: permit.subject, on: self)
  }

  /// It uses it no more, nor the day's seconds, unless its end is not confirmed. Saying so again does nothing.
  func endCounting(_ session: SessionID) {
    if let subject = sessions[session]?.budgetSubject {
      sessions[session]?.budgetSubject = nil
      quotas.end(session, of: subject, on: self)
    }
    if orphans.table[session] == nil { quotas.endDay(of: session, on: self) }
  }

  /// Whether there is a session that goes on, or somebody who waits for one.
  var hasWhatToEnd: Bool { waiting.room.count > 0 || sessions.counts.unended > 0 }

  /// The day's seconds are used up: every session ends, and nobody waits for one any more.
  func endDay(_ refusal: SignalingError) {
    waiting.refuse(refusal, of: self)
    let all = sessions.oldestFirst.map(\.session)
    if !all.isEmpty { logger.warning("the day's seconds are used up", metadata: ["sessions": "\(all.count)"]) }
    for session in all { step(session) { machine, _ in machine.end(.budget, answering: refusal) } }
  }

  /// Ends sessions, the oldest first.
  func end(_ ended: Set<SessionID>, _ reason: CloseReason) {
    for session in ended.sorted(by: { (sessions[$0]?.ordinal ?? 0) < (sessions[$1]?.ordinal ?? 0) }) {
      step(session) { machine, _ in machine.end(reason) }
    }
  }
}
