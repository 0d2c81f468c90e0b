// Serves the vendors' own APIs: each session that a page opens with them is a session of the relay like any other.
import AvatarProvider
import Basics
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
  /// The largest body that is read, in bytes.
  static let maximumBodyBytes = 1 << 20

  private let loop: EventLoop
  private let dialects: [any VendorDialect]
  private let settings: PassThroughSettings
  private let origins: OriginPolicy
  private let clientAddress: ClientAddress
  private let registry: SessionRegistry
  private let logger: Logger
  private let pages: PageConnections
  private let otherCalls: OtherCalls
  private var callers: PassThroughCallers

  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  init(
    _ settings: PassThroughSettings, _ configuration: RelayConfiguration, loop: EventLoop, registry: SessionRegistry,
    providers: [any AvatarProvider], clock: any MonotonicClock, gate: TokenGate?,
    logger: Logger
  ) {
    self.settings = settings
    self.loop = loop
    self.registry = registry
    self.logger = logger.ofStrangers
    origins = OriginPolicy(configuration)
    clientAddress = configuration.clientAddress
    pages = PageConnections(loop: loop, registry: registry, limits: configuration.connectionLimits, clock: clock)
    otherCalls = OtherCalls(loop: loop, registry: registry, providers: providers, allowed: settings.calls)
    callers = PassThroughCallers(gate: gate, clock: clock)
    let known: [any VendorDialect] = [DIDDialect(), HeyGenDialect()]
    dialects = known.filter { dialect in providers.contains { $0.id.rawValue == dialect.provider } }
  }

  func replace(gate: TokenGate) { callers.gate = gate }

  // MARK: Who may call

  /// Whether a path is one of a vendor that is served.
  nonisolated func serves(_ path: String) -> Bool { assumeIsolated { $0.dialect(of: path) != nil } }

  /// How much of a body is read: nothing for who may not call.
  nonisolated func bodyLimit(of head: HTTPRequest) -> RequestBodyLimit {
    assumeIsolated { routes in
      guard let dialect = routes.dialect(of: head.path) else { return .bytes(0) }
      if let refusal = routes.stranger(head, dialect) { return .refused(refusal) }
      return .bytes(Self.maximumBodyBytes)
    }
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
    if let refusal = stranger(request, dialect) { return refusal }
    if request.method == "OPTIONS" { return PageAccess.preflight(request) }
    return PageAccess.readable(await answer(request, dialect), by: request)
  }

  private func dialect(of path: String) -> (any VendorDialect)? {
    dialects.first { path.hasPrefix("/\($0.provider)/") }
  }

  /// The answer to a page of another origin, and to who shows no good token; nil for those who may call.
  private func stranger(_ request: HTTPRequest, _ dialect: any VendorDialect) -> HTTPResponse? {
    guard origins.allows(request) else {
      let words = "this origin may not call; see web.allowed-origins"
      note("a page of an origin that is not allowed made a vendor's call", request)
      return PageAccess.readable(dialect.refusal(.forbidden(words), of: .other), by: request)
    }
    guard request.method != "OPTIONS" else { return nil }
    do throws(SignalingError) {
      _ = try callers.caller(request)
      return nil
    } catch {
      registry.assumeIsolated { $0.refused(error) }
      note("token refused", request, ["reason": "\(error.message)"])
      return PageAccess.readable(dialect.refusal(error, of: .other), by: request)
    }
  }

  private func note(_ what: Logger.Message, _ request: HTTPRequest, _ more: Logger.Metadata = [:]) {
    let address: Logger.Metadata = ["address": "\(clientAddress.network(of: request))"]
    logger.notice(what, metadata: address.merging(more) { _, new in new })
  }

  // MARK: Calls

  private func answer(_ request: HTTPRequest, _ dialect: any VendorDialect) async -> HTTPResponse {
    let body = (try? JSONParser.parse(request.body))?.object
    let path = request.path.split(separator: "/", omittingEmptySubsequences: false).dropFirst(2).map(String.init)
    let ask = dialect.ask(request.method, path, body ?? [:])
    do throws(SignalingError) {
      let caller = try callers.caller(request)
      switch ask {
      case .other:
        let address = clientAddress.network(of: request).description
        return try await otherCalls.carryOut(request, path, dialect, caller, from: address)
      case _ where body == nil && !request.body.isEmpty:
        return dialect.refusal(.invalid(at: "body", "is not a JSON object"), of: ask)
      case .unreadable(let place, let words): return dialect.refusal(.invalid(at: place, words), of: ask)
      case .token: return dialect.token(try callers.handOut(to: caller)) ?? dialect.refusal(.noSuchCall, of: ask)
      case .open(let avatar, let options): return try await open(avatar, options, request, dialect, caller)
      case .session(let id, let ask): return try await carryOut(ask, of: id, body ?? [:], request, dialect, caller)
      }
    } catch { return dialect.refusal(error, of: ask) }
  }

  /// A page wants a session: it gets a connection of its own, which lives as long as the session.
  private func open(
    _ avatar: String?, _ options: JSONObject, _ request: HTTPRequest, _ dialect: any VendorDialect,
    _ caller: PassThroughCaller
  ) async throws(SignalingError) -> HTTPResponse {
    try callers.use(caller)
    let id = try await pages.open(
      for: caller, origin: request.headers["Origin"], network: clientAddress.network(of: request))
    let call = Call.open(provider: dialect.provider, avatar: avatar, options: options)
    let outcome = await pages.askForSession(call, request.body, for: id)
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

  /// A page calls its session.
  private func carryOut(
    _ ask: SessionAsk, of name: String, _ body: JSONObject, _ request: HTTPRequest, _ dialect: any VendorDialect,
    _ caller: PassThroughCaller
  ) async throws(SignalingError) -> HTTPResponse {
    let vendorAsk = VendorAsk.session(name, ask)
    guard
      let (id, session) = await pages.page(
        of: VendorSessionName(provider: dialect.provider, id: name), for: caller)
    else { return dialect.refusal(.sessionGone, of: vendorAsk) }
    try await pages.judge(id)
    if let token = caller.token { try await pages.show(token, for: id) }
    guard let call = ask.call(in: session.id) else {
      return session.isRoom ? dialect.success(ask, body) : dialect.refusal(.wrongState, of: vendorAsk)
    }
    switch ask {
    case .answer: await pages.describes(id)
    case .candidate where !(await pages.isDescribed(id)):
      // It waits for the answer, which a browser might not send before it is answered: it has six connections.
      await pages.askAside(call, request.body, for: id)
      return dialect.success(ask, body)
    default: break
    }
    let outcome = await pages.ask(call, request.body, for: id)
    switch outcome.result {
    case .success:
      guard let reply = outcome.reply, (200..<300).contains(reply.status) else { return dialect.success(ask, body) }
      return HTTPResponse(reply)
    case .failure(let error): return dialect.refusal(error, outcome.reply, of: vendorAsk)
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

extension HTTPResponse {
  /// The vendor's fields that are the page's business.
  private static let passedFields: Set<String> = ["content-type", "retry-after"]

  /// A vendor's reply, for a page that reads the vendor's own.
  init(_ reply: VerbatimReply) {
    self.init(
      status: reply.status, headers: HTTPHeaders(reply.fields.filter { Self.passedFields.contains($0.name) }),
      body: reply.body)
  }
}
