// Decides what every event of one session means. It calls nobody, knows no time but what it is told, and writes no log.
import AvatarProvider
import Basics
import SessionValues
import Signaling

/// The state of one session. Every event is a method that returns what has to be done about it; ``deadline`` says when
/// ``timePassed(at:)`` is due.
struct SessionMachine: Sendable {
  enum State: Sendable, Hashable {
    /// The provider's `open` runs for that request; with the session its client gets the secret.
    case opening(RequestID, ResumeSecret)
    /// It runs for nobody any more; what it opens is closed at once.
    case abandoned(CloseReason)
    case open(Phase, Upstream)
    /// The provider's `close` runs; these requests wait for its end.
    case closing(CloseReason, waiting: [RequestID])
    case closed(CloseReason)
  }

  /// How far an open session has come.
  enum Phase: String, Sendable, Hashable, CaseIterable {
    /// The browser's description is awaited.
    case offered
    /// The provider is being told the browser's description.
    case answering
    /// The provider accepted it.
    case connecting
    /// The browser reported a connection.
    case live
  }

  /// How long a session waits for its client.
  struct Absence: Sendable, Hashable {
    let end: MonotonicInstant
    let reason: CloseReason
  }

  struct Identity: Sendable {
    let session: SessionID
    let provider: ProviderID
    let traits: ProviderTraits
  }

  let identity: Identity
  let limits: RelayLimits
  var state: State {
    didSet { if case .open(_, let upstream) = state { upstreamID = upstream.handle.id } }
  }
  /// The provider's id of the session, once it has one: while it is being closed, too.
  var upstreamID: String?
  var calls: CallLanes
  var talks: TalkTable
  /// The talk whose text is still being written.
  var openTalk: OpenTalk?
  /// An earlier life of the relay had the session.
  var isRestored = false
  /// Talks that were open, the oldest first.
  var closedTalks: [ClosedTalk] = []
  var expiry: ExpiryWatch?
  var secrets: ResumeSecrets
  /// When, and why, the session ends because its connection is gone; nil while it has one.
  var absence: Absence?
  /// What the browser reported last.
  var iceState = Report.IceState.new
  /// What the browser reported last of the data channel; nil if it never did.
  var channelState: Report.ChannelState?
  /// The types and the protocol of the candidate pair that the browser reported last.
  var selectedPair: String?
  /// How many candidates the provider took.
  var candidatesDelivered = 0
  /// What the client was told; nil while nobody knows the session's id.
  var events: EventBuffer?

  /// A session that is being opened for a request.
  init(_ identity: Identity, secret: ResumeSecret, limits: RelayLimits, openedBy request: RequestID) {
    self.init(
      identity, secrets: .settled(SecretDigest(of: secret)), state: .opening(request, secret), limits: limits)
  }

  init(_ identity: Identity, secrets: ResumeSecrets, state: State, limits: RelayLimits) {
    self.identity = identity
    self.limits = limits
    self.secrets = secrets
    self.state = state
    if case .open(_, let upstream) = state { upstreamID = upstream.handle.id }
    calls = CallLanes(identity.traits.lanes, limits: limits)
    talks = TalkTable(limits: limits)
  }

  /// The state as a client sees it.
  var visibleState: SessionState {
    switch state {
    case .opening, .abandoned: .opening
    case .open(.offered, _): .offered
    case .open(.answering, _): .answering
    case .open(.connecting, _): .connecting
    case .open(.live, _): .live
    case .closing: .closing
    case .closed: .closed
    }
  }

  /// When ``timePassed(at:)`` is due; nil while only events matter.
  var deadline: MonotonicInstant? {
    guard case .open = state else { return nil }
    return (absence?.end).orEarlier(expiry?.deadline(activity)).orEarlier(talks.deadline)
      .orEarlier(openTalk?.deadline(limits.partPatience))
  }

  /// The limits as they stand at a moment: nobody is silent while a talk is under way.
  func expiry(at now: MonotonicInstant) -> ExpiryWatch? {
    var expiry = expiry
    if let end = talks.lastsUntil { expiry?.touch(at: min(now, end)) }
    return expiry
  }

  /// Silence counts only while no call is on its way.
  var activity: ExpiryWatch.Activity { calls.running.isEmpty ? .silent : .calling }

  /// How many speaks are on their way to the provider.
  var speaksRunning: Int { calls.running.count(where: \.entry.call.isTalk) }

  // MARK: What the events share

  /// From now on the client knows the session.
  mutating func beginAnnouncing() {
    events = EventBuffer(maximumCount: limits.eventsReplayed, maximumBytes: limits.eventBytesReplayed)
  }

  /// Tells the client, now or when it is back, if there is one.
  mutating func notify(_ event: SessionEvent) -> [SessionAction] {
    guard let seq = events?.append(event) else { return [] }
    return [.notify(seq: seq, event)]
  }

  mutating func notify(_ announcements: [TalkTable.Announcement]) -> [SessionAction] {
    announcements.flatMap { notify(.talk(id: $0.talk, $0.phase)) }
  }

  /// Moves an open session on and tells the client.
  mutating func move(to phase: Phase, _ upstream: Upstream) -> [SessionAction] {
    state = .open(phase, upstream)
    return notify(.state(visibleState))
  }

  /// Puts a call in its lane, and starts what can start.
  mutating func enqueue(
    _ call: ProviderCall, for request: RequestID, _ upstream: Upstream, at now: MonotonicInstant
  ) -> [SessionAction] {
    do {
      try calls.add(call, for: request)
      return startCalls(upstream, at: now)
    } catch { return [.respond(request, .failure(error))] }
  }

  mutating func startCalls(_ upstream: Upstream, at now: MonotonicInstant) -> [SessionAction] {
    handOn(upstream, at: now)
      + calls.start(at: now).flatMap { entry -> [SessionAction] in
        guard case .begin(let opening) = entry.call else { return [.call(entry.request, entry.call, upstream.handle)] }
        return begin(entry.request, opening, upstream, at: now)
      }
  }

  /// The answer to a call that does not belong to the state.
  func refuse(_ request: RequestID, _ method: Method, because reason: String? = nil) -> [SessionAction] {
    let error =
      switch state {
      case .closing(let reason, _), .closed(let reason): Self.ended.ending(reason)
      case .opening, .abandoned, .open:
        SignalingError(
          .sessionWrongState,
          "\(method.rawValue) is not possible while the session is \(visibleState.rawValue)"
            + (reason.map { ": \($0)" } ?? ""))
      }
    return [.respond(request, .failure(error))]
  }

  static let ended = SignalingError(.sessionClosed, "the session is over")
  static let overtaken = SignalingError(
    .talkUnknown, "the session ended while the talk was on its way; whether the avatar speaks it is not known")
  static let talkInterrupted = SignalingError(
    .talkInterrupted, "the talk was interrupted before it was sent to the provider")
}

/// One thing to do, in the order in which the machine returns them.
enum SessionAction: Sendable, Hashable {
  /// Answer `session.open` or `session.resume`, which are asked on a connection, before it has the session.
  case welcome(RequestID, Result<CallResult, SignalingError>)
  /// Answer a request about the session.
  case respond(RequestID, Result<CallResult, SignalingError>)
  /// Tell the session's client.
  case notify(seq: Int64, SessionEvent)
  /// Call the provider and come back with ``SessionMachine/finished(_:_:at:)``.
  case call(RequestID, ProviderCall, SessionHandle)
  /// Close the session at the provider and come back with ``SessionMachine/upstreamClosed()``.
  case closeUpstream(SessionHandle)
  /// Forget the session: nothing of it runs any more.
  case forget
}

/// An event that a session cannot have in its state: a mistake of the program, never of a client.
enum SessionMachineError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The event does not belong to the state.
  case unexpected(event: String, state: SessionState)
  /// A call came to its end that was not running.
  case unknownCall(RequestID)
  /// A call was answered with the outcome of another.
  case wrongOutcome(RequestID)

  var description: String {
    switch self {
    case .unexpected(let event, let state): "\(event) cannot happen to a session that is \(state.rawValue)"
    case .unknownCall(let request): "no call of request \(request) is running"
    case .wrongOutcome(let request): "the call of request \(request) had the outcome of another"
    }
  }
}

/// An open session of a provider as the machine needs it.
struct Upstream: Sendable, Hashable {
  /// What the provider waits for.
  enum Awaits: Sendable, Hashable { case answer, offer, nothing }

  let handle: SessionHandle
  let awaits: Awaits
  /// The media sections of the provider's offer; nil where it made none, or none that can be read, and after a restart.
  let offered: SDPLayout?
  let capabilities: SessionCapabilities
  /// Who tells of talks while no data channel is open.
  let witness: TalkTable.Witness

  /// Who describes first.
  var negotiation: Negotiation {
    switch awaits {
    case .answer: .providerOffers
    case .offer: .clientOffers
    case .nothing: .room
    }
  }

  /// A session that was written down. What its provider pushed by itself ended with the relay that listened.
  init(_ snapshot: SessionSnapshot) {
    handle = snapshot.handle
    capabilities = snapshot.capabilities
    witness = .nobody
    offered = nil
    awaits =
      switch snapshot.negotiation {
      case .providerOffers: .answer
      case .clientOffers: .offer
      case .room: .nothing
      }
  }

  init(_ session: ProviderSession, traits: ProviderTraits) {
    handle = session.handle
    capabilities = session.capabilities ?? traits.capabilities
    witness = session.events == nil ? .nobody : .expected
    switch session.grant {
    case .offer(let offer, _):
      awaits = .answer
      offered = try? SDPSummary(of: offer.sdp, as: .offer).layout
    case .awaitsOffer:
      awaits = .offer
      offered = nil
    case .room:
      awaits = .nothing
      offered = nil
    }
  }

  /// Why a description cannot be the answer to the provider's offer; nil where nothing speaks against it.
  func mistake(in description: SessionDescription) -> SDPError? {
    guard let offered, description.kind == .answer else { return nil }
    do throws(SDPError) {
      try offered.check(answer: SDPSummary(of: description.sdp, as: .answer).layout)
      return nil
    } catch { return error }
  }

  /// A candidate with both names of its place, as far as the provider's offer tells them.
  func placed(_ candidate: IceCandidate) -> IceCandidate { offered?.placing(candidate) ?? candidate }
}

extension MonotonicInstant? {
  /// The earlier of two moments of which either may be missing; nil where both are.
  func orEarlier(_ other: MonotonicInstant?) -> MonotonicInstant? {
    guard let self else { return other }
    guard let other else { return self }
    return min(self, other)
  }
}
