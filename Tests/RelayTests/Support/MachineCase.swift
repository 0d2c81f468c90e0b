// Brings a session machine to a state, lets an event happen, and puts into words what came of it.
import AvatarProvider
import Basics
import SessionValues
import Signaling

@testable import Relay

/// A state that a machine can be brought to.
enum MachineState: String, CaseIterable {
  case opening, abandoned, offered, answering, connecting, live, detached, closing, closed
  /// Live, with a talk on its way to the provider; and with one that was interrupted there.
  case speaking, interrupted

  /// A machine in that state, at time zero.
  func machine(_ traits: ProviderTraits = .offering) throws -> SessionMachine {
    let identity = SessionMachine.Identity(
      session: SessionID(rawValue: "s"), provider: "made-up", traits: traits)
    var machine = SessionMachine(
      identity, secret: ResumeSecret(value: "x"), limits: RelayLimits(), openedBy: RequestID(1))
    if self == .opening { return machine }
    if self == .abandoned {
      _ = machine.end(.connectionLost)
      return machine
    }
    _ = try machine.opened(.sample(), at: .zero)
    if self == .offered { return machine }
    _ = machine.describe(RequestID(2), .answer, .sampleAnswer, at: .zero)
    if self == .answering { return machine }
    _ = try machine.finished(RequestID(2), .success(.described(nil)), at: .zero)
    if self == .connecting { return machine }
    _ = machine.report(RequestID(3), .iceConnectionState(.connected), nil, at: .zero)
    if self == .live { return machine }
    if self == .detached {
      _ = machine.connectionLost(at: .zero)
      return machine
    }
    if self == .speaking || self == .interrupted {
      _ = machine.speak(RequestID(5), Script(.text("a")), at: .zero)
      if self == .interrupted { _ = machine.interrupt(RequestID(6), talk: nil, at: .zero) }
      return machine
    }
    _ = machine.close(RequestID(4))
    if self == .closing { return machine }
    _ = try machine.upstreamClosed()
    return machine
  }
}

/// Something that happens to a machine; requests have the id 9.
enum MachineEvent: String, CaseIterable {
  case opened, openFailed, answer, offer, candidate, speak, begin, interrupt, extend, connected, close
  case finished, talkAccepted, pushedCandidate, gone, connectionLost, resumed, graceOver, draining, warning, idle,
    upstreamClosed

  func happen(to machine: inout SessionMachine) throws -> [SessionAction] {
    let id = RequestID(9)
    return switch self {
    case .opened: try machine.opened(.sample(), at: .zero)
    case .openFailed: try machine.openFailed(.unavailable)
    case .answer: machine.describe(id, .answer, .sampleAnswer, at: .zero)
    case .offer: machine.describe(id, .offer, .sampleOffer, at: .zero)
    case .candidate: machine.candidate(id, .sample("c"), at: .zero)
    case .speak: machine.speak(id, Script(.text("a")), at: .zero)
    case .begin: machine.beginSpeak(id, Script(.text("")), at: .zero)
    case .interrupt: machine.interrupt(id, talk: nil, at: .zero)
    case .extend: machine.extend(id, at: .zero)
    case .connected: machine.report(id, .iceConnectionState(.connected), nil, at: .zero)
    case .close: machine.close(id)
    case .finished: try machine.finished(RequestID(2), .success(.described(nil)), at: .zero)
    case .talkAccepted: try machine.finished(RequestID(5), .success(.talk(Talk(id: "t", duration: nil))), at: .zero)
    case .pushedCandidate: machine.happened(.candidate(nil), at: .zero)
    case .gone: machine.happened(.ended(message: "gone"), at: .zero)
    case .connectionLost: machine.connectionLost(at: .zero)
    case .resumed:
      try machine.resume(id, shown: .sample, secret: ResumeSecret(value: "y"), lastSeq: 0, lastID: 3, at: .zero)
    case .graceOver: machine.timePassed(at: .zero.advanced(by: .seconds(30)))
    case .draining: machine.end(.draining)
    case .warning: machine.timePassed(at: .zero.advanced(by: .seconds(270)))
    case .idle: machine.timePassed(at: .zero.advanced(by: .seconds(300)))
    case .upstreamClosed: try machine.upstreamClosed()
    }
  }

  /// What came of it in words: the actions in order and the state afterwards.
  func outcome(in state: MachineState) throws -> String {
    var machine = try state.machine()
    do throws(any Error) {
      let actions = try happen(to: &machine).map(\.words)
      let after = machine.visibleState.rawValue
      return (actions + (after == machine.word(of: state) ? [] : ["→ \(after)"])).joined(separator: ", ")
    } catch SessionMachineError.unexpected(let event, state: machine.visibleState) {
      return "throws: \(event)"
    } catch SessionMachineError.unknownCall { return "throws: finished" }
  }
}

extension SessionMachine {
  /// How a client sees that state.
  fileprivate func word(of state: MachineState) -> String {
    switch state {
    case .abandoned: "opening"
    case .detached, .speaking, .interrupted: "live"
    default: state.rawValue
    }
  }
}

extension SecretDigest {
  static let sample = SecretDigest(of: ResumeSecret(value: "x"))
}

extension MonotonicInstant {
  static let zero = MonotonicInstant(sinceStart: .zero)
}

extension SessionAction {
  /// The action, short.
  var words: String {
    switch self {
    case .respond(let id, .success(let result)), .welcome(let id, .success(let result)): "\(id): \(result.word)"
    case .respond(let id, .failure(let error)), .welcome(let id, .failure(let error)):
      "\(id): \(error.kind.rawValue)"
    case .notify(_, let event): event.words
    case .call(_, .cut(let talk, _), _): "call cut \(talk)"
    case .call(_, let call, _): "call \(call.name)"
    case .closeUpstream: "close upstream"
    case .forget: "forget"
    }
  }
}

extension CallResult {
  fileprivate var word: String {
    switch self {
    case .empty: "done"
    case .opened: "opened"
    case .resumed(let session):
      switch session.continuation {
      case .replay(let count): "resumed with \(count)"
      case .resync(let snapshot): "resumed at \(snapshot.seq)"
      }
    case .described: "described"
    case .talk: "talk"
    case .talkOver: "over"
    case .interrupted(_, let isPending): isPending ? "interrupted later" : "interrupted"
    case .extended: "extended"
    }
  }
}

extension SessionEvent {
  fileprivate var words: String {
    switch self {
    case .state(let state): "say \(state.rawValue)"
    case .talk(_, let phase): "say talk \(phase)"
    case .interrupted(_, .done): "say interrupted"
    case .interrupted(_, .sendOnDataChannel): "say interrupted by the browser"
    case .interrupted(_, .failed(let error)): "say interrupted \(error.kind.rawValue)"
    case .candidate: "say candidate"
    case .expiring(let cause, _, _): "say expiring \(cause.rawValue)"
    case .closed(let reason, _): "say closed \(reason.rawValue)"
    }
  }
}
