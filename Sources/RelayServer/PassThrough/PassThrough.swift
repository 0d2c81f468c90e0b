// Serves the vendors' own APIs: each session that a page opens with them is a session of the relay like any other.
import AvatarProvider
import Basics
import DIDProvider
import Logging
import Relay
import SessionValues
import Signaling
import StrictJSON
import Transport
import Wire

/// The vendors' routes, `/did/…` and `/heygen/…` (docs/decisions/0016). A call becomes the request of a connection of its
/// page, and the vendor's own reply comes back, or the relay's refusal in the vendor's words. Lives on the event loop.
actor PassThrough {
  /// The largest body of a candidate in bytes: it may wait for the answer after it was answered itself.
  private static let maximumCandidateBytes = 64 << 10

  private let loop: EventLoop
  private let dialects: [any VendorDialect]
  private let settings: PassThroughSettings
  private let gate: PageGate
  private let pages: PageConnections
  private let otherCalls: OtherCalls
  /// The sockets on which pages hear of agents; nil where there are none.
  nonisolated let notifications: NotificationSockets?
  private var room = BodyRoom()

  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  init(
    _ settings: PassThroughSettings, _ configuration: RelayConfiguration, loop: EventLoop, registry: SessionRegistry,
    providers: [any AvatarProvider], didNotifications: DIDNotifications?, readyConnections: ReadyConnections,
    clock: any MonotonicClock, gate: TokenGate?, logger: Logger
  ) {
    self.settings = settings
    self.loop = loop
    self.gate = PageGate(
      configuration, loop: loop, registry: registry, logger: logger,
      callers: PassThroughCallers(gate: gate, namesAll: didNotifications != nil, clock: clock))
    pages = PageConnections(
      loop: loop, registry: registry, limits: configuration.connectionLimits, readyConnections: readyConnections,
      clock: clock)
    otherCalls = OtherCalls(
      loop: loop, registry: registry, providers: providers, allowed: settings.calls,
      limits: configuration.connectionLimits, clock: clock)
    notifications = didNotifications.map { [gate = self.gate] in
      NotificationSockets(
        $0, loop: loop, gate: gate, registry: registry, limits: configuration.connectionLimits,
        accessGrace: configuration.limits.accessGrace, readyConnections: readyConnections, clock: clock, logger: logger)
    }
    let known: [any VendorDialect] = [DIDDialect(), HeyGenDialect()]
    dialects = known.filter { dialect in providers.contains { $0.id.rawValue == dialect.provider } }
  }

  func replace(gate: TokenGate) async { await self.gate.replace(gate: gate) }

  // MARK: Who may call

  /// Whether a path is one of a vendor that is served.
  nonisolated func serves(_ path: String) -> Bool { assumeIsolated { $0.dialect(of: path) != nil } }

  /// How much of a body is read: nothing for who may not call, nor where there is no room for it.
  nonisolated func bodyLimit(of head: HTTPRequest) -> RequestBodyLimit {
    assumeIsolated { routes in
      guard let dialect = routes.dialect(of: head.path) else { return .bytes(0) }
      do throws(SignalingError) {
        if let refusal = routes.gate.refusal(ofOriginOf: head) { throw refusal }
        if head.method == "OPTIONS" { return .bytes(0) }
        return try routes.roomForBody(of: head, by: routes.gate.caller(head).get())
      } catch { return .refused(PageAccess.readable(dialect.refusal(error, of: .other), by: head)) }
    }
  }

  private func roomForBody(
    of head: HTTPRequest, by caller: PassThroughCaller
  ) throws(SignalingError) -> RequestBodyLimit {
    let stated = head.headers["Content-Length"]
    let bytes = stated == nil ? BodyRoom.maximumUnmeasuredBytes : stated.flatMap { Int($0) } ?? .max
    // The larger one is refused by who reads it.
    guard bytes <= BodyRoom.maximumBodyBytes else { return .bytes(BodyRoom.maximumBodyBytes) }
    let subject = caller.subject
    guard room.take(bytes, for: subject) else {
      throw SignalingError(.requestOverload, "the bodies of calls that wait fill their room", retryAfterMs: 1000)
    }
    return .reserved(bytes) { self.assumeIsolated { $0.room.giveBack(bytes, of: subject) } }
  }

  /// The vendor's own words, for a page to read.
  nonisolated func responseToLargerBody(of head: HTTPRequest) -> HTTPResponse {
    assumeIsolated { routes in
      guard let dialect = routes.dialect(of: head.path) else { return .text(404, "not found") }
      return PageAccess.readable(dialect.refusal(.tooLarge, of: .other), by: head)
    }
  }

  func respond(to request: HTTPRequest) async -> HTTPResponse {
    guard let dialect = dialect(of: request.path) else { return .text(404, "not found") }
    let response: HTTPResponse
    do throws(SignalingError) {
      if let refusal = gate.refusal(ofOriginOf: request) { throw refusal }
      if request.method == "OPTIONS" { return PageAccess.preflight(request) }
      response = await answer(request, dialect, try gate.caller(request).get())
    } catch { response = dialect.refusal(error, of: .other) }
    return PageAccess.readable(response, by: request)
  }

  private func dialect(of path: String) -> (any VendorDialect)? {
    dialects.first { path.hasPrefix("/\($0.provider)/") }
  }

  // MARK: Calls

  private func answer(
    _ request: HTTPRequest, _ dialect: any VendorDialect, _ caller: PassThroughCaller
  ) async -> HTTPResponse {
    let body = request.body.isEmpty ? [:] : await PageBody.object(in: request.body)
    let path = request.path.split(separator: "/", omittingEmptySubsequences: false).dropFirst(2).map(String.init)
    var ask = dialect.ask(request.method, path, request.query, body)
    if caller.handed != nil, !ask.isOfStreaming || dialect.token("") == nil {
      return dialect.refusal(SignalingError(.accessDenied, "notForThisCall"), of: ask)
    }
    if body == nil, !ask.takesAnyBody { ask = .withoutObject }
    // What is asked for now is not to be told before anybody listens.
    await notifications?.settled(caller.connection)
    do throws(SignalingError) {
      switch ask {
      case .other:
        return try await otherCalls.carryOut(request, path, dialect, caller)
      case .otherOfSession(let id):
        try await otherCalls.admit(request.method, path, dialect, caller)
        let page = try await page(of: id, dialect, caller)
        await pages.begins(asideFor: page.id)
        let response: HTTPResponse
        do throws(SignalingError) { response = try await otherCalls.carryOut(request, path, dialect, caller) } catch {
          response = dialect.refusal(error, of: ask)
        }
        await pages.ends(asideFor: page.id)
        return response
      case .unreadable(let place, let words): return dialect.refusal(.invalid(at: place, words), of: ask)
      case .token:
        try await otherCalls.count(for: caller.subject)
        return dialect.token(try gate.handOut(to: caller).get()) ?? dialect.refusal(.noSuchCall, of: ask)
      case .open(let avatar, let options): return try await open(avatar, options, request, dialect, caller)
      case .session(let id, let sessionAsk):
        let words = PageWords(request, dialect, caller, to: sessionAsk.keepsItsPath ? path : nil)
        return try await carryOut(sessionAsk, of: id, body ?? [:], words, dialect, caller, toldAs: ask)
      case .chat(let stream?, let script):
        // An agent answers on the page's stream: a talk of that session like any other.
        try await otherCalls.admit(request.method, path, dialect, caller)
        let words = PageWords(request, dialect, caller, to: path)
        return try await carryOut(.speak(script), of: stream, body ?? [:], words, dialect, caller, toldAs: ask)
      case .chat(nil, _): return try await otherCalls.carryOut(request, path, dialect, caller)
      }
    } catch { return dialect.refusal(error, of: ask) }
  }

  /// A page wants a session: it gets a connection of its own, which lives as long as the session.
  private func open(
    _ avatar: String?, _ options: JSONObject, _ request: HTTPRequest, _ dialect: any VendorDialect,
    _ caller: PassThroughCaller
  ) async throws(SignalingError) -> HTTPResponse {
    try gate.use(caller).get()
    let id: ConnectionID
    do throws(SignalingError) {
      id = try await pages.open(
        for: caller, origin: request.headers["Origin"], network: gate.network(of: request))
    } catch {
      gate.giveBack(to: caller)
      throw error
    }
    let call = Call.open(provider: dialect.provider, avatar: avatar, options: options)
    let outcome = await pages.askForSession(call, PageWords(request, dialect, caller), for: id)
    switch outcome.result {
    case .success(.opened(let opened)):
      guard let reply = outcome.reply, let name = Self.name(in: reply, dialect) else { break }
      let session = OpenedPassThrough(
        id: opened.session, name: name, isRoom: Self.isRoom(opened.grant), silence: settings.silence(of: opened.limits))
      await pages.opened(session, for: id)
      return HTTPResponse(reply)
    case .success: break
    case .failure(let error):
      await pages.leave(id, .done)
      if outcome.reply.map({ $0.status >= 400 }) ?? true, error.kind.leavesNothingOpen { gate.giveBack(to: caller) }
      return dialect.refusal(error, outcome.reply, of: .open(avatar: avatar, options: options))
    }
    // Nobody could name it.
    await pages.leave(id, .done)
    throw SignalingError(.providerMalformedReply, "the session has no name")
  }

  private static func name(in reply: VerbatimReply, _ dialect: any VendorDialect) -> VendorSessionName? {
    let id = (try? JSONParser.parse(reply.body)).flatMap(dialect.session(in:))
    return id.map { VendorSessionName(provider: dialect.provider, id: $0) }
  }

  private static func isRoom(_ grant: MediaGrant) -> Bool { if case .room = grant { true } else { false } }

  /// The page that has a session, which calls it now.
  /// - Throws: `session.notFound` where the caller has no such session, and what keeps it from calling.
  private func page(
    of name: String, _ dialect: any VendorDialect, _ caller: PassThroughCaller
  ) async throws(SignalingError) -> (id: ConnectionID, session: OpenedPassThrough) {
    guard let page = await pages.page(of: VendorSessionName(provider: dialect.provider, id: name), for: caller) else {
      throw SignalingError(.sessionNotFound, "the caller has no such session")
    }
    try await pages.judge(page.id)
    try await pages.show(caller, for: page.id)
    return page
  }

  /// A page calls its session.
  private func carryOut(
    _ ask: SessionAsk, of name: String, _ body: JSONObject, _ words: PageWords, _ dialect: any VendorDialect,
    _ caller: PassThroughCaller, toldAs vendorAsk: VendorAsk
  ) async throws(SignalingError) -> HTTPResponse {
    let (id, session) = try await page(of: name, dialect, caller)
    if case .candidate = ask, words.body.count > Self.maximumCandidateBytes {
      return dialect.refusal(.tooLarge, of: vendorAsk)
    }
    guard let call = ask.call(in: session.id) else {
      return session.isRoom ? dialect.success(ask, body) : dialect.refusal(.wrongState, of: vendorAsk)
    }
    switch ask {
    case .answer: await pages.describes(id)
    case .candidate where !(await pages.isDescribed(id)):
      // It waits for the answer, which a browser might not send before it is answered: it has six connections.
      await pages.askAside(call, words, for: id)
      return dialect.success(ask, body)
    default: break
    }
    let outcome = await pages.ask(call, words, for: id)
    switch outcome.result {
    case .success:
      guard let reply = outcome.reply, (200..<300).contains(reply.status) else { return dialect.success(ask, body) }
      return HTTPResponse(reply)
    case .failure(let error):
      // What the vendor said is the answer, whatever the relay makes of it.
      return outcome.reply.map { HTTPResponse($0) } ?? dialect.refusal(error, of: vendorAsk)
    }
  }
}

extension ErrorKind {
  /// Whether an open that failed so has opened nothing at the vendor, unless that said that it did.
  fileprivate var leavesNothingOpen: Bool {
    switch self {
    case .sessionLimit, .requestOverload, .requestRate, .paused, .invalidParams, .notSupported, .accessForbidden,
      .providerSessionLimit, .providerRateLimited, .providerCredits, .providerUnauthorized, .providerPermission,
      .providerRejected, .providerAvatarNotFound, .providerModeration, .providerUnreachable, .providerNotConfigured:
      true
    default: false
    }
  }
}

extension VendorDialect {
  /// What the vendor said of a call that failed, or what it would have said.
  func refusal(_ error: SignalingError, _ reply: VerbatimReply? = nil, of ask: VendorAsk) -> HTTPResponse {
    if let reply, reply.status >= 400 { return HTTPResponse(reply) }
    let refused = VendorRefusal(error)
    var response = refusal(refused, of: ask)
    if let wait = error.retryAfterMs ?? refused.pauseMs { response.headers["Retry-After"] = "\((wait + 999) / 1000)" }
    return response
  }
}
