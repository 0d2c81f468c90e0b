// How a session begins.
import AvatarProvider
import Signaling
import Timekeeping

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
        + enter(upstream.awaits == .nothing ? .connecting : .offered, upstream)
    case .abandoned(let reason):
      upstreamID = upstream.handle.id
      state = .closing(reason, waiting: [])
      return [.closeUpstream(upstream.handle)]
    case .open, .closing, .closed: throw .unexpected(event: "opened", state: visibleState)
    }
  }

  /// The provider did not open the session.
  mutating func openFailed(_ failure: ProviderFailure) throws(SessionMachineError) -> [SessionAction] {
    switch state {
    case .opening(let request, _):
      state = .closed(.openFailed)
      return [.welcome(request, .failure(SignalingError(failure))), .forget]
    case .abandoned(let reason):
      state = .closed(reason)
      return [.forget]
    case .open, .closing, .closed: throw .unexpected(event: "openFailed", state: visibleState)
    }
  }

  private func describe(
    _ session: ProviderSession, _ upstream: Upstream, _ secret: ResumeSecret
  ) -> OpenedSession {
    OpenedSession(
      session: identity.session, secret: secret, provider: identity.provider.rawValue,
      grant: OpenedSession.Grant(session.grant),
      dataChannel: identity.traits.dataChannel.map(OpenedSession.DataChannel.init),
      limits: OpenedSession.Limits(
        idleMs: Self.shorter(session.idleLimit, limits.idleLimit)?.milliseconds,
        lifetimeMs: Self.shorter(session.lifetime, limits.lifetime)?.milliseconds,
        graceMs: limits.graceTime.milliseconds, maxTextBytes: Int64(identity.traits.maximumTextBytes)),
      capabilities: OpenedSession.Capabilities(upstream.capabilities, trickle: identity.traits.trickle))
  }

  private static func shorter(_ one: Duration?, _ other: Duration?) -> Duration? {
    [one, other].compactMap(\.self).min()
  }
}
