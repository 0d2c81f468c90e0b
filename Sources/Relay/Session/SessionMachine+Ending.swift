// Decides how a session ends.
import AvatarProvider
import Basics
import Signaling

extension SessionMachine {
  /// `session.close`. It overtakes what waits, and is answered when the provider let go.
  mutating func close(_ request: RequestID) -> [SessionAction] {
    switch state {
    case .opening, .abandoned: return refuse(request, .close)
    case .open(_, let upstream):
      let actions = beginClosing(.client, upstream)
      state = .closing(.client, waiting: [request])
      return actions
    case .closing(let reason, let waiting):
      guard waiting.count < limits.waitingCloses else {
        let error = SignalingError(.requestOverload, "\(waiting.count) requests wait for this end already")
        return [.respond(request, .failure(error))]
      }
      state = .closing(reason, waiting: waiting + [request])
      return []
    case .closed: return [.respond(request, .success(.empty))]
    }
  }

  /// The relay itself ends the session. Nothing happens to one that ends already.
  /// - Parameter refusal: what a client is told that waits for it to be opened, where the reason does not say it.
  mutating func end(_ reason: CloseReason, answering refusal: SignalingError? = nil) -> [SessionAction] {
    switch state {
    case .opening(let request, _):
      // The provider's answer has to be awaited: only then is there something to close.
      state = .abandoned(reason)
      return [.welcome(request, .failure(refusal ?? Self.refusalOfOpening(because: reason)))]
    case .open(_, let upstream): return beginClosing(reason, upstream)
    case .abandoned, .closing, .closed: return []
    }
  }

  private static func refusalOfOpening(because reason: CloseReason) -> SignalingError {
    switch reason {
    case .draining: SignalingError(.draining, "the server is leaving; no new session is opened")
    case .access: AccessControl.expired
    case .budget: SubjectQuotas.usedUp
    case .operatorEnded: SignalingError(.sessionClosed, "the server's operator ended the session", end: reason)
    case .client, .idle, .lifetime, .provider, .connectionLost, .openFailed, .takenOver: ended.ending(reason)
    }
  }

  /// The session's connection is gone. One that is being opened is closed as soon as it is there: nobody knows its
  /// secret.
  /// - Parameter access: how long its client's token would have let it live on.
  mutating func connectionLost(at now: MonotonicInstant, within access: Duration? = nil) -> [SessionAction] {
    var (grace, reason) = (limits.graceTime, CloseReason.connectionLost)
    if let access, access < grace { (grace, reason) = (access, .access) }
    guard case .open = state, grace > .zero else { return end(reason) }
    absence = Absence(end: now.advanced(by: grace), reason: reason)
    return []
  }

  /// The provider's `close` came to its end, well or not. Nothing is told of the session afterwards: what is still on its
  /// way is answered now.
  mutating func upstreamClosed() throws(SessionMachineError) -> [SessionAction] {
    guard case .closing(let reason, let waiting) = state else {
      throw .unexpected(event: "upstreamClosed", state: visibleState)
    }
    let settled = settleCalls(because: reason)
    state = .closed(reason)
    return settled + waiting.map { .respond($0, .success(.empty)) }
      + notify(.state(.closed)) + notify(.closed(reason, action: reason.action)) + [.forget]
  }

  /// Answers the calls that are on their way. A talk that the provider may have is never said not to be spoken, since it
  /// may be billed.
  private mutating func settleCalls(because reason: CloseReason) -> [SessionAction] {
    calls.abandonRunning().compactMap { running in
      let request = running.entry.request
      switch (running.entry.call, running.progress) {
      // Its request was answered when the talk was accepted.
      case (.cut, _), (.leave, _): return nil
      case (.speak, .sent), (.part, .sent): return .respond(request, .failure(Self.overtaken.ending(reason)))
      case (.speak, .decided), (.part, .decided), (.begin, _), (.describe, _), (.add, _), (.interrupt, _), (.extend, _):
        return .respond(request, .failure(Self.ended.ending(reason)))
      }
    }
  }

  /// Ends an open session: what waits is told so, what runs may come back.
  mutating func beginClosing(_ reason: CloseReason, _ upstream: Upstream) -> [SessionAction] {
    state = .closing(reason, waiting: [])
    let waiting = calls.abandonWaiting().map(\.request) + dropOpenTalk()
    return waiting.map { .respond($0, .failure(Self.ended.ending(reason))) }
      + notify(.state(.closing)) + [.closeUpstream(upstream.handle)]
  }

  /// Another relay has the session now: nothing is asked of the provider any more, not even its end. One that was being
  /// ended here is not over either.
  mutating func lost() -> [SessionAction] {
    let (waiting, closes): ([RequestID], [RequestID])
    switch state {
    case .open: (waiting, closes) = (calls.abandonWaiting().map(\.request) + dropOpenTalk(), [])
    case .closing(_, let requests): (waiting, closes) = ([], requests)
    case .opening, .abandoned, .closed: return []
    }
    let settled = settleCalls(because: .takenOver)
    state = .closed(.takenOver)
    return waiting.map { .respond($0, .failure(Self.ended.ending(.takenOver))) } + settled
      + closes.map { .respond($0, .success(.empty)) }
      + notify(.state(.closed)) + notify(.closed(.takenOver, action: CloseReason.takenOver.action)) + [.forget]
  }
}
