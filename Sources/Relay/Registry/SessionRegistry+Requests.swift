// Says what each request asks the registry to do.
import AvatarProvider
import SessionValues
import Signaling
import Timekeeping

extension SessionRegistry {
  /// Carries out a request that was never seen before.
  func carryOut(_ request: Request, in scope: RequestScope, on connection: ConnectionID) {
    switch request.call {
    case .authorize(let token): authorize(token, request.id, on: connection)
    case .ping: answer(request.id, .success(.empty), on: connection)
    case .resume(let session, let secret, let lastSeq):
      resume(session, secret, lastSeq: lastSeq, request.id, on: connection)
    case .open(let provider, let avatar, let options):
      open(provider, OpenRequest(avatar: avatar, options: options), request.id, on: connection)
    case .offer, .answer, .candidate, .speak, .interrupt, .extend, .report, .close:
      guard case .session(let session) = scope, let entry = sessions[session] else {
        return answer(request.id, absent(request.call, in: scope), in: scope, on: connection)
      }
      if case .speak(_, let script) = request.call {
        do { try quotas.speak(script.characterCount, for: entry.subject) } catch {
          return answer(request.id, .failure(error), in: scope, on: connection)
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
      case .speak(_, let script): machine.speak(id, script, at: now)
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

  /// The answer about a session that is over, or not this connection's.
  private func absent(_ call: Call, in scope: RequestScope) -> Result<CallResult, SignalingError> {
    guard case .closed(let session) = scope else {
      return .failure(SignalingError(.sessionNotFound, "this connection has no such session"))
    }
    if case .close = call { return .success(.empty) }
    return .failure(closedSessions.record(of: session, at: clock.now)?.error ?? SessionMachine.ended)
  }
}
