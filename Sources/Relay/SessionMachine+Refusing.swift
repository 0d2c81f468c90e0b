// What the relay itself refuses or gives up, because of its ledger.
import AvatarProvider
import Signaling
import Timekeeping

extension SessionMachine {
  /// The session is not to be opened, and nothing was asked of the provider.
  mutating func openRefused(_ error: SignalingError) throws(SessionMachineError) -> [SessionAction] {
    switch state {
    case .opening(let request, _):
      state = .closed(.openFailed)
      return [.welcome(request, .failure(error)), .forget]
    case .abandoned(let reason):
      state = .closed(reason)
      return [.forget]
    case .open, .closing, .closed: throw .unexpected(event: "openRefused", state: visibleState)
    }
  }

  /// The provider opened the session, but it is not to be had: it is closed before anybody hears of it.
  mutating func openRefused(
    _ error: SignalingError, closing handle: ProviderSession.Handle
  ) throws(SessionMachineError) -> [SessionAction] {
    upstreamID = handle.id
    switch state {
    case .opening(let request, _):
      state = .closing(.openFailed, waiting: [])
      return [.welcome(request, .failure(error)), .closeUpstream(handle)]
    case .abandoned(let reason):
      state = .closing(reason, waiting: [])
      return [.closeUpstream(handle)]
    case .open, .closing, .closed: throw .unexpected(event: "openRefused", state: visibleState)
    }
  }

  /// A call whose turn had come was not made.
  mutating func refused(
    _ request: RequestID, _ error: SignalingError, at now: MonotonicInstant
  ) throws(SessionMachineError) -> [SessionAction] {
    guard let running = calls.finish(request) else { throw .unknownCall(request) }
    let answer = refuse(running.entry.call, of: request, with: error)
    switch state {
    case .open(_, let upstream): return answer + startCalls(upstream, at: now)
    case .closing: return answer
    case .closed: return answer + (calls.running.isEmpty ? [.forget] : [])
    case .opening, .abandoned: throw .unexpected(event: "refused", state: visibleState)
    }
  }

  /// Another relay has the session now: nothing is asked of the provider any more, not even its end.
  mutating func lost() -> [SessionAction] {
    guard case .open = state else { return [] }
    state = .closed(.takenOver)
    let waiting = calls.abandonWaiting().map(\.request)
    return waiting.map { .respond($0, .failure(Self.isOver)) }
      + notify(.state(.closed)) + notify(.closed(.takenOver, action: CloseReason.takenOver.action))
      + (calls.running.isEmpty ? [.forget] : [])
  }
}
