// Keeps a connection for each page that speaks a vendor's API, asks the sessions in its name, and ends it with its silence.
import AvatarProvider
import Basics
import Relay
import Signaling
import Transport

/// The pages that have a session, or are about to. Lives on the event loop.
actor PageConnections {
  /// Their ids begin here, far above those of connections that were accepted.
  private static let firstID: UInt64 = 1 << 52

  private let loop: EventLoop
  private let registry: SessionRegistry
  private let limits: ConnectionLimits
  private let readyConnections: ReadyConnections
  private let clock: any MonotonicClock
  private var clients: [ConnectionID: PassThroughClient] = [:]
  private var names: [VendorSessionName: ConnectionID] = [:]
  private var lastID = PageConnections.firstID

  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  init(
    loop: EventLoop, registry: SessionRegistry, limits: ConnectionLimits, readyConnections: ReadyConnections,
    clock: any MonotonicClock
  ) {
    self.loop = loop
    self.readyConnections = readyConnections
    self.registry = registry
    self.limits = limits
    self.clock = clock
  }

  // MARK: Coming and going

  /// A page comes. Without a token that is good, where one is asked for, it may open nothing.
  func open(
    for caller: PassThroughCaller, origin: String?, network: PeerNetwork
  ) async throws(SignalingError) -> ConnectionID {
    lastID += 1
    let id = ConnectionID(lastID)
    clients[id] = PassThroughClient(
      openedBy: caller, ConnectionConduct(network, limits, isStranger: false, at: clock.now))
    await readyConnections.came()
    await registry.opened(PassThroughConnection(id: id, pages: self), origin: origin, address: network.description)
    do throws(SignalingError) { try await show(caller, for: id) } catch {
      leave(id, .done)
      throw error
    }
    return id
  }

  /// The page has its session from now on.
  func opened(_ session: OpenedPassThrough, for id: ConnectionID) {
    // It may have gone in this very moment.
    guard clients[id] != nil else { return }
    names[session.name] = id
    clients[id]?.session = session
    watch(id)
  }

  /// The page that has a session, for a caller that may use it; nil where there is none.
  func page(
    of name: VendorSessionName, for caller: PassThroughCaller
  ) -> (id: ConnectionID, session: OpenedPassThrough)? {
    guard let id = names[name], let client = clients[id], caller.mayUse(sessionOf: client.opener) else { return nil }
    return client.session.map { (id, $0) }
  }

  /// A page goes, and what it waits for with it.
  func leave(_ id: ConnectionID, _ end: ConnectionEnd) {
    guard let client = clients.removeValue(forKey: id) else { return }
    client.alarm?.cancel()
    readyConnections.assumeIsolated { $0.went() }
    if let name = client.session?.name { names[name] = nil }
    for call in client.pending.values { call.waiter.resume(returning: call.isTalk ? .unknown : .over) }
    registry.assumeIsolated { $0.closed(id, end) }
  }

  // MARK: Asking

  /// The page shows a token, a first one or a later one of the same subject. With an earlier one it may call as well, and
  /// there is nothing to show: what is under way while a page renews its token comes in any order.
  func show(_ caller: PassThroughCaller, for id: ConnectionID) async throws(SignalingError) {
    guard let token = caller.token, let client = clients[id], client.shown?.token != token else { return }
    if let latest = client.shown?.permit, caller.permit?.isOlder(than: latest) ?? true { return }
    clients[id]?.shown = caller
    do throws(SignalingError) { _ = try await ask(.authorize(token), nil, for: id).result.get() } catch {
      clients[id]?.shown = client.shown
      throw error
    }
  }

  /// Counts a call of a page.
  /// - Throws: `request.rate` for more than a connection may send.
  func judge(_ id: ConnectionID) throws(SignalingError) {
    let wait: Duration
    switch clients[id]?.conduct.message(at: clock.now) {
    case .read, nil: return
    case .refuse(let time): wait = time
    // A page has no connection that could be ended for it.
    case .close: wait = .seconds(1)
    }
    throw ConnectionLimits.exceeded(by: "calls", retryAfter: wait)
  }

  /// Asks for the session of a page that is there for as long as the current task is: where its peer leaves before it was
  /// answered, nobody has the session.
  func askForSession(_ call: Call, _ words: PageWords, for id: ConnectionID) async -> CallOutcome {
    let outcome = await withTaskCancellationHandler {
      await ask(call, words, for: id)
    } onCancel: {
      loop.spawn { await self.leave(id, .vanished) }
    }
    if Task.isCancelled { leave(id, .vanished) }
    return outcome
  }

  /// Asks in the name of a page, and waits for the answer. What reached the relay is carried out whether or not the page
  /// waits.
  /// - Parameter words: the call in the page's own words; nil for what it did not ask for itself.
  func ask(_ call: Call, _ words: PageWords?, for id: ConnectionID) async -> CallOutcome {
    guard let request = clients[id]?.nextRequest() else { return .over }
    clients[id]?.alarm?.cancel()
    let words = words.map { words in
      VerbatimCall(body: words.body, details: words.details) { reply in
        self.assumeIsolated { $0.replied(reply, to: request, for: id) }
      }
    }
    let outcome = await withCheckedContinuation { waiter in
      clients[id]?.pending[request] = PendingCall(words: words, isTalk: call.method == .speak, waiter: waiter)
      registry.assumeIsolated { $0.received(Request(id: request, call: call), on: id) }
    }
    if case .success(.talk) = outcome.result { noteLive(id) }
    watch(id)
    return outcome
  }

  /// The page asks for something that the registry is not asked for. It is not silent until that is answered.
  func begins(asideFor id: ConnectionID) {
    clients[id]?.asides += 1
    clients[id]?.alarm?.cancel()
  }

  func ends(asideFor id: ConnectionID) {
    clients[id]?.asides -= 1
    watch(id)
  }

  /// Asks for something that need not be waited for.
  func askAside(_ call: Call, _ words: PageWords?, for id: ConnectionID) {
    loop.spawn { _ = await self.ask(call, words, for: id) }
  }

  /// The page sends its answer.
  func describes(_ id: ConnectionID) { clients[id]?.isDescribed = true }

  /// Whether the page has sent its answer.
  func isDescribed(_ id: ConnectionID) -> Bool { clients[id]?.isDescribed ?? false }

  /// A talk was accepted: the page's media is connected, which it tells nobody.
  private func noteLive(_ id: ConnectionID) {
    guard let session = clients[id]?.session?.id, clients[id]?.isLive == false else { return }
    clients[id]?.isLive = true
    askAside(.report(session: session, .iceConnectionState(.connected)), nil, for: id)
  }

  // MARK: What the registry says

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

  /// The session is over: the page finds it no more, and goes when its calls are answered.
  private func dismissed(_ id: ConnectionID) {
    guard let client = clients[id] else { return }
    clients[id]?.isOver = true
    if let name = client.session?.name { names[name] = nil }
    if client.pending.isEmpty || client.session == nil { leaveSoon(id) }
  }

  /// The connection is over: nothing is said to it any more, and to the calls that wait neither.
  func ended(_ id: ConnectionID) {
    if let name = clients[id]?.session?.name { names[name] = nil }
    leaveSoon(id)
  }

  /// The registry is told later, since it must not be called back while it calls.
  private func leaveSoon(_ id: ConnectionID) { loop.spawn { await self.leave(id, .done) } }

  // MARK: Silence

  /// From now on a page is silent, until it calls again.
  private func watch(_ id: ConnectionID) {
    guard let client = clients[id], client.pending.isEmpty, client.asides == 0, let silence = client.session?.silence
    else { return }
    clients[id]?.silentSince = clock.now
    setAlarm(for: id, at: clock.now.advanced(by: silence))
  }

  private func setAlarm(for id: ConnectionID, at end: MonotonicInstant) {
    clients[id]?.alarm?.cancel()
    clients[id]?.alarm = loop.spawn { [clock] in
      do { try await clock.sleep(until: end, tolerance: nil) } catch { return }
      if !Task.isCancelled { await self.judgeSilence(of: id) }
    }
  }

  /// Who listens is not silent: the time counts from the end of what is said.
  private func judgeSilence(of id: ConnectionID) {
    guard let client = clients[id], let session = client.session, let silence = session.silence,
      let since = client.silentSince
    else { return }
    let now = clock.now
    let heard = registry.assumeIsolated { $0.speaksUntil(session.id) }.map { min($0, now) }
    let end = max(since, heard ?? since).advanced(by: silence)
    if end > now { setAlarm(for: id, at: end) } else { leave(id, .vanished) }
  }
}

extension CallOutcome {
  /// Of a talk whose page has gone meanwhile, or whose session has.
  fileprivate static let unknown = CallOutcome(
    result: .failure(
      SignalingError(.talkUnknown, "the session ended while the talk was on its way; whether it is spoken is not known")),
    reply: nil)
  /// Of another call.
  fileprivate static let over = CallOutcome(
    result: .failure(SignalingError(.sessionClosed, "the session is over")), reply: nil)
}
