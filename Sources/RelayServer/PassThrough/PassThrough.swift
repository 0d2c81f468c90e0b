// Serves the vendors' own APIs: each session that a page opens with them is a session of the relay like any other.
import AvatarProvider
import Basics
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
  /// Ids of connections of pages begin here, far above those of connections that were accepted.
  private static let firstConnection: UInt64 = 1 << 52

  private let loop: EventLoop
  private let registry: SessionRegistry
  private let dialects: [any VendorDialect]
  private let settings: PassThroughSettings
  private let origins: OriginPolicy
  private let clientAddress: ClientAddress
  private let clock: any MonotonicClock
  /// Who reads tokens; nil where none are in use.
  private var gate: TokenGate?
  private var clients: [ConnectionID: PassThroughClient] = [:]
  private var names: [VendorSessionName: ConnectionID] = [:]
  private var lastConnection = PassThrough.firstConnection

  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  init(
    _ settings: PassThroughSettings, loop: EventLoop, registry: SessionRegistry, providers: [String],
    origins: OriginPolicy, clientAddress: ClientAddress, clock: any MonotonicClock, gate: TokenGate?
  ) {
    self.settings = settings
    self.loop = loop
    self.registry = registry
    self.origins = origins
    self.clientAddress = clientAddress
    self.clock = clock
    self.gate = gate
    let known: [any VendorDialect] = [DIDDialect(), HeyGenDialect()]
    dialects = known.filter { providers.contains($0.provider) }
  }

  func replace(gate: TokenGate) { self.gate = gate }

  // MARK: Requests

  /// Whether a path is one of a vendor that is served.
  nonisolated func serves(_ path: String) -> Bool { assumeIsolated { $0.dialect(of: path) != nil } }

  /// How much of a body is read: nothing for who may not call.
  nonisolated func bodyLimit(of head: HTTPRequest) -> RequestBodyLimit {
    assumeIsolated { routes in
      guard let dialect = routes.dialect(of: head.path) else { return .bytes(0) }
      if let refusal = routes.stranger(head, dialect) { return .refused(refusal) }
      if let length = head.headers["Content-Length"].flatMap({ Int($0) }), length > Self.maximumBodyBytes {
        return .refused(PageAccess.readable(dialect.refusal(.tooLarge, of: .other), by: head))
      }
      return .bytes(Self.maximumBodyBytes)
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
      return PageAccess.readable(dialect.refusal(.forbidden(words), of: .other), by: request)
    }
    guard request.method != "OPTIONS" else { return nil }
    do throws(SignalingError) {
      _ = try permit(request)
      return nil
    } catch { return PageAccess.readable(refusal(error, of: .other, dialect), by: request) }
  }

  /// What the token of a request permits; nil where none is asked for.
  private func permit(_ request: HTTPRequest) throws(SignalingError) -> (token: JoinToken, subject: String)? {
    guard let gate else { return nil }
    guard let token = JoinToken(inPlaceOfKey: request.headers) else {
      throw SignalingError(.accessRequired, "a token is to stand where the vendor has its key")
    }
    return (token, try gate.permit(for: token, from: request.headers["Origin"], at: clock.now).subject)
  }

  private func answer(_ request: HTTPRequest, _ dialect: any VendorDialect) async -> HTTPResponse {
    let body = (try? JSONParser.parse(request.body))?.object
    let path = request.path.split(separator: "/", omittingEmptySubsequences: false).dropFirst(2).map(String.init)
    let ask = dialect.ask(request.method, path, body ?? [:])
    if body == nil, !request.body.isEmpty, case .other = ask {} else if body == nil, !request.body.isEmpty {
      return dialect.refusal(.invalid(at: "body", "is not a JSON object"), of: ask)
    }
    switch ask {
    case .open(let avatar, let options): return await open(avatar, options, request, dialect)
    case .session(let id, let ask): return await carryOut(ask, of: id, body ?? [:], request, dialect)
    case .unreadable(let place, let words): return dialect.refusal(.invalid(at: place, words), of: ask)
    case .other: return dialect.refusal(.noSuchCall, of: ask)
    }
  }

  // MARK: Sessions

  /// A page wants a session: it gets a connection of its own, which lives as long as the session.
  private func open(
    _ avatar: String?, _ options: JSONObject, _ request: HTTPRequest, _ dialect: any VendorDialect
  ) async -> HTTPResponse {
    let ask = VendorAsk.open(avatar: avatar, options: options)
    let shown: (token: JoinToken, subject: String)?
    do throws(SignalingError) { shown = try permit(request) } catch { return refusal(error, of: ask, dialect) }
    lastConnection += 1
    let id = ConnectionID(lastConnection)
    clients[id] = PassThroughClient(dialect, token: shown?.token, subject: shown?.subject)
    let connection = PassThroughConnection(id: id, passThrough: self)
    let (origin, address) = (request.headers["Origin"], clientAddress.network(of: request).description)
    await registry.opened(connection, origin: origin, address: address)
    do throws(SignalingError) { if let token = shown?.token { try await show(token, for: id) } } catch {
      leave(id, .done)
      return refusal(error, of: ask, dialect)
    }
    let call = Call.open(provider: dialect.provider, avatar: avatar, options: options)
    let outcome = await self.ask(call, request.body, for: id)
    switch outcome.result {
    case .success(.opened(let opened)):
      guard let reply = outcome.reply, let name = name(in: reply, dialect) else { break }
      names[name] = id
      clients[id]?.session = OpenedPassThrough(
        id: opened.session, name: name, isRoom: Self.isRoom(opened.grant), silence: settings.silence(of: opened.limits))
      watch(id)
      return Self.response(reply)
    case .success: break
    case .failure(let error):
      leave(id, .done)
      return response(error, outcome.reply, of: ask, dialect)
    }
    // Nobody could name it.
    leave(id, .done)
    return dialect.refusal(.unavailable, of: ask)
  }

  private func name(in reply: VerbatimReply, _ dialect: any VendorDialect) -> VendorSessionName? {
    let id = (try? JSONParser.parse(reply.body)).flatMap(dialect.session(in:))
    return id.map { VendorSessionName(provider: dialect.provider, id: $0) }
  }

  private static func isRoom(_ grant: MediaGrant) -> Bool { if case .room = grant { true } else { false } }

  /// A page calls its session.
  private func carryOut(
    _ ask: SessionAsk, of name: String, _ body: JSONObject, _ request: HTTPRequest, _ dialect: any VendorDialect
  ) async -> HTTPResponse {
    let vendorAsk = VendorAsk.session(name, ask)
    guard let id = names[VendorSessionName(provider: dialect.provider, id: name)], let client = clients[id],
      let session = client.session
    else { return dialect.refusal(.sessionGone, of: vendorAsk) }
    do throws(SignalingError) {
      let shown = try permit(request)
      guard shown?.subject == client.subject else { return dialect.refusal(.sessionGone, of: vendorAsk) }
      if let token = shown?.token, token != client.token { try await show(token, for: id) }
    } catch { return refusal(error, of: vendorAsk, dialect) }
    guard let call = ask.call(in: session.id) else {
      watch(id)
      return session.isRoom ? dialect.success(ask, body) : dialect.refusal(.wrongState, of: vendorAsk)
    }
    if case .answer = ask { clients[id]?.isDescribed = true }
    if case .candidate = ask, !client.isDescribed {
      // It waits for the answer, which a browser might not send before it is answered: it has six connections.
      let words = request.body
      loop.spawn { _ = await self.ask(call, words, for: id) }
      return dialect.success(ask, body)
    }
    let outcome = await self.ask(call, request.body, for: id)
    switch outcome.result {
    case .success(let result):
      if case .talk = result { noteLive(id) }
      guard let reply = outcome.reply, (200..<300).contains(reply.status) else { return dialect.success(ask, body) }
      return Self.response(reply)
    case .failure(let error): return response(error, outcome.reply, of: vendorAsk, dialect)
    }
  }

  /// A later token of the same subject.
  private func show(_ token: JoinToken, for id: ConnectionID) async throws(SignalingError) {
    _ = try await ask(.authorize(token), nil, for: id).result.get()
    clients[id]?.token = token
  }

  /// A talk was accepted: the page's media is connected, which it tells nobody.
  private func noteLive(_ id: ConnectionID) {
    guard let session = clients[id]?.session?.id, clients[id]?.isLive == false else { return }
    clients[id]?.isLive = true
    loop.spawn { _ = await self.ask(.report(session: session, .iceConnectionState(.connected)), nil, for: id) }
  }

  // MARK: Asking the registry

  /// Asks in the name of a page, and waits for the answer. What reached the relay is carried out whether or not the page
  /// waits.
  private func ask(_ call: Call, _ body: [UInt8]?, for id: ConnectionID) async -> CallOutcome {
    guard let request = clients[id]?.nextRequest() else { return .over }
    clients[id]?.alarm?.cancel()
    let words = body.map { body in
      VerbatimCall(body: body) { reply in self.assumeIsolated { $0.replied(reply, to: request, for: id) } }
    }
    let outcome = await withCheckedContinuation { waiter in
      clients[id]?.pending[request] = PendingCall(words: words, waiter: waiter)
      registry.assumeIsolated { $0.received(Request(id: request, call: call), on: id) }
    }
    watch(id)
    return outcome
  }

  /// The call of a request as its page wrote it.
  func words(of request: RequestID, for id: ConnectionID) -> VerbatimCall? { clients[id]?.pending[request]?.words }

  /// A vendor that has no room is asked again. Once it has done what was asked for, all else is the relay's own business.
  private func replied(_ reply: VerbatimReply, to request: RequestID, for id: ConnectionID) {
    if let earlier = clients[id]?.pending[request]?.reply, earlier.status < 300 { return }
    clients[id]?.pending[request]?.reply = reply
  }

  /// The registry says something to a page.
  func heard(_ message: ServerMessage, for id: ConnectionID) {
    switch message {
    case .result(let request, let result, _): finish(request, .success(result), for: id)
    case .error(let request?, let error): finish(request, .failure(error), for: id)
    case .error(nil, _): break
    case .notification(.session(_, _, .closed)): dismissed(id)
    case .notification: break
    }
  }

  private func finish(_ request: RequestID, _ result: Result<CallResult, SignalingError>, for id: ConnectionID) {
    guard let call = clients[id]?.pending.removeValue(forKey: request) else { return }
    call.waiter.resume(returning: CallOutcome(result: result, reply: call.reply))
    if clients[id]?.isOver == true { dismissed(id) }
  }

  /// The session is over, or the connection: the page finds neither any more. The registry is told later, since it must not
  /// be called back while it calls.
  func dismissed(_ id: ConnectionID) {
    guard let client = clients[id] else { return }
    clients[id]?.isOver = true
    if let name = client.session?.name { names[name] = nil }
    guard client.pending.isEmpty || client.session == nil else { return }
    loop.spawn { await self.leave(id, .done) }
  }

  /// A page goes, and what it waits for with it.
  private func leave(_ id: ConnectionID, _ end: ConnectionEnd) {
    guard let client = clients.removeValue(forKey: id) else { return }
    client.alarm?.cancel()
    if let name = client.session?.name { names[name] = nil }
    for call in client.pending.values { call.waiter.resume(returning: .over) }
    registry.assumeIsolated { $0.closed(id, end) }
  }

  // MARK: Silence

  /// From now on a page is silent, until it calls again.
  private func watch(_ id: ConnectionID) {
    guard let client = clients[id], client.pending.isEmpty, let silence = client.session?.silence else { return }
    client.alarm?.cancel()
    let end = clock.now.advanced(by: silence)
    clients[id]?.alarm = loop.spawn { [clock] in
      do { try await clock.sleep(until: end, tolerance: nil) } catch { return }
      if !Task.isCancelled { await self.leave(id, .vanished) }
    }
  }

  // MARK: Answers

  /// The vendor's fields that are the page's business.
  private static let passedFields: Set<String> = ["content-type", "retry-after"]

  private static func response(_ reply: VerbatimReply) -> HTTPResponse {
    HTTPResponse(
      status: reply.status, headers: HTTPHeaders(reply.fields.filter { passedFields.contains($0.name) }),
      body: reply.body)
  }

  /// What the vendor said of a call that failed, or what it would have said.
  private func response(
    _ error: SignalingError, _ reply: VerbatimReply?, of ask: VendorAsk, _ dialect: any VendorDialect
  ) -> HTTPResponse {
    if let reply, reply.status >= 400 { return Self.response(reply) }
    return refusal(error, of: ask, dialect)
  }

  private func refusal(_ error: SignalingError, of ask: VendorAsk, _ dialect: any VendorDialect) -> HTTPResponse {
    var response = dialect.refusal(VendorRefusal(error), of: ask)
    if let wait = error.retryAfterMs {
      response.headers["Retry-After"] = "\((wait + 999) / 1000)"
    }
    return response
  }
}

extension CallOutcome {
  /// Of a call whose page has gone meanwhile, or whose session has.
  fileprivate static let over = CallOutcome(
    result: .failure(SignalingError(.sessionClosed, "the session is over")), reply: nil)
}

/// How the vendors' own APIs are served.
public struct PassThroughSettings: Sendable, Hashable {
  /// After how much silence of its page a session is ended; nil for shortly before its provider would end it.
  public var silence: Duration?

  /// The time without a call after which a page is taken to be gone.
  func silence(of limits: OpenedSession.Limits) -> Duration? {
    let idle = limits.idleMs.map { Duration.milliseconds($0) }
    // The vendor counts from when it heard of the page last, which is a little later.
    return [silence, idle.map { $0 - min($0 / 10, .seconds(10)) }].compactMap(\.self).min()
  }
}

extension PassThroughSettings {
  /// Nil where they are not served.
  init?(_ sources: ConfigurationSources) throws(ConfigurationError) {
    guard try sources.bool(.passThroughEnabled) else { return nil }
    silence = try sources.limit(.passThroughSilenceSeconds).map { .seconds($0) }
  }
}
