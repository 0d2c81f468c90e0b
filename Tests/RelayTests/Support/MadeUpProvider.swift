// Stands in for a provider of no vendor, which answers when and how a test says.
import AvatarProvider
import RelayTestSupport
import SessionValues

/// Answers every call at once, unless the test holds or fails calls of that kind. Lives on the test's executor.
actor MadeUpProvider: AvatarProvider {
  enum Kind: String, Hashable, CaseIterable { case open, describe, add, speak, speakPart, speakEnd, interrupt, extend, close, list }

  /// A call as it arrived: its kind, and what tells it from others of that kind.
  struct Arrival: Hashable, CustomStringConvertible {
    let kind: Kind
    let detail: String
    var description: String { detail.isEmpty ? kind.rawValue : "\(kind.rawValue) \(detail)" }
  }

  private struct Waiting {
    let kind: Kind
    let continuation: CheckedContinuation<ProviderFailure?, Never>
  }

  nonisolated let id: ProviderID
  nonisolated let traits: ProviderTraits
  private nonisolated let executor: HandExecutor
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  private var template: ProviderSession
  private var talkDuration: Duration?
  private var namesTalks = true
  private var interruption = Interruption.done
  private var answersOffers = true
  private var pushes = false
  private var sources: [AsyncStream<ProviderEvent>.Continuation] = []
  private var arrivals: [Arrival] = []
  private var held: Set<Kind> = []
  private var waiting: [Waiting] = []
  private var failures: [Kind: ProviderFailure] = [:]
  private var listed = SessionList([])
  private var opens = 0
  private var talks = 0

  init(_ id: ProviderID, _ traits: ProviderTraits, session: ProviderSession, on executor: HandExecutor) {
    self.id = id
    self.traits = traits
    self.executor = executor
    template = session
  }

  // MARK: What the relay calls

  nonisolated func plan(_ request: OpenRequest) throws(ProviderFailure) -> SessionPlan {
    if request.avatar == "nobody" { throw ProviderFailure(.rejected, "avatar: nobody is no avatar") }
    let avatar = request.avatar ?? request.options["face"]?.string
    return SessionPlan(avatar: avatar, idleLimit: .seconds(300), body: request.options)
  }

  func openSessions() async throws(ProviderFailure) -> SessionList {
    try await arrive(.list, "")
    return listed
  }

  func open(_ plan: SessionPlan) async throws(ProviderFailure) -> ProviderSession {
    try await arrive(.open, plan.avatar ?? "")
    opens += 1
    var session = template
    session.handle.id = "up\(opens)"
    if pushes {
      let (events, source) = AsyncStream<ProviderEvent>.makeStream()
      session.events = events
      sources.append(source)
    }
    return session
  }

  func describe(
    _ description: SessionDescription, in session: SessionHandle
  ) async throws(ProviderFailure) -> SessionDescription? {
    try await arrive(.describe, description.kind.rawValue)
    guard case .awaitsOffer = template.grant, answersOffers else { return nil }
    return SessionDescription(kind: .answer, sdp: "v=0 answer")
  }

  func add(_ candidate: IceCandidate?, in session: SessionHandle) async throws(ProviderFailure) {
    try await arrive(.add, candidate?.candidate ?? "end")
  }

  func speak(_ script: Script, in session: SessionHandle) async throws(ProviderFailure) -> Talk {
    let words =
      switch script.content {
      case .text(let text), .ssml(let text): text
      case .audio(let url): url
      }
    try await arrive(.speak, words)
    talks += 1
    return Talk(id: namesTalks ? "t\(talks)" : nil, duration: talkDuration)
  }

  func speakPart(
    _ part: SpokenPart, of talk: String?, in session: SessionHandle
  ) async throws(ProviderFailure) -> Talk {
    try await arrive(.speakPart, ([String(part.index), talk, part.text] as [String?]).compactMap(\.self).joined(separator: " "))
    if talk == nil { talks += 1 }
    return Talk(id: talk ?? (namesTalks ? "t\(talks)" : nil), duration: talkDuration)
  }

  func speakEnd(_ end: SpokenEnd, of talk: String?, in session: SessionHandle) async throws(ProviderFailure) {
    try await arrive(.speakEnd, [end.index.map(String.init) ?? "?", talk].compactMap(\.self).joined(separator: " "))
  }

  func interrupt(talk: String?, in session: SessionHandle) async throws(ProviderFailure) -> Interruption {
    try await arrive(.interrupt, talk ?? "")
    return interruption
  }

  func extend(_ session: SessionHandle) async throws(ProviderFailure) { try await arrive(.extend, "") }

  func close(_ session: SessionHandle) async throws(ProviderFailure) { try await arrive(.close, session.id) }

  /// `start t1`, `stop`, `fail t1`, `gone`, `candidate`, `ready`; anything else means nothing.
  nonisolated func event(fromDataChannel message: String) -> ProviderEvent? {
    let words = message.split(separator: " ").map(String.init)
    let talk = words.count > 1 ? words[1] : nil
    return switch words.first {
    case "start": .talkStarted(talk: talk)
    case "stop": .talkEnded(talk: talk, duration: nil)
    case "fail": .talkFailed(talk: talk, message: "no voice")
    case "gone": .ended(message: "stopped")
    case "ready": .ready
    default: nil
    }
  }

  private func arrive(_ kind: Kind, _ detail: String) async throws(ProviderFailure) {
    arrivals.append(Arrival(kind: kind, detail: detail))
    var failure = failures[kind]
    if held.contains(kind) {
      failure = await withCheckedContinuation { waiting.append(Waiting(kind: kind, continuation: $0)) }
    }
    if let failure { throw failure }
  }

  // MARK: What a test says

  /// Calls of the kind wait until they are released.
  nonisolated func hold(_ kinds: Kind...) { assumeIsolated { $0.held.formUnion(kinds) } }
  /// Calls of the kind are answered at once again.
  nonisolated func letGo(_ kind: Kind) { assumeIsolated { _ = $0.held.remove(kind) } }
  /// Calls of the kind fail from now on; nil lets them succeed.
  nonisolated func fail(_ kind: Kind, _ failure: ProviderFailure?) { assumeIsolated { $0.failures[kind] = failure } }
  /// Changes the sessions that it opens from now on.
  nonisolated func change(_ change: @Sendable (inout ProviderSession) -> Void) {
    assumeIsolated { change(&$0.template) }
  }
  /// What it says is open.
  nonisolated func lists(_ sessions: [ListedSession], time: Int64? = nil) {
    assumeIsolated { $0.listed = SessionList(sessions, time: time) }
  }
  nonisolated func talksLast(_ duration: Duration?) { assumeIsolated { $0.talkDuration = duration } }
  nonisolated func namesNoTalks() { assumeIsolated { $0.namesTalks = false } }
  nonisolated func givesNoAnswer() { assumeIsolated { $0.answersOffers = false } }
  /// Sessions that it opens from now on have events; see ``push(_:to:)``.
  nonisolated func pushesEvents() { assumeIsolated { $0.pushes = true } }
  nonisolated func interrupts(by interruption: Interruption) { assumeIsolated { $0.interruption = interruption } }

  /// Ends the first waiting call of the kind, well or with a failure.
  /// - Returns: false when none waits.
  @discardableResult
  nonisolated func release(_ kind: Kind, _ failure: ProviderFailure? = nil) -> Bool {
    let call = assumeIsolated { provider -> Waiting? in
      guard let index = provider.waiting.firstIndex(where: { $0.kind == kind }) else { return nil }
      return provider.waiting.remove(at: index)
    }
    call?.continuation.resume(returning: failure)
    executor.run()
    return call != nil
  }

  /// Says something in a session, by the order of opening; nil ends what it says.
  nonisolated func push(_ event: ProviderEvent?, to session: Int) {
    assumeIsolated { provider in
      guard provider.sources.indices.contains(session) else { return }
      if let event { provider.sources[session].yield(event) } else { provider.sources[session].finish() }
    }
    executor.run()
  }

  nonisolated var journal: [String] { assumeIsolated { $0.arrivals.map(\.description) } }
  nonisolated func count(_ kind: Kind) -> Int { assumeIsolated { $0.arrivals.count { $0.kind == kind } } }
  nonisolated func waitingCount(_ kind: Kind) -> Int { assumeIsolated { $0.waiting.count { $0.kind == kind } } }
  nonisolated var waitingKinds: [Kind] { assumeIsolated { $0.waiting.map(\.kind) } }
  /// How many sessions it opened.
  nonisolated var openedCount: Int { assumeIsolated { $0.opens } }
}

extension [MadeUpProvider] {
  /// Ends one of the calls that wait, if there are any; once in so many times it fails.
  func releaseByChance(failingOnceIn odds: Int, using random: inout some RandomNumberGenerator) {
    guard let provider = filter({ !$0.waitingKinds.isEmpty }).randomElement(using: &random),
      let kind = provider.waitingKinds.randomElement(using: &random)
    else { return }
    let code = ProviderFailure.Code.allCases.randomElement(using: &random) ?? .rejected
    let fails = Int.random(in: 0..<odds, using: &random) == 0
    provider.release(kind, fails ? ProviderFailure(code, "by chance") : nil)
  }
}
