// Decides what is done about the parts of a talk whose text is still being written.
import AvatarProvider
import Basics
import SessionValues
import Signaling

extension SessionMachine {
  // MARK: What the client asks for

  /// `session.speak` with `open`.
  mutating func beginSpeak(_ request: RequestID, _ opening: Script, at now: MonotonicInstant) -> [SessionAction] {
    guard let upstream = connected else { return refuse(request, .speak) }
    let length = identity.traits.textLength
    if let error = Self.refusal(of: length.count(opening.words), TextLength(length.unit, 0...length.range.upperBound)) {
      return [.respond(request, .failure(error))]
    }
    return enqueue(.begin(opening), for: request, upstream, at: now)
  }

  /// Whether a part is the next one of the talk that is open; one that is not costs nothing.
  func awaits(_ index: Int64, of talk: String) -> Bool { current(talk)?.awaits(index) ?? false }

  /// `session.speakPart`, and `session.speakEnd`, which has no text.
  mutating func speakPart(
    _ request: RequestID, _ method: Method, of talk: String, _ index: Int64, _ text: String?, at now: MonotonicInstant
  ) -> [SessionAction] {
    guard let upstream = connected else { return refuse(request, method) }
    guard let open = current(talk) else {
      return [.respond(request, lateAnswer(to: index, of: talk))]
    }
    if index <= open.taken { return [.respond(request, .success(.empty))] }
    if let fate = open.fate {
      return [.respond(request, ClosedTalk(id: talk, taken: open.taken, fate: fate).answer(to: index))]
    }
    guard open.awaits(index) else {
      return [.respond(request, .failure(OpenTalk.outOfOrder(index, after: open.received)))]
    }
    do {
      let part = OpenTalk.Part(request: request, index: index, text: text)
      try openTalk?.add(part, limit: limits.waitingCalls, at: now)
    } catch { return [.respond(request, .failure(error))] }
    return startCalls(upstream, at: now)
  }

  /// The answer about a talk that is not open.
  private func lateAnswer(to index: Int64, of talk: String) -> Result<CallResult, SignalingError> {
    if let closed = closedTalks.last(where: { $0.id.isExactly(talk) }) { return closed.answer(to: index) }
    // An earlier life may have named a talk of which nothing was handed on, and nothing was written down.
    if isRestored, talks.look(up: talk) == .unknown { return .success(.talkOver) }
    return .failure(Self.noSuchTalk)
  }

  private static let noSuchTalk = SignalingError(.talkNotFound, "no such talk in this session")

  /// The talk that is open, if it is the one that a client means.
  private func current(_ talk: String) -> OpenTalk? {
    guard let openTalk, let id = openTalk.id, id.isExactly(talk) else { return nil }
    return openTalk
  }

  // MARK: What is handed on

  /// The turn of a talk has come whose text is still being written.
  mutating func begin(
    _ request: RequestID, _ opening: Script, _ upstream: Upstream, at now: MonotonicInstant
  ) -> [SessionAction] {
    _ = calls.finish(request)
    openTalk = OpenTalk(request, opening, upstream.capabilities.parts, identity.traits.textLength, at: now)
    return handOn(upstream, at: now)
  }

  /// Hands on the part whose turn it is. None goes beside an interruption, which would cut it off.
  mutating func handOn(_ upstream: Upstream, at now: MonotonicInstant) -> [SessionAction] {
    var actions: [SessionAction] = []
    while !calls.isInterrupting, let turn = openTalk?.nextTurn() {
      switch turn {
      case .handOn(let piece):
        let request = openTalk?.running?.request ?? piece.request
        calls.run(.part(piece), for: request, at: now)
        return actions + [.call(request, .part(piece), upstream.handle)]
      case .kept(let part): actions += answer(part, at: now) + (part.text == nil ? close(.complete, at: now) : [])
      case .tooShort(let part):
        let error = SignalingError(.talkTooShort, "what is left of the talk is too short for the provider")
        actions += [.respond(part.request, .failure(error))] + close(.complete, at: now)
      }
    }
    return actions
  }

  /// Answers a part that was taken. The first one's answer names the talk.
  private mutating func answer(_ part: OpenTalk.Part, at now: MonotonicInstant) -> [SessionAction] {
    guard let openTalk, openTalk.id == nil else { return [.respond(part.request, .success(.empty))] }
    let id = talks.insertOpen(openTalk.providerID, at: now)
    self.openTalk?.id = id
    return [.respond(part.request, .success(.talk(id: id, durationMs: nil)))]
      + notify(talks.acknowledged(id, stillSpeaking: speaksRunning, at: now))
  }

  /// The provider took something of the open talk.
  mutating func took(
    _ piece: TalkPiece, _ talk: Talk?, _ running: CallLanes.Running, _ upstream: Upstream, at now: MonotonicInstant
  ) -> [SessionAction] {
    guard let part = openTalk?.took(piece, talk, at: now) else { return [] }
    var actions = answer(part, at: now)
    if let id = openTalk?.id, piece.hasWords { actions += extended(id, by: talk, piece, at: now) }
    if running.wish == .cutOff, let id = openTalk?.id {
      let cut = ProviderCall.cut(talk: id, providerID: openTalk?.providerID)
      calls.run(cut, for: part.request, at: now)
      actions.append(.call(part.request, cut, upstream.handle))
    }
    if part.text == nil { return actions + close(.complete, at: now) }
    return actions + (openTalk?.fate == nil ? [] : takeLeave(upstream, at: now))
  }

  private mutating func extended(
    _ id: String, by talk: Talk?, _ piece: TalkPiece, at now: MonotonicInstant
  ) -> [SessionAction] {
    let isWhole = if case .whole = piece.content { true } else { false }
    let longest = limits.slowestSpeech * piece.characterCount + limits.speechPauses
    return notify(
      talks.extend(
        id, by: talk, isWhole: isWhole, atMost: longest, stillSpeaking: speaksRunning, at: now))
  }

  /// A part was not taken, or nobody knows: the talk is over.
  mutating func partFailed(
    _ piece: TalkPiece, of request: RequestID, with error: SignalingError, _ upstream: Upstream,
    at now: MonotonicInstant
  ) -> [SessionAction] {
    openTalk?.lost()
    let isInterrupted = error.kind == .talkInterrupted && piece.id != nil
    let answer: Result<CallResult, SignalingError> = isInterrupted ? .success(.talkOver) : .failure(error)
    var actions = [SessionAction.respond(request, answer)]
    if error.kind == .talkUnknown {
      actions += abandonParts(.unknown(through: .max))
    } else if openTalk?.fate == nil {
      actions += abandonParts(.over)
      if let id = openTalk?.id { actions += notify(talks.fail(id, error)) }
    }
    return actions + takeLeave(upstream, at: now)
  }

  // MARK: The end

  /// Nothing more is said of the open talk but what is with the provider.
  mutating func giveUpOpenTalk(_ upstream: Upstream, at now: MonotonicInstant) -> [SessionAction] {
    guard let openTalk, openTalk.fate == nil else { return [] }
    let actions = abandonParts(.over)
    return openTalk.running == nil ? actions + takeLeave(upstream, at: now) : actions
  }

  private mutating func abandonParts(_ fate: ClosedTalk.Fate) -> [SessionAction] {
    let parts = openTalk?.giveUp(fate) ?? []
    let isUnknown = if case .unknown = fate { true } else { false }
    return parts.map { .respond($0.request, isUnknown ? .failure(OpenTalk.unknown) : .success(.talkOver)) }
  }

  /// Tells the provider that no more comes, where it takes parts, and lets other talks go then.
  mutating func takeLeave(
    _ upstream: Upstream, sayingWhatIsLeft isSaid: Bool = false, at now: MonotonicInstant
  ) -> [SessionAction] {
    guard let fate = openTalk?.fate else { return [] }
    guard let piece = openTalk?.farewell(sayingWhatIsLeft: isSaid) else { return close(fate, at: now) }
    let request = RequestID(-piece.request.value)
    calls.run(.leave(piece), for: request, at: now)
    return [.call(request, .leave(piece), upstream.handle)]
  }

  /// The provider was told that no more comes.
  mutating func tookLeave(
    _ piece: TalkPiece, _ talk: Talk?, _ running: CallLanes.Running, _ upstream: Upstream, at now: MonotonicInstant
  ) -> [SessionAction] {
    var actions: [SessionAction] = []
    if let id = openTalk?.id, piece.hasWords {
      actions += extended(id, by: talk, piece, at: now)
      if running.wish == .cutOff {
        let cut = ProviderCall.cut(talk: id, providerID: talk?.id)
        calls.run(cut, for: running.entry.request, at: now)
        actions.append(.call(running.entry.request, cut, upstream.handle))
      }
    }
    return actions + close(openTalk?.fate ?? .over, at: now)
  }

  /// The open talk is over: the lane is free.
  mutating func close(_ fate: ClosedTalk.Fate, at now: MonotonicInstant) -> [SessionAction] {
    guard let talk = openTalk else { return [] }
    openTalk = nil
    calls.releaseTalks()
    guard let id = talk.id else { return [] }
    remember(ClosedTalk(id: id, taken: talk.taken, fate: fate))
    return notify(talks.complete(id, at: now))
  }

  mutating func remember(_ talk: ClosedTalk) {
    if closedTalks.count == limits.talksRemembered { closedTalks.removeFirst() }
    closedTalks.append(talk)
  }

  /// No part came in time: what was taken is said to its end.
  mutating func endSilentTalk(_ upstream: Upstream, at now: MonotonicInstant) -> [SessionAction] {
    guard let deadline = openTalk?.deadline(limits.partPatience), deadline <= now, let id = openTalk?.id else {
      return []
    }
    let error = SignalingError(.talkInterrupted, "no part of the talk came in time")
    let actions =
      abandonParts(.over) + notify(talks.fail(id, error)) + takeLeave(upstream, sayingWhatIsLeft: true, at: now)
    // Where nobody has to be told, the next talk's turn has come.
    return actions + startCalls(upstream, at: now)
  }

  /// The session ends, and the open talk with it.
  /// - Returns: the requests of its parts that were not handed on.
  mutating func dropOpenTalk() -> [RequestID] {
    defer { openTalk = nil }
    return openTalk?.waiting.map(\.request) ?? []
  }
}
