// What each request asks the registry to do.
import AvatarProvider
import Signaling
import Timekeeping

extension SessionRegistry {
  /// Carries out a request that was never seen before.
  func carryOut(_ request: Request, on connection: ConnectionID) {
    switch request.call {
    case .authorize(let token): authorize(token, request.id, on: connection)
    case .ping: answer(request.id, .success(.empty), on: connection)
    case .resume:
      let error = SignalingError(.notSupported, "sessions cannot be resumed; they end with their connection")
      answer(request.id, .failure(error), on: connection)
    case .open(let provider, let avatar, let options):
      open(provider, OpenRequest(avatar: avatar, options: options), request.id, on: connection)
    case .offer(let session, _), .answer(let session, _), .candidate(let session, _), .speak(let session, _, _),
      .interrupt(let session, _), .extend(let session), .report(let session, _), .close(let session):
      guard let entry = sessions[session], entry.connection == connection else {
        return answer(request.id, unknown(session, request.call.method, on: connection), on: connection)
      }
      if case .speak(_, let script, _) = request.call {
        do { try meter.count(script.characterCount, for: entry.payer, at: clock.now) } catch {
          return answer(request.id, .failure(error), on: connection)
        }
        counters.count(script)
      }
      decide(request, of: session, entry.provider)
    }
  }

  /// Hands a call to its session's machine.
  private func decide(_ request: Request, of session: SessionID, _ provider: any AvatarProvider) {
    let id = request.id
    step(session) { machine, now in
      switch request.call {
      case .offer(_, let description): machine.describe(id, .offer, description, at: now)
      case .answer(_, let description): machine.describe(id, .answer, description, at: now)
      case .candidate(_, let candidate): machine.candidate(id, candidate, at: now)
      case .speak(_, let script, let options):
        machine.speak(id, Script(Script.Content(script), options: options), at: now)
      case .interrupt(_, let talk): machine.interrupt(id, talk: talk, at: now)
      case .extend: machine.extend(id, at: now)
      case .report(_, let report): machine.report(id, report, Self.event(in: report, provider), at: now)
      case .close: machine.close(id)
      case .authorize, .open, .resume, .ping: []
      }
    }
  }

  private static func event(in report: Report, _ provider: any AvatarProvider) -> ProviderEvent? {
    guard case .dataChannelMessage(let message) = report else { return nil }
    return provider.event(fromDataChannel: message)
  }

  /// The answer about a session that is not there, or not this connection's.
  private func unknown(
    _ session: SessionID, _ method: Method, on connection: ConnectionID
  ) -> Result<CallResult, SignalingError> {
    guard closedSessions.contains(session, of: connection) else {
      return .failure(SignalingError(.sessionNotFound, "this connection has no such session"))
    }
    return method == .close ? .success(.empty) : .failure(SessionMachine.isOver)
  }
}
