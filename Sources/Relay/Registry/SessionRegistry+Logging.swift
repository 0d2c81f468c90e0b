// Writes the log of sessions, with names, states and counts but never what was said or negotiated, and times the providers.
import AvatarProvider
import Basics
import Logging
import Signaling

/// A client's request whose call to the provider is over, and how long the provider took.
struct FinishedCall: Sendable {
  let request: RequestID
  let time: Duration
}

extension SessionRegistry {
  func log(
    _ session: SessionID, level: Logger.Level = .info, _ message: @autoclosure () -> Logger.Message,
    _ more: @autoclosure () -> Logger.Metadata = [:]
  ) {
    guard level >= logger.logLevel, let entry = self.session(session) else { return }
    let machine = entry.machine
    let roundTrip = entry.connection.flatMap { connection($0)?.connection.roundTripTime }
    var own: Logger.Metadata = [
      "session": "\(session)", "provider": "\(entry.provider.id)",
      "connection": "\(entry.connection.map(\.description) ?? "none")",
      "candidates": .stringConvertible(machine.candidatesDelivered),
      "talks": .stringConvertible(machine.talks.acceptedCount),
      "ice": "\(machine.iceState.rawValue)", "pair": "\(machine.selectedPair ?? "unknown")",
    ]
    if let roundTrip { own["roundTripMs"] = .stringConvertible(roundTrip.milliseconds) }
    logger.log(level: level, message(), metadata: own.merging(more()) { _, new in new })
  }

  /// The provider's own words may quote a text, so only its codes are written, and what the network said.
  func log(_ failure: ProviderFailure, of call: String, _ session: SessionID) {
    if let provider = self.session(session)?.provider.id { count { $0.count(failure.code, of: provider) } }
    var words: Logger.Metadata = [
      "call": "\(call)", "failure": "\(failure.code.rawValue)",
      "status": "\(failure.vendor.map { String($0.status) } ?? "none")", "code": "\(failure.vendor?.code ?? "none")",
    ]
    if let detail = failure.detail { words["cause"] = "\(detail)" }
    log(session, level: failure.code.logLevel, "provider call failed", words)
  }

  /// Says that a session is over: why, whose it was, for how long its provider had it open, and how many seconds of
  /// quotas it used, from when the provider was asked for it.
  func logEnd(of session: SessionID) {
    guard let entry = self.session(session), case .closed(let reason) = entry.machine.state else { return }
    let used = entry.since.duration(to: clock.now)
    let open = entry.opening == nil ? (entry.openedAt ?? entry.since).duration(to: clock.now) : .zero
    log(
      session, "session is over",
      [
        "reason": "\(reason.rawValue)", "subject": "\(entry.subject)", "durationMs": .stringConvertible(open.milliseconds),
        "seconds": .stringConvertible(Double(used.milliseconds) / 1000),
      ])
  }

  // MARK: Times

  /// Counts the time since a provider was asked.
  /// - Parameter failure: why it did not do it, if it did not.
  /// - Returns: the time; nil where the adapter knew the answer by itself.
  @discardableResult
  public func noteTime(
    of call: ProviderTimes.Call, at provider: ProviderID, since asked: MonotonicInstant,
    _ failure: ProviderFailure? = nil
  ) -> Duration? {
    guard failure?.isTheAdaptersOwn != true else { return nil }
    let time = asked.duration(to: clock.now)
    count { $0.providerTimes.add(time, of: call, at: provider) }
    return time
  }

  /// Counts the time of a call, and says what of it is told; nil for nothing.
  func noteTime(
    of call: ProviderCall, _ request: RequestID, at provider: ProviderID, since asked: MonotonicInstant,
    _ result: Result<ProviderOutcome, ProviderFailure>
  ) -> FinishedCall? {
    var failure: ProviderFailure?
    switch result {
    case .success(let outcome): guard outcome.reachedProvider else { return nil }
    case .failure(let error): failure = error
    }
    guard let time = noteTime(of: call.timed, at: provider, since: asked, failure), call.tellsItsTime else {
      return nil
    }
    return FinishedCall(request: request, time: time)
  }
}

extension ProviderFailure.Code {
  /// What only the operator can mend, and nobody can use the provider before, is an error.
  var logLevel: Logger.Level {
    switch self {
    case .unauthorized, .insufficientCredits: .error
    default: .notice
    }
  }
}

extension ProviderFailure {
  /// True where nothing was sent: the request itself was wrong, or the key.
  fileprivate var isTheAdaptersOwn: Bool {
    switch code {
    case .rejected, .notSupported, .unauthorized: vendor == nil
    default: false
    }
  }
}

extension ProviderCall {
  /// The call's name in the log.
  var name: String {
    switch self {
    case .describe: "describe"
    case .add: "add"
    case .speak, .begin, .part, .leave: "speak"
    case .interrupt, .cut: "interrupt"
    case .extend: "extend"
    }
  }

  /// Among which times it is counted.
  var timed: ProviderTimes.Call {
    switch self {
    case .describe: .describe
    case .add: .candidate
    case .speak, .begin, .part, .leave: .speak
    case .interrupt, .cut: .interrupt
    case .extend: .extend
    }
  }

  /// Whether its answer says how long the provider took. Candidates are many, and nobody looks at each; a cut answers no
  /// request.
  var tellsItsTime: Bool {
    switch self {
    case .add, .cut, .begin, .leave: false
    case .describe, .speak, .part, .interrupt, .extend: true
    }
  }

  /// Whether the avatar says something because of it.
  var hasWords: Bool {
    switch self {
    case .speak: true
    case .part(let piece), .leave(let piece): piece.hasWords
    case .describe, .add, .begin, .interrupt, .cut, .extend: false
    }
  }

  /// Whether its answer is the first one about a talk.
  var namesTalk: Bool {
    switch self {
    case .speak: true
    case .part(let piece): piece.id == nil
    case .describe, .add, .begin, .leave, .interrupt, .cut, .extend: false
    }
  }
}
