// Decides what is done about each call that a client makes to its session.
import AvatarProvider
import Basics
import SessionValues
import Signaling

extension SessionMachine {
  /// `session.answer`, or `session.offer` where the provider waits for an offer.
  mutating func describe(
    _ request: RequestID, _ method: Method, _ description: SessionDescription, at now: MonotonicInstant
  ) -> [SessionAction] {
    guard case .open(.offered, let upstream) = state else { return refuse(request, method) }
    let awaited: Method = upstream.awaits == .answer ? .answer : .offer
    guard method == awaited else {
      return refuse(request, method, because: "the provider waits for \(awaited.rawValue)")
    }
    guard description.kind == (awaited == .answer ? .answer : .offer) else {
      return [.respond(request, .failure(SignalingError(.sdpInvalid, "the description is of the wrong type")))]
    }
    if let error = upstream.mistake(in: description) {
      return [.respond(request, .failure(SignalingError(.sdpInvalid, "params.answer.sdp: \(error)")))]
    }
    let call = ProviderCall.describe(description)
    calls.run(call, for: request, at: now)
    return move(to: .answering, upstream) + [.call(request, call, upstream.handle)]
  }

  /// `session.candidate`; nil, as an empty candidate (W3C webrtc-pc, RTCIceCandidate), is the end of candidates.
  mutating func candidate(
    _ request: RequestID, _ candidate: IceCandidate?, at now: MonotonicInstant
  ) -> [SessionAction] {
    guard case .open(_, let upstream) = state else { return refuse(request, .candidate) }
    let candidate = candidate.isEndOfCandidates ? nil : candidate
    let trickle = identity.traits.trickle
    guard upstream.awaits != .nothing else {
      return notSupported(request, "this provider hands out a room: its candidates do not pass here")
    }
    guard trickle.fromClient || candidate == nil else {
      return notSupported(request, "this provider takes candidates only as a part of the description")
    }
    guard trickle.endOfCandidates || candidate != nil else { return [.respond(request, .success(.empty))] }
    return enqueue(.add(candidate.map(upstream.placed)), for: request, upstream, at: now)
  }

  /// `session.speak`; whether the avatar can be heard yet is for the provider to say.
  mutating func speak(_ request: RequestID, _ script: Script, at now: MonotonicInstant) -> [SessionAction] {
    guard let upstream = connected else { return refuse(request, .speak) }
    let length = identity.traits.textLength
    let count: Int?
    switch script.content {
    case .text(let text): count = length.count(text)
    case .ssml(let text):
      guard upstream.capabilities.ssml else { return notSupported(request, "this provider takes no SSML") }
      count = length.count(text)
    case .audio:
      guard upstream.capabilities.audio else { return notSupported(request, "this provider takes no recordings") }
      count = nil
    }
    if let count, let error = Self.refusal(of: count, length) { return [.respond(request, .failure(error))] }
    return enqueue(.speak(script), for: request, upstream, at: now)
  }

  /// The error for a text of a length that the provider would refuse; nil for one that it takes.
  static func refusal(of count: Int, _ length: TextLength) -> SignalingError? {
    let unit =
      switch length.unit {
      case .utf16: "UTF-16 code units"
      case .bytes: "bytes"
      }
    if count > length.range.upperBound {
      return SignalingError(.talkTooLong, "a text of \(count) \(unit) is longer than \(length.range.upperBound)")
    }
    if count < length.range.lowerBound {
      return SignalingError(.talkTooShort, "a text of \(count) \(unit) is shorter than \(length.range.lowerBound)")
    }
    return nil
  }

  /// `session.interrupt`; nil is whatever is being said or was asked for.
  mutating func interrupt(_ request: RequestID, talk: String?, at now: MonotonicInstant) -> [SessionAction] {
    guard let upstream = connected else { return refuse(request, .interrupt) }
    guard upstream.capabilities.interrupt != .none else {
      return notSupported(request, "this provider cannot interrupt a talk")
    }
    guard let talk else { return interruptAll(request, upstream, at: now) }
    if let openTalk, let id = openTalk.id, id.isExactly(talk) { return interruptOpenTalk(request, id, upstream, at: now) }
    switch talks.look(up: talk) {
    case .unknown: return [.respond(request, .failure(SignalingError(.talkNotFound, "no such talk in this session")))]
    case .over: return [.respond(request, .success(.interrupted(sendOnDataChannel: nil)))]
    case .current(let providerID):
      return enqueue(.interrupt(talk: talk, providerID: providerID), for: request, upstream, at: now)
    }
  }

  /// Nothing more of the open talk is said, and what is being said of it is cut off.
  private mutating func interruptOpenTalk(
    _ request: RequestID, _ talk: String, _ upstream: Upstream, at now: MonotonicInstant
  ) -> [SessionAction] {
    calls.interruptPart()
    let refusals = giveUpOpenTalk(upstream, at: now)
    guard talks.mayBeSpeaking else {
      return refusals + [.respond(request, .success(.interrupted(sendOnDataChannel: nil, isPending: calls.isCutPending)))]
        + startCalls(upstream, at: now)
    }
    guard case .current(let providerID) = talks.look(up: talk) else {
      return refusals + [.respond(request, .success(.interrupted(sendOnDataChannel: nil)))] + startCalls(upstream, at: now)
    }
    let call = ProviderCall.interrupt(talk: talk, providerID: providerID)
    return refusals + enqueue(call, for: request, upstream, at: now)
  }

  /// Nothing that was asked for before is to be heard: what waits is not sent, what is on its way is cut off once the
  /// provider accepted it, and what is being said is cut off now.
  private mutating func interruptAll(
    _ request: RequestID, _ upstream: Upstream, at now: MonotonicInstant
  ) -> [SessionAction] {
    let givenUp = calls.interruptTalks()
    let refusals =
      givenUp.map { SessionAction.respond($0, .failure(Self.talkInterrupted)) } + giveUpOpenTalk(upstream, at: now)
    guard talks.mayBeSpeaking || !calls.isCutPending else {
      return refusals + [.respond(request, .success(.interrupted(sendOnDataChannel: nil, isPending: true)))]
    }
    // Only the client could tell the provider, and there is no talk that it could name.
    if upstream.capabilities.interrupt == .dataChannel, !talks.mayBeSpeaking {
      return refusals + [.respond(request, .success(.interrupted(sendOnDataChannel: nil)))]
    }
    let call = ProviderCall.interrupt(talk: nil, providerID: talks.currentProviderID)
    return refusals + enqueue(call, for: request, upstream, at: now)
  }

  /// `session.extend`
  mutating func extend(_ request: RequestID, at now: MonotonicInstant) -> [SessionAction] {
    guard case .open(_, let upstream) = state else { return refuse(request, .extend) }
    guard upstream.capabilities.extend else {
      return notSupported(request, "this provider has no call that keeps a session alive; any talk does")
    }
    return enqueue(.extend, for: request, upstream, at: now)
  }

  /// `session.report`
  /// - Parameter event: what the adapter read in a reported data-channel message.
  mutating func report(
    _ request: RequestID, _ report: Report, _ event: ProviderEvent?, at now: MonotonicInstant
  ) -> [SessionAction] {
    guard case .open(let phase, let upstream) = state else { return refuse(request, .report) }
    var actions: [SessionAction] = [.respond(request, .success(.empty))]
    switch report {
    case .iceConnectionState(let state):
      iceState = state
      if phase == .connecting { actions += liveIfConnected(upstream) }
    case .dataChannelMessage: talks.witness = .expected
    case .dataChannelState(let state):
      channelState = state
      switch state {
      case .open: talks.witness = .expected
      case .closing, .closed: talks.witness = upstream.witness
      case .connecting: break
      }
    case .candidatePair(let local, let remote, let transport): selectedPair = "\(local)/\(remote)/\(transport)"
    }
    if let event { actions += happened(event, at: now) }
    return actions
  }

  /// Live once the browser said so, which may be before the provider's own acceptance was heard of.
  mutating func liveIfConnected(_ upstream: Upstream) -> [SessionAction] {
    switch iceState {
    case .connected, .completed: move(to: .live, upstream)
    case .new, .checking, .disconnected, .failed, .closed: []
    }
  }

  /// The session, if its provider accepted the description.
  var connected: Upstream? {
    switch state {
    case .open(.connecting, let upstream), .open(.live, let upstream): upstream
    case .opening, .abandoned, .open(.offered, _), .open(.answering, _), .closing, .closed: nil
    }
  }

  private func notSupported(_ request: RequestID, _ message: String) -> [SessionAction] {
    [.respond(request, .failure(SignalingError(.notSupported, message)))]
  }
}
