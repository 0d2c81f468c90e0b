// Decides how a session begins, or why it does not.
import AvatarProvider
import Basics
import SessionValues
import Signaling

extension SessionMachine {
  /// The provider opened the session.
  mutating func opened(
    _ session: ProviderSession, at now: MonotonicInstant
  ) throws(SessionMachineError) -> [SessionAction] {
    let upstream = Upstream(session, traits: identity.traits)
    switch state {
    case .opening(let request, let secret):
      expiry = ExpiryWatch(
        idleLimit: Self.shorter(session.idleLimit, limits.idleLimit),
        lifetime: Self.shorter(session.lifetime, limits.lifetime), warning: limits.expiryWarning, from: now)
      talks.witness = upstream.witness
      if upstream.awaits == .nothing { calls.descriptionAccepted() }
      beginAnnouncing()
      return [.welcome(request, .success(.opened(describe(session, upstream, secret))))]
        + move(to: upstream.awaits == .nothing ? .connecting : .offered, upstream)
    case .abandoned(let reason):
      upstreamID = upstream.handle.id
      state = .closing(reason, waiting: [])
      return [.closeUpstream(upstream.handle)]
    case .open, .closing, .closed: throw .unexpected(event: "opened", state: visibleState)
    }
  }

  /// The provider did not open the session.
  mutating func openFailed(_ failure: ProviderFailure) throws(SessionMachineError) -> [SessionAction] {
    try giveUpOpening(SignalingError(failure), "openFailed")
  }

  /// The session is not to be opened, and nothing was asked of the provider.
  mutating func openRefused(_ error: SignalingError) throws(SessionMachineError) -> [SessionAction] {
    try giveUpOpening(error, "openRefused")
  }

  private mutating func giveUpOpening(
    _ error: SignalingError, _ event: String
  ) throws(SessionMachineError) -> [SessionAction] {
    switch state {
    case .opening(let request, _):
      state = .closed(.openFailed)
      return [.welcome(request, .failure(error)), .forget]
    case .abandoned(let reason):
      state = .closed(reason)
      return [.forget]
    case .open, .closing, .closed: throw .unexpected(event: event, state: visibleState)
    }
  }

  /// The provider opened the session, but it is not to be had: it is closed before anybody hears of it.
  mutating func openRefused(
    _ error: SignalingError, closing handle: SessionHandle
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

  private func describe(
    _ session: ProviderSession, _ upstream: Upstream, _ secret: ResumeSecret
  ) -> OpenedSession {
    OpenedSession(
      session: identity.session, secret: secret, provider: identity.provider.rawValue,
      grant: session.grant,
      dataChannel: identity.traits.dataChannel,
      limits: OpenedSession.Limits(
        idleMs: Self.shorter(session.idleLimit, limits.idleLimit)?.milliseconds,
        lifetimeMs: Self.shorter(session.lifetime, limits.lifetime)?.milliseconds,
        graceMs: limits.graceTime.milliseconds, text: identity.traits.textLength),
      capabilities: upstream.capabilities,
      // What goes through a room negotiates there.
      trickle: upstream.awaits != .nothing && identity.traits.trickle.fromClient)
  }

  private static func shorter(_ one: Duration?, _ other: Duration?) -> Duration? {
    [one, other].compactMap(\.self).min()
  }
}
