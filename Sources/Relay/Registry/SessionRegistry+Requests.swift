// Carries each request out once and answers it; one that is sent again is answered again.
import AvatarProvider
import Basics
import SessionValues
import Signaling

/// Whose business a request is.
enum RequestScope: Sendable, Hashable {
  /// A session that the connection has.
  case session(SessionID)
  /// A closed session that the connection had, or asked for.
  case closed(SessionID)
  /// Everything else: `authorize`, `ping`, `session.open`, `session.resume`, and sessions that are not the
  /// connection's.
  case connection
}

extension SessionRegistry {
  /// A request came in. It is answered through the connection, now or when the provider answered.
  public func received(_ request: Request, on connection: ConnectionID) {
    guard let target = self.connection(connection)?.connection else {
      return logger.debug("request on a connection that is gone", metadata: ["connection": "\(connection)"])
    }
    let scope = scope(of: request.call, on: connection)
    switch recognize(request, in: scope, on: connection) {
    case .running: break
    case .remembered(let answer): target.send(answer)
    case .refused(let error): target.send(.error(request.id, error))
    case .fresh:
      if case .session(let session) = scope { settleSecrets(of: session) }
      if let error = access.refusal(of: request.call, on: connection) ?? overload(by: request.call, on: connection) {
        return answer(request.id, .failure(error), in: scope, on: connection)
      }
      carryOut(request, in: scope, on: connection)
    }
  }

  private func scope(of call: Call, on connection: ConnectionID) -> RequestScope {
    if case .resume = call { return .connection }
    guard let id = call.session else { return .connection }
    if let entry = session(id), entry.connection == connection, entry.isResumable { return .session(id) }
    return closedSession(id)?.connection == connection ? .closed(id) : .connection
  }

  private func recognize(
    _ request: Request, in scope: RequestScope, on connection: ConnectionID
  ) -> AnswerMemory.Recognition {
    if let other = memory(of: request.id, on: connection, outside: scope) { return other.lookUp(request) }
    return switch scope {
    case .session(let id): session(id)?.memory.admit(request) ?? .fresh
    // Nothing is carried out any more, so there is nothing to remember.
    case .closed(let id): closedSession(id)?.answers?.lookUp(request) ?? .fresh
    case .connection: self.connection(connection)?.memory.admit(request) ?? .fresh
    }
  }

  /// Where else on the connection the id was used: ids are unique on it.
  private func memory(
    of id: RequestID, on connection: ConnectionID, outside scope: RequestScope
  ) -> AnswerMemory? {
    guard let entry = self.connection(connection) else { return nil }
    if scope != .connection, entry.memory.knows(id) { return entry.memory }
    return entry.sessions.lazy.filter { scope != .session($0) }.compactMap { self.session($0)?.memory }
      .first { $0.knows(id) }
  }

  /// Only what waits for a provider can be too much; a client can always close and always report.
  private func overload(by call: Call, on connection: ConnectionID) -> SignalingError? {
    switch call {
    case .authorize, .ping, .report, .resume, .close: return nil
    // A session makes room for it, since a provider waits for it.
    case .candidate(_, let candidate) where candidate.isEndOfCandidates: return nil
    case .open, .offer, .answer, .candidate, .speak, .beginSpeak, .speakPart, .speakEnd, .interrupt, .extend: break
    }
    guard let entry = self.connection(connection) else { return nil }
    let running = entry.sessions.reduce(entry.memory.runningCount) { sum, id in
      guard let own = session(id) else { return sum }
      return sum + own.memory.runningCount - own.machine.calls.heldCount
    }
    guard running > limits.maximumRequestsInFlight else { return nil }
    let message = "\(limits.maximumRequestsInFlight) requests of this connection wait already"
    return SignalingError(.requestOverload, message)
  }

  /// The client has the latest secret: the one before is good no more, in this life and the next.
  private func settleSecrets(of session: SessionID) {
    guard let entry = self.session(session), case .rotating = entry.machine.secrets else { return }
    entry.settleSecrets()
    ledger.note([.secrets(entry.machine.secrets.hashes)], of: session, under: entry.lease, on: self)
  }

  // MARK: What each request asks for

  /// Carries out a request that was never seen before.
  private func carryOut(_ request: Request, in scope: RequestScope, on connection: ConnectionID) {
    switch request.call {
    case .authorize(let token): access.authorize(token, request.id, on: connection, of: self)
    case .ping: answer(request.id, .success(.empty), on: connection)
    case .resume(let session, let secret, let lastSeq):
      resume(session, secret, lastSeq: lastSeq, request.id, on: connection)
    case .open(let provider, let avatar, let options):
      let isVerbatim = verbatimCall(of: request.id, on: connection) != nil
      open(
        provider, OpenRequest(avatar: avatar, options: options, isVerbatim: isVerbatim), request.id, on: connection)
    case .offer, .answer, .candidate, .speak, .beginSpeak, .speakPart, .speakEnd, .interrupt, .extend, .report, .close:
      guard case .session(let session) = scope, let entry = self.session(session) else {
        return answer(request.id, absent(request.call, in: scope), in: scope, on: connection)
      }
      do { try countSpeech(of: request.call, entry) } catch {
        return answer(request.id, .failure(error), in: scope, on: connection)
      }
      decide(request, of: session, entry.provider)
    }
  }

  /// Counts what a call has the avatar say. A part that is not the next one of its talk is not said.
  /// - Throws: as ``Quotas/speak(_:isTalk:for:)``.
  private func countSpeech(of call: Call, _ entry: SessionEntry) throws(SignalingError) {
    let (characters, isTalk): (Int, Bool)
    switch call {
    case .speak(_, let script), .beginSpeak(_, let script):
      (characters, isTalk) = (script.characterCount(recording: limits.charactersPerRecording), true)
    case .speakPart(_, let part) where entry.machine.awaits(part.index, of: part.talk):
      (characters, isTalk) = (part.text.unicodeScalars.count, false)
    default: return
    }
    try quotas.speak(characters, isTalk: isTalk, for: entry.subject)
    count { $0.countSpeech(of: characters, isTalk: isTalk) }
  }

  /// Hands a call to its session's machine.
  private func decide(_ request: Request, of session: SessionID, _ provider: any AvatarProvider) {
    let id = request.id
    let before = self.session(session).map { ($0.machine.iceState, $0.machine.channelState) }
    step(session) { machine, now in
      switch request.call {
      case .offer(_, let description): machine.describe(id, .offer, description, at: now)
      case .answer(_, let description): machine.describe(id, .answer, description, at: now)
      case .candidate(_, let candidate): machine.candidate(id, candidate, at: now)
      case .speak(_, let script): machine.speak(id, script, at: now)
      case .beginSpeak(_, let opening): machine.beginSpeak(id, opening, at: now)
      case .speakPart(_, let part): machine.speakPart(id, .speakPart, of: part.talk, part.index, part.text, at: now)
      case .speakEnd(_, let talk, let index): machine.speakPart(id, .speakEnd, of: talk, index, nil, at: now)
      case .interrupt(_, let talk): machine.interrupt(id, talk: talk, at: now)
      case .extend: machine.extend(id, at: now)
      case .report(_, let report): machine.report(id, report, Self.event(in: report, provider), at: now)
      case .close: machine.close(id)
      case .authorize, .open, .resume, .ping: []
      }
    }
    if case .report(_, let report) = request.call, let before { noteReport(report, after: before, of: session) }
  }

  private static func event(in report: Report, _ provider: any AvatarProvider) -> ProviderEvent? {
    guard case .dataChannelMessage(let message) = report else { return nil }
    return provider.event(fromDataChannel: message)
  }

  /// The answer about a session that is over, or not this connection's.
  private func absent(_ call: Call, in scope: RequestScope) -> Result<CallResult, SignalingError> {
    guard case .closed(let session) = scope else {
      return .failure(SignalingError(.sessionNotFound, "this connection has no such session"))
    }
    guard let record = closedSession(session) else { return .failure(SessionMachine.ended) }
    switch call {
    case .close: return .success(.empty)
    case .speak, .beginSpeak, .speakPart, .speakEnd: return .failure(record.errorOfTalks)
    default: return .failure(record.error)
    }
  }

  // MARK: Answers

  /// Answers a request about no session, and remembers the answer.
  func answer(_ request: RequestID, _ result: Result<CallResult, SignalingError>, on connection: ConnectionID) {
    answer(request, result, in: .connection, on: connection)
  }

  /// Answers a request and remembers the answer. Where there is no connection, it is told when it is asked again.
  /// - Parameter call: the call to the provider that has just ended; its time is told where it was made for this request.
  func answer(
    _ request: RequestID, _ result: Result<CallResult, SignalingError>, in scope: RequestScope,
    on connection: ConnectionID?, after call: FinishedCall? = nil
  ) {
    let time = call?.request == request ? call?.time : nil
    let message: ServerMessage =
      switch result {
      case .success(let result): .result(request, result, providerMs: time?.milliseconds)
      case .failure(let error): .error(request, error)
      }
    if case .failure(let error) = result { count { $0.count(error) } }
    switch scope {
    case .session(let id): session(id)?.memory.answered(request, with: message)
    case .closed: break
    case .connection: if let connection { self.connection(connection)?.memory.answered(request, with: message) }
    }
    send(message, to: connection)
  }
}
