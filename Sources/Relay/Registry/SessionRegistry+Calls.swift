// Calls providers in the name of sessions: writes down what must be known before, and does nothing that another relay could
// do at the same time.
import AvatarProvider
import Basics
import Ledger
import Logging
import SessionValues
import Signaling

extension SessionRegistry {
  // MARK: Calls

  /// Makes a call that a session decided on, and hands its end back to the session.
  func call(
    _ provider: any AvatarProvider, _ call: ProviderCall, _ handle: SessionHandle, _ request: RequestID,
    of session: SessionID, _ ordinal: UInt64
  ) async {
    let lease = self.session(session)?.lease
    var refusal = await intend(call, request, of: session, ordinal, under: lease)
    if refusal == nil, !leases.mayAct(for: session) { refusal = LedgerWriter.unavailable }
    if let refusal {
      return step(session, of: ordinal) { machine, now throws(SessionMachineError) in
        try machine.refused(request, refusal, at: now)
      }
    }
    let asked = clock.now
    let words = verbatimCall(of: call, request, of: session)
    let result = await acting(for: session, in: words) { () throws(ProviderFailure) in
      try await Self.outcome(of: call, provider, handle)
    }
    let finished = noteTime(of: call, request, at: provider.id, since: asked, result)
    if case .failure(let error) = result {
      log(error, of: call.name, session)
      noteFailure(error, of: call, request, session)
    }
    await writeSuccess(result, of: call, session, under: lease)
    step(session, of: ordinal, after: finished) { machine, now throws(SessionMachineError) in
      try machine.finished(request, result, at: now)
    }
  }

  private static func outcome(
    of call: ProviderCall, _ provider: any AvatarProvider, _ handle: SessionHandle
  ) async throws(ProviderFailure) -> ProviderOutcome {
    switch call {
    case .describe(let description): return .described(try await provider.describe(description, in: handle))
    case .add(let candidate):
      try await provider.add(candidate, in: handle)
      return .added
    case .speak(let script): return .talk(try await provider.speak(script, in: handle))
    case .begin: throw ProviderFailure(.notSupported, "a talk that is still being written is handed on in parts")
    case .part(let piece), .leave(let piece):
      switch piece.content {
      case .whole(let script): return .talk(try await provider.speak(script, in: handle))
      case .part(let part): return .talk(try await provider.speakPart(part, of: piece.providerID, in: handle))
      case .end(let end):
        try await provider.speakEnd(end, of: piece.providerID, in: handle)
        return .talkCompleted
      }
    case .interrupt(_, let providerID), .cut(_, let providerID):
      return .interrupted(try await provider.interrupt(talk: providerID, in: handle))
    case .extend:
      try await provider.extend(handle)
      return .extended
    }
  }

  /// Calls a provider in the name of a session. Nothing is handed to the network once the lease has ended.
  /// - Parameter words: the call as its client wrote it; nil where the adapter chooses the words.
  func acting<Value: Sendable>(
    for session: SessionID, in words: VerbatimCall? = nil, _ call: () async throws(ProviderFailure) -> Value
  ) async -> Result<Value, ProviderFailure> {
    let deadline = leases.deadline(of: session)
    guard deadline != nil || ActingDeadline.current != nil else { return await speaking(words, call) }
    return await ActingDeadline.$current.withValue(deadline) { await self.speaking(words, call) }
  }

  private func speaking<Value: Sendable>(
    _ words: VerbatimCall?, _ call: () async throws(ProviderFailure) -> Value
  ) async -> Result<Value, ProviderFailure> {
    // Most calls have no words. A task may have those of the call that started it.
    guard words != nil || VerbatimCall.current != nil else { return await result(of: call) }
    return await VerbatimCall.$current.withValue(words) { await self.result(of: call) }
  }

  /// Makes the call as the registry: on its way to the network and back nothing changes executors.
  private func result<Value: Sendable>(
    of call: () async throws(ProviderFailure) -> Value
  ) async -> Result<Value, ProviderFailure> {
    do throws(ProviderFailure) { return .success(try await call()) } catch { return .failure(error) }
  }

  /// A request as its client wrote it in the provider's own words; nil where it did not.
  func verbatimCall(of request: RequestID?, on connection: ConnectionID?) -> VerbatimCall? {
    guard let request, let connection else { return nil }
    return self.connection(connection)?.connection.verbatimCall(of: request)
  }

  /// The words of a session's client for a call that it asked for itself.
  private func verbatimCall(of call: ProviderCall, _ request: RequestID, of session: SessionID) -> VerbatimCall? {
    switch call {
    // Pages ask for whole talks.
    case .cut, .begin, .part, .leave: return nil
    case .describe, .add, .speak, .interrupt, .extend: break
    }
    return verbatimCall(of: request, on: self.session(session)?.connection)
  }

  // MARK: What is written of them

  /// Writes down that something is about to be said.
  /// - Returns: why it must not be; nil where it is asked for now.
  private func intend(
    _ call: ProviderCall, _ request: RequestID, of session: SessionID, _ ordinal: UInt64, under lease: Lease?
  ) async -> SignalingError? {
    let (facts, refusal): ([LedgerFact], RequestID?)
    switch call {
    case .speak(let script): (facts, refusal) = ([intent(of: script, request, isOpen: false, of: session)], request)
    case .leave(let piece) where !piece.hasWords: (facts, refusal) = ([], nil)
    case .part(let piece), .leave(let piece):
      (facts, refusal) = (self.facts(of: piece, of: session), piece.id == nil ? piece.request : nil)
    case .describe, .add, .begin, .interrupt, .cut, .extend: return nil
    }
    if ledger.isKept, lease != nil, !facts.isEmpty, await write(facts, of: session, under: lease) != nil {
      return LedgerWriter.unavailable
    }
    guard call.hasWords, let error = obstacle(to: request, of: session) else {
      step(session, of: ordinal) { machine, _ in machine.sent(request) }
      return nil
    }
    if let refusal {
      note(.speakEnded(request: refusal.value, .refused(kind: error.kind.rawValue)), of: session, under: lease)
    }
    return error
  }

  private func intent(of script: Script, _ request: RequestID, isOpen: Bool, of session: SessionID) -> LedgerFact {
    let fingerprint =
      self.session(session)?.memory.fingerprint(of: request)
      ?? ScriptFingerprint(of: script, session: session.rawValue, request: request.value, isOpen: isOpen)
    return .speakIntended(request: request.value, fingerprint, at: ledger.wallTime)
  }

  /// What has to be known of a part before it is handed on: the talk that it belongs to, if it is the first one, and how far
  /// that has come.
  private func facts(of piece: TalkPiece, of session: SessionID) -> [LedgerFact] {
    var facts: [LedgerFact] = []
    if let opening = piece.opening {
      facts.append(intent(of: opening, piece.request, isOpen: true, of: session))
      let outcome = piece.id.map { SpeakOutcome.spoken(talk: $0, durationMs: nil) }
      if let outcome { facts.append(.speakEnded(request: piece.request.value, outcome)) }
    }
    let progress = PartProgress(taken: piece.settled, handedOn: piece.index)
    return facts + [.partIntended(request: piece.request.value, progress, at: ledger.wallTime)]
  }

  /// Why something is not said whose intent is written: the session may have ended meanwhile, or the talk may not be
  /// wanted any more.
  private func obstacle(to request: RequestID, of session: SessionID) -> SignalingError? {
    guard let entry = self.session(session), case .open = entry.machine.state else { return SessionMachine.ended }
    if entry.machine.calls.wish(for: request) == .cutOff { return SessionMachine.talkInterrupted }
    return leases.mayAct(for: session) ? nil : LedgerWriter.unavailable
  }

  /// Notes what an answer says about a talk.
  func noteAnswer(_ result: Result<CallResult, SignalingError>, to request: RequestID, of session: SessionID) {
    switch result {
    case .success(.talk(let talk, let durationMs)):
      ledger.note(.spoken(talk: talk, durationMs: durationMs), of: request, session, on: self)
    case .failure(let error) where error.kind == .talkUnknown:
      ledger.note(.unknown, of: request, session, on: self)
    case .success, .failure: break
    }
  }

  /// Notes a talk that was refused. What was answered already stays as it was answered.
  private func noteFailure(
    _ failure: ProviderFailure, of call: ProviderCall, _ request: RequestID, _ session: SessionID
  ) {
    guard call.namesTalk, self.session(session)?.machine.calls.wish(for: request) != nil else { return }
    let kind = SignalingError(failure, of: call).kind
    if kind != .talkUnknown { ledger.note(.refused(kind: kind.rawValue), of: request, session, on: self) }
  }

  /// Writes down what another life could not know otherwise: that the provider has the description, or heard of the
  /// session.
  private func writeSuccess(
    _ result: Result<ProviderOutcome, ProviderFailure>, of call: ProviderCall, _ session: SessionID, under lease: Lease?
  ) async {
    guard case .success = result else { return }
    switch call {
    case .describe: _ = await write([.described(at: ledger.wallTime)], of: session, under: lease)
    case .extend: note(.active(at: ledger.wallTime), of: session, under: lease)
    case .part(let piece) where !piece.hasWords:
      note(.partsEnded(request: piece.request.value, isComplete: true), of: session, under: lease)
    case .leave(let piece) where !piece.hasWords:
      note(.partsEnded(request: piece.request.value, isComplete: false), of: session, under: lease)
    case .add, .speak, .begin, .part, .leave, .interrupt, .cut: break
    }
  }

  /// Notes what the browser reported, where it is news.
  func noteReport(
    _ report: Report, after before: (ice: Report.IceState, channel: Report.ChannelState?), of session: SessionID
  ) {
    guard let entry = self.session(session), case .open = entry.machine.state else { return }
    switch report {
    case .iceConnectionState(let state) where state != before.ice:
      note(.reported(iceState: state.rawValue, dataChannel: nil), of: session, under: entry.lease)
    case .dataChannelState(let state) where state != before.channel:
      note(.reported(iceState: nil, dataChannel: state.rawValue), of: session, under: entry.lease)
    case .iceConnectionState, .dataChannelState, .dataChannelMessage, .candidatePair: break
    }
  }

  /// Notes that the browser is connected.
  func noteState(_ state: SessionState, of session: SessionID) {
    guard state == .live else { return }
    note(.connected(at: ledger.wallTime), of: session, under: self.session(session)?.lease)
  }

  // MARK: The end

  /// Closes a session at its provider; one whose end is not confirmed becomes an orphan.
  func callClose(
    _ provider: any AvatarProvider, _ handle: SessionHandle, of session: SessionID
  ) async {
    let entry = self.session(session)
    let (lease, limit) = (entry?.lease, entry?.machine.expiry?.idleLimit)
    if case .closing(let reason, _) = entry?.machine.state {
      note(.closing(reason: reason.rawValue), of: session, under: lease)
    }
    if let error = await close(handle, at: provider, of: session) {
      log(error, of: "close", session)
      note(.closeFailed, of: session, under: lease)
      orphans.keepClosing(
        session, handle, at: provider, under: lease, for: limit, after: limits.orphanFirstPause, on: self)
      // No other life of this relay will tell its client: a relay that leaves says that a session is closed once it is.
      if service.isDraining { return }
    } else {
      note(.closed(at: ledger.wallTime), of: session, under: lease)
    }
    finishClosing(session)
  }

  /// Nothing more is asked of a provider about a session that is being closed: its client is told, if it was not yet.
  func finishClosing(_ session: SessionID) {
    guard case .closing = self.session(session)?.machine.state else { return }
    step(session) { machine, _ throws(SessionMachineError) in try machine.upstreamClosed() }
  }

  /// Ends a session at its provider. Where nobody can say whose it is, it may be another relay's, and in use: then only
  /// what its own client asked for, and what nobody else can know, is ended.
  /// - Returns: why it is not known to be over; nil where it is.
  func close(
    _ handle: SessionHandle, at provider: any AvatarProvider, of session: SessionID
  ) async -> ProviderFailure? {
    var (reason, words) = (CloseReason.connectionLost, VerbatimCall?.none)
    if case .closing(let own, let waiting) = self.session(session)?.machine.state {
      reason = own
      words = verbatimCall(of: waiting.first, on: self.session(session)?.connection)
    }
    if ledger.isShared, reason != .openFailed {
      let fact = LedgerFact.closing(reason: reason.rawValue)
      switch await write([fact], of: session, under: heldLease(session))?.code {
      case nil: break
      // Its client took it to another relay, and this connection ended afterwards.
      case .fenced: return nil
      case _ where reason == .client: break
      default: return ProviderFailure(.unavailable, "the session may be another relay's")
      }
    }
    let asked = clock.now
    let result: Result<Void, ProviderFailure>
    switch reason {
    case .client, .openFailed:
      result = await speaking(words) { () throws(ProviderFailure) in try await provider.close(handle) }
    default:
      guard leases.mayAct(for: session) else {
        return ProviderFailure(.unavailable, "the session may be another relay's")
      }
      result = await acting(for: session) { () throws(ProviderFailure) in try await provider.close(handle) }
    }
    noteTime(of: .close, at: provider.id, since: asked)
    guard case .failure(let error) = result, error.code != .sessionGone else { return nil }
    return error
  }

  // MARK: What providers say by themselves

  /// Hands a provider's events to their session, and their end.
  func listen(to events: AsyncStream<ProviderEvent>, of session: SessionID) {
    guard let entry = self.session(session), entry.holdsPlace else { return }
    entry.listener = start { registry in
      for await event in events { registry.step(session) { machine, now in machine.happened(event, at: now) } }
      guard !Task.isCancelled else { return }
      let end = ProviderEvent.ended(message: "the provider's events ended")
      registry.step(session) { machine, now in machine.happened(end, at: now) }
    }
  }
}
