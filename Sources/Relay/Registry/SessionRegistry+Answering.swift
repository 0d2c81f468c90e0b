// Carries each request out once and answers it; one that is sent again is answered again.
import Signaling

extension SessionRegistry {
  /// A request came in. It is answered through the connection, now or when the provider answered.
  public func received(_ request: Request, on connection: ConnectionID) {
    guard let target = connections[connection]?.connection else {
      return logger.debug("request on a connection that is gone", metadata: ["connection": "\(connection)"])
    }
    let scope = scope(of: request.call, on: connection)
    switch admit(request, to: scope, on: connection) {
    case .running: break
    case .remembered(let answer): target.send(answer)
    case .refused(let error): target.send(.error(request.id, error))
    case .fresh:
      if case .session(let session) = scope { settleSecrets(of: session) }
      if let error = refusal(of: request.call, on: connection) ?? overload(by: request.call, on: connection) {
        return answer(request.id, .failure(error), in: scope, on: connection)
      }
      carryOut(request, in: scope, on: connection)
    }
  }

  private func scope(of call: Call, on connection: ConnectionID) -> RequestScope {
    if case .resume = call { return .connection }
    guard let session = call.session else { return .connection }
    if let entry = sessions[session], entry.connection == connection, entry.machine.isResumable {
      return .session(session)
    }
    let record = closedSessions.record(of: session, at: clock.now)
    return record?.connection == connection ? .closed(session) : .connection
  }

  private func admit(
    _ request: Request, to scope: RequestScope, on connection: ConnectionID
  ) -> AnswerMemory.Admission {
    if let other = memory(of: request.id, on: connection, outside: scope) { return other.lookUp(request) }
    return switch scope {
    case .session(let session): sessions[session]?.memory.admit(request) ?? .fresh
    // Nothing is carried out any more, so there is nothing to remember.
    case .closed(let session): closedSessions.record(of: session, at: clock.now)?.answers?.lookUp(request) ?? .fresh
    case .connection: connections[connection]?.memory.admit(request) ?? .fresh
    }
  }

  /// Where else on the connection the id was used: ids are unique on it.
  private func memory(
    of id: RequestID, on connection: ConnectionID, outside scope: RequestScope
  ) -> AnswerMemory? {
    guard let entry = connections[connection] else { return nil }
    if scope != .connection, entry.memory.knows(id) { return entry.memory }
    return entry.sessions.lazy.filter { scope != .session($0) }.compactMap { self.sessions[$0]?.memory }
      .first { $0.knows(id) }
  }

  /// Only what waits for a provider can be too much; a client can always close and always report.
  private func overload(by call: Call, on connection: ConnectionID) -> SignalingError? {
    switch call {
    case .authorize, .ping, .report, .resume, .close: return nil
    // A session makes room for it, since a provider waits for it.
    case .candidate(_, let candidate) where candidate.isEndOfCandidates: return nil
    case .open, .offer, .answer, .candidate, .speak, .interrupt, .extend: break
    }
    guard let entry = connections[connection] else { return nil }
    let running = entry.sessions.reduce(entry.memory.runningCount) { sum, session in
      guard let own = sessions[session] else { return sum }
      return sum + own.memory.runningCount - own.machine.calls.heldCount
    }
    guard running > limits.maximumRequestsInFlight else { return nil }
    let message = "\(limits.maximumRequestsInFlight) requests of this connection wait already"
    return SignalingError(.requestOverload, message)
  }

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
    if case .failure(let error) = result { counters.count(error) }
    switch scope {
    case .session(let session): sessions[session]?.memory.answered(request, with: message)
    case .closed: break
    case .connection: if let connection { connections[connection]?.memory.answered(request, with: message) }
    }
    if let connection { connections[connection]?.connection.send(message) }
  }
}
