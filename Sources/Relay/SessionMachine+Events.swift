// What happens to a session without having been asked for: the provider's events, and time.
import AvatarProvider
import Signaling
import Timekeeping

extension SessionMachine {
  /// The provider said something, on a socket of its own or on the browser's data channel.
  mutating func happened(_ event: ProviderEvent, at now: MonotonicInstant) -> [SessionAction] {
    guard case .open(_, let upstream) = state else { return [] }
    switch event {
    case .ready: return []
    case .talkStarted, .talkEnded, .talkFailed:
      expiry?.touch(at: now)
      return notify(talks.heard(event, stillSpeaking: speaksRunning, at: now))
    case .candidate(let candidate): return notify(.candidate(candidate.map(CandidateInit.init)))
    case .ended: return beginClosing(.provider, upstream)
    }
  }

  /// Does what is due by now.
  mutating func timePassed(at now: MonotonicInstant) -> [SessionAction] {
    guard case .open(_, let upstream) = state else { return [] }
    if let graceEnd, graceEnd <= now { return beginClosing(.connectionLost, upstream) }
    var actions: [SessionAction] = []
    let activity = activity
    for due in expiry?.due(at: now, activity) ?? [] {
      switch due {
      case .struck(.idle): return beginClosing(.idle, upstream)
      case .struck(.lifetime): return beginClosing(.lifetime, upstream)
      case .warning(let cause, let left):
        let isExtendable = cause == .idle && upstream.capabilities.extend
        actions += notify(.expiring(cause: cause, inMs: left.milliseconds, extendable: isExtendable))
      }
    }
    return actions + notify(talks.due(at: now))
  }
}
