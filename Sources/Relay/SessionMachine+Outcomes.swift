// What a provider's answer means for a session.
import AvatarProvider
import Signaling
import Timekeeping

extension SessionMachine {
  /// A call came to its end. Its request is answered with what became of it even when the session is over by then.
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
        actions = try succeeded(call, outcome, of: request, upstream, at: now)
      case .failure(let failure): actions = failed(call, failure, of: request, upstream)
      }
      if case .open = state { actions += startCalls(upstream, at: now) }
      return actions
    case .closing: return [.respond(request, late(call, result, at: now))]
    case .closed:
      return [.respond(request, late(call, result, at: now))] + (calls.running.isEmpty ? [.forget] : [])
    case .opening, .abandoned: throw .unexpected(event: "finished", state: visibleState)
    }
  }

  private mutating func succeeded(
    _ call: ProviderCall, _ outcome: ProviderOutcome, of request: RequestID, _ upstream: Upstream,
    at now: MonotonicInstant
  ) throws(SessionMachineError) -> [SessionAction] {
    switch (call, outcome) {
    case (.describe, .described(let answer)): return described(call, answer, of: request, upstream, at: now)
    case (.add, .added):
      candidatesDelivered += 1
      return [.respond(request, .success(.empty))]
    case (.speak, .talk(let talk)):
      let id = talks.enter(talk, at: now)
      return [.respond(request, .success(.talk(id: id, durationMs: talk.duration?.milliseconds)))]
        + notify(talks.acknowledged(id, stillSpeaking: speaksRunning, at: now))
    case (.interrupt(let talk, _), .interrupted(let interruption)):
      return [.respond(request, .success(Self.result(of: interruption)))] + notify(talks.cutOff(talk, at: now))
    case (.extend, .extended):
      return [.respond(request, .success(.extended(expiresInMs: expiry?.left(at: now)?.milliseconds)))]
    case (.describe, _), (.add, _), (.speak, _), (.interrupt, _), (.extend, _): throw .wrongOutcome(request)
    }
  }

  private mutating func described(
    _ call: ProviderCall, _ answer: SessionDescription?, of request: RequestID, _ upstream: Upstream,
    at now: MonotonicInstant
  ) -> [SessionAction] {
    let result: CallResult
    switch (upstream.awaits, answer) {
    case (.offer, let answer?): result = .described(SDPDescription(answer))
    case (.offer, nil):
      let failure = ProviderFailure(.malformedReply, "the provider took the offer and gave no answer")
      return failed(call, failure, of: request, upstream)
    case (.answer, _), (.nothing, _): result = .empty
    }
    var actions = [SessionAction.respond(request, .success(result))]
    actions += enter(.connecting, upstream) + liveIfConnected(upstream)
    for held in candidates.release() {
      actions += enqueue(.add(held.candidate), for: held.request, upstream, at: now)
    }
    return actions
  }

  private mutating func failed(
    _ call: ProviderCall, _ failure: ProviderFailure, of request: RequestID, _ upstream: Upstream
  ) -> [SessionAction] {
    let answer = SessionAction.respond(request, .failure(SignalingError(failure, of: call)))
    if failure.code == .sessionGone { return [answer] + beginClosing(.provider, upstream) }
    // A session without a description is of no use and may cost money.
    if case .describe = call { return [answer] + beginClosing(.openFailed, upstream) }
    return [answer]
  }

  /// The truth about a call that came back after the end: a speak may have been billed.
  private mutating func late(
    _ call: ProviderCall, _ result: Result<ProviderOutcome, ProviderFailure>, at now: MonotonicInstant
  ) -> Result<CallResult, SignalingError> {
    switch result {
    case .failure(let failure): .failure(SignalingError(failure, of: call))
    case .success(.talk(let talk)):
      .success(.talk(id: talks.enter(talk, at: now), durationMs: talk.duration?.milliseconds))
    case .success(.interrupted(let interruption)): .success(Self.result(of: interruption))
    case .success(.described(let answer?)) where answer.kind == .answer: .success(.described(SDPDescription(answer)))
    case .success(.described), .success(.added): .success(.empty)
    case .success(.extended): .failure(Self.isOver)
    }
  }

  private static func result(of interruption: Interruption) -> CallResult {
    switch interruption {
    case .done: .interrupted(sendOnDataChannel: nil)
    case .sendOnDataChannel(let text): .interrupted(sendOnDataChannel: text)
    }
  }
}
