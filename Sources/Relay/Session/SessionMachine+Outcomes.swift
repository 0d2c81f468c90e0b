// Decides what the provider's answers and events mean for a session, and the time that passes.
import AvatarProvider
import Basics
import SessionValues
import Signaling

extension SessionMachine {
  /// A call came to its end. Its request is answered with what became of it even while the session is being closed.
  mutating func finished(
    _ request: RequestID, _ result: Result<ProviderOutcome, ProviderFailure>, at now: MonotonicInstant
  ) throws(SessionMachineError) -> [SessionAction] {
    guard let running = calls.finish(request) else { throw .unknownCall(request) }
    let call = running.entry.call
    switch state {
    case .open(_, let upstream):
      var actions: [SessionAction]
      switch result {
      case .success(let outcome):
        // The provider heard of the session when the call was made, not when its answer came.
        if outcome.reachedProvider { expiry?.touch(at: running.since) }
        actions = try succeeded(running, outcome, upstream, at: now)
      case .failure(let failure): actions = failed(call, failure, of: request, upstream, at: now)
      }
      if case .open = state { actions += startCalls(upstream, at: now) }
      return actions
    case .closing(let reason, _): return late(call, result, of: request, after: reason, at: now)
    case .opening, .abandoned, .closed: throw .unexpected(event: "finished", state: visibleState)
    }
  }

  private mutating func succeeded(
    _ running: CallLanes.Running, _ outcome: ProviderOutcome, _ upstream: Upstream, at now: MonotonicInstant
  ) throws(SessionMachineError) -> [SessionAction] {
    let (request, call) = (running.entry.request, running.entry.call)
    switch (call, outcome) {
    case (.describe, .described(let answer)): return described(call, answer, of: request, upstream, at: now)
    case (.add, .added):
      candidatesDelivered += 1
      return [.respond(request, .success(.empty))]
    case (.speak(let script), .talk(let talk)): return accepted(talk, script, running, upstream, at: now)
    case (.part(let piece), .talk(let talk)): return took(piece, talk, running, upstream, at: now)
    case (.part(let piece), .talkCompleted): return took(piece, nil, running, upstream, at: now)
    case (.leave(let piece), .talk(let talk)): return tookLeave(piece, talk, running, upstream, at: now)
    case (.leave(let piece), .talkCompleted): return tookLeave(piece, nil, running, upstream, at: now)
    case (.interrupt(let talk, _), .interrupted(let interruption)):
      return [.respond(request, .success(result(of: interruption, named: talk)))] + notify(talks.cutOff(talk, at: now))
    case (.cut(let talk, _), .interrupted(let interruption)):
      return notify(.interrupted(talk: talk, SessionEvent.Cut(interruption))) + notify(talks.cutOff(talk, at: now))
    case (.extend, .extended):
      return [.respond(request, .success(.extended(expiresInMs: expiry(at: now)?.left(at: now)?.milliseconds)))]
    case (.describe, _), (.add, _), (.speak, _), (.begin, _), (.part, _), (.leave, _), (.interrupt, _), (.cut, _),
      (.extend, _):
      throw .wrongOutcome(request)
    }
  }

  /// A talk has its name now. One that was interrupted on its way is cut off before anything else is said.
  private mutating func accepted(
    _ talk: Talk, _ script: Script, _ running: CallLanes.Running, _ upstream: Upstream, at now: MonotonicInstant
  ) -> [SessionAction] {
    let (id, request) = (talks.insert(talk, atMost: script.longestTime(limits), at: now), running.entry.request)
    let actions =
      [SessionAction.respond(request, .success(.talk(id: id, durationMs: talk.duration?.milliseconds)))]
      + notify(talks.acknowledged(id, stillSpeaking: speaksRunning, at: now))
    switch running.wish {
    case .played: return actions
    case .cutOff:
      let cut = ProviderCall.cut(talk: id, providerID: talk.id)
      calls.run(cut, for: request, at: now)
      return actions + [.call(request, cut, upstream.handle)]
    }
  }

  private mutating func described(
    _ call: ProviderCall, _ answer: SessionDescription?, of request: RequestID, _ upstream: Upstream,
    at now: MonotonicInstant
  ) -> [SessionAction] {
    let result: CallResult
    switch (upstream.awaits, answer) {
    case (.offer, let answer?): result = .described(answer)
    case (.offer, nil):
      let failure = ProviderFailure(.malformedReply, "the provider took the offer and gave no answer")
      return failed(call, failure, of: request, upstream, at: now)
    case (.answer, _), (.nothing, _): result = .empty
    }
    calls.descriptionAccepted()
    return [.respond(request, .success(result))] + move(to: .connecting, upstream) + liveIfConnected(upstream)
  }

  private mutating func failed(
    _ call: ProviderCall, _ failure: ProviderFailure, of request: RequestID, _ upstream: Upstream,
    at now: MonotonicInstant
  ) -> [SessionAction] {
    let error = SignalingError(failure, of: call)
    guard let reason = Self.end(by: failure, of: call) else {
      return notTaken(call, of: request, with: error, upstream, at: now)
    }
    return refuse(call, of: request, with: error.ending(reason)) + beginClosing(reason, upstream)
  }

  /// Why a session ends with a call that failed; nil where it goes on.
  private static func end(by failure: ProviderFailure, of call: ProviderCall) -> CloseReason? {
    if failure.code == .sessionGone { return .provider }
    // A session without a description is of no use and may cost money.
    if case .describe = call { return .openFailed }
    return nil
  }

  /// A call was not carried out, and the session goes on.
  private mutating func notTaken(
    _ call: ProviderCall, of request: RequestID, with error: SignalingError, _ upstream: Upstream,
    at now: MonotonicInstant
  ) -> [SessionAction] {
    switch call {
    case .part(let piece): partFailed(piece, of: request, with: error, upstream, at: now)
    case .leave: close(openTalk?.fate ?? .over, at: now)
    case .describe, .add, .speak, .begin, .interrupt, .cut, .extend: refuse(call, of: request, with: error)
    }
  }

  /// A call that was decided on is handed to the provider now.
  mutating func sent(_ request: RequestID) -> [SessionAction] {
    calls.sent(request)
    return []
  }

  /// A call whose turn had come was not made.
  mutating func refused(
    _ request: RequestID, _ error: SignalingError, at now: MonotonicInstant
  ) throws(SessionMachineError) -> [SessionAction] {
    guard let running = calls.finish(request) else { throw .unknownCall(request) }
    let call = running.entry.call
    switch state {
    case .open(let phase, let upstream):
      let answer = notTaken(call, of: request, with: error, upstream, at: now)
      // The provider never saw the description, so the client may send it again.
      let back = phase == .answering && call.isDescription ? move(to: .offered, upstream) : []
      return answer + back + startCalls(upstream, at: now)
    case .closing(let reason, _): return refuse(call, of: request, with: error.ending(reason))
    case .opening, .abandoned, .closed: throw .unexpected(event: "refused", state: visibleState)
    }
  }

  /// Tells whom it concerns that a call was not carried out.
  mutating func refuse(_ call: ProviderCall, of request: RequestID, with error: SignalingError) -> [SessionAction] {
    switch call {
    case .cut(let talk, _): notify(.interrupted(talk: talk, .failed(error)))
    case .leave: []
    case .describe, .add, .speak, .begin, .part, .interrupt, .extend: [.respond(request, .failure(error))]
    }
  }

  /// The truth about a call that came back while the session is being closed: a speak may have been billed.
  private mutating func late(
    _ call: ProviderCall, _ result: Result<ProviderOutcome, ProviderFailure>, of request: RequestID,
    after reason: CloseReason, at now: MonotonicInstant
  ) -> [SessionAction] {
    // What a cut did is of no interest any more, and its request was answered when the talk was accepted.
    switch call {
    case .cut, .leave: return []
    // Only the first part's answer names the talk.
    case .part(let piece) where piece.id != nil:
      if case .success = result { return [.respond(request, .success(.empty))] }
      return [.respond(request, late(call, result, after: reason, at: now))]
    case .describe, .add, .speak, .begin, .part, .interrupt, .extend:
      return [.respond(request, late(call, result, after: reason, at: now))]
    }
  }

  private mutating func late(
    _ call: ProviderCall, _ result: Result<ProviderOutcome, ProviderFailure>, after reason: CloseReason,
    at now: MonotonicInstant
  ) -> Result<CallResult, SignalingError> {
    switch result {
    // The end overtook it: the provider knows the session no more because it was asked to end it.
    case .failure(let failure) where failure.code == .sessionGone: .failure(Self.ended.ending(reason))
    case .failure(let failure): .failure(SignalingError(failure, of: call).ending(reason))
    case .success(.talk(let talk)):
      .success(
        .talk(id: talks.insert(talk, atMost: .zero, at: now), durationMs: talk.duration?.milliseconds))
    case .success(.interrupted(let interruption)): .success(self.result(of: interruption, named: nil))
    case .success(.described(let answer?)) where answer.kind == .answer: .success(.described(answer))
    case .success(.described), .success(.added), .success(.talkCompleted): .success(.empty)
    case .success(.extended): .failure(Self.ended.ending(reason))
    }
  }

  private func result(of interruption: Interruption, named talk: String?) -> CallResult {
    let isPending = talk == nil && calls.isCutPending
    return switch interruption {
    case .done: .interrupted(sendOnDataChannel: nil, isPending: isPending)
    case .sendOnDataChannel(let text): .interrupted(sendOnDataChannel: text, isPending: isPending)
    }
  }
}

extension Script {
  /// The longest that it can take to be said; the limits say how slowly anybody speaks.
  fileprivate func longestTime(_ limits: RelayLimits) -> Duration {
    switch content {
    case .text(let text), .ssml(let text): limits.slowestSpeech * text.unicodeScalars.count + limits.speechPauses
    case .audio: limits.longestRecording
    }
  }
}

extension SessionEvent.Cut {
  fileprivate init(_ interruption: Interruption) {
    self =
      switch interruption {
      case .done: .done
      case .sendOnDataChannel(let text): .sendOnDataChannel(text)
      }
  }
}

extension SessionMachine {
  /// The provider said something, on a socket of its own or on the browser's data channel.
  mutating func happened(_ event: ProviderEvent, at now: MonotonicInstant) -> [SessionAction] {
    guard case .open(_, let upstream) = state else { return [] }
    switch event {
    case .ready: return []
    case .talkStarted, .talkEnded, .talkFailed:
      expiry?.touch(at: now)
      return notify(talks.heard(event, stillSpeaking: speaksRunning, at: now))
        + giveUpFailedTalk(event, upstream, at: now)
    case .candidate(let candidate): return notify(.candidate(candidate))
    case .ended: return beginClosing(.provider, upstream)
    }
  }

  /// Does what is due by now.
  mutating func timePassed(at now: MonotonicInstant) -> [SessionAction] {
    guard case .open(_, let upstream) = state else { return [] }
    if let absence, absence.end <= now { return beginClosing(absence.reason, upstream) }
    var actions: [SessionAction] = []
    let activity = activity
    expiry = expiry(at: now)
    for due in expiry?.due(at: now, activity) ?? [] {
      switch due {
      case .struck(.idle): return beginClosing(.idle, upstream)
      case .struck(.lifetime): return beginClosing(.lifetime, upstream)
      case .warning(let cause, let left):
        let isExtendable = cause == .idle && upstream.capabilities.extend
        actions += notify(.expiring(cause: cause, inMs: left.milliseconds, extendable: isExtendable))
      }
    }
    return actions + notify(talks.due(at: now)) + endSilentTalk(upstream, at: now)
  }

  /// The provider cannot say something of the open talk: nobody wants to hear the rest.
  private mutating func giveUpFailedTalk(
    _ event: ProviderEvent, _ upstream: Upstream, at now: MonotonicInstant
  ) -> [SessionAction] {
    guard case .talkFailed = event, let id = openTalk?.id, talks.isOver(id) else { return [] }
    return giveUpOpenTalk(upstream, at: now) + startCalls(upstream, at: now)
  }
}
