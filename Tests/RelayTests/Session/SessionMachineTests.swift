// Plays every event in every state.
import AvatarProvider
import Basics
import SessionValues
import Signaling
import Testing

@testable import Relay

@Suite struct SessionMachineTests {
  /// What comes of an event in a state: the actions in order, and the state afterwards where it is another. Requests of
  /// the event have the id 9; "throws" stands for the named error of an event that cannot be.
  static let table: [MachineState: [MachineEvent: String]] = [
    .opening: [
      .opened: "1: opened, say offered, → offered", .openFailed: "1: provider.unavailable, forget, → closed",
      .answer: "9: session.wrongState", .offer: "9: session.wrongState", .candidate: "9: session.wrongState",
      .speak: "9: session.wrongState", .begin: "9: session.wrongState", .interrupt: "9: session.wrongState", .extend: "9: session.wrongState",
      .connected: "9: session.wrongState", .close: "9: session.wrongState", .finished: "throws: finished",
      .talkAccepted: "throws: finished",
      .pushedCandidate: "", .gone: "", .connectionLost: "1: session.closed", .resumed: "throws: resumed",
      .graceOver: "", .draining: "1: server.draining",
      .warning: "", .idle: "", .upstreamClosed: "throws: upstreamClosed",
    ],
    .abandoned: [
      .opened: "close upstream, → closing", .openFailed: "forget, → closed", .answer: "9: session.wrongState",
      .offer: "9: session.wrongState", .candidate: "9: session.wrongState", .speak: "9: session.wrongState", .begin: "9: session.wrongState",
      .interrupt: "9: session.wrongState", .extend: "9: session.wrongState", .connected: "9: session.wrongState",
      .close: "9: session.wrongState", .finished: "throws: finished", .talkAccepted: "throws: finished",
      .pushedCandidate: "", .gone: "",
      .connectionLost: "", .resumed: "throws: resumed", .graceOver: "", .draining: "", .warning: "", .idle: "",
      .upstreamClosed: "throws: upstreamClosed",
    ],
    .offered: [
      .opened: "throws: opened", .openFailed: "throws: openFailed",
      .answer: "say answering, call describe, → answering", .offer: "9: session.wrongState", .candidate: "",
      .speak: "9: session.wrongState", .begin: "9: session.wrongState", .interrupt: "9: session.wrongState", .extend: "call extend",
      .connected: "9: done", .close: "say closing, close upstream, → closing", .finished: "throws: finished",
      .talkAccepted: "throws: finished",
      .pushedCandidate: "say candidate", .gone: "say closing, close upstream, → closing",
      .connectionLost: "", .resumed: "9: resumed with 1, say offered",
      .graceOver: "", .draining: "say closing, close upstream, → closing",
      .warning: "say expiring idle", .idle: "say closing, close upstream, → closing",
      .upstreamClosed: "throws: upstreamClosed",
    ],
    .answering: [
      .opened: "throws: opened", .openFailed: "throws: openFailed", .answer: "9: session.wrongState",
      .offer: "9: session.wrongState", .candidate: "", .speak: "9: session.wrongState", .begin: "9: session.wrongState",
      .interrupt: "9: session.wrongState", .extend: "call extend", .connected: "9: done",
      .close: "say closing, close upstream, → closing", .finished: "2: done, say connecting, → connecting",
      .talkAccepted: "throws: finished",
      .pushedCandidate: "say candidate", .gone: "say closing, close upstream, → closing",
      .connectionLost: "", .resumed: "9: resumed with 2, say offered, say answering",
      .graceOver: "", .draining: "say closing, close upstream, → closing",
      .warning: "", .idle: "", .upstreamClosed: "throws: upstreamClosed",
    ],
    .connecting: [
      .opened: "throws: opened", .openFailed: "throws: openFailed", .answer: "9: session.wrongState",
      .offer: "9: session.wrongState", .candidate: "call add", .speak: "call speak", .begin: "9: talk, say talk accepted(durationMs: nil)", .interrupt: "call interrupt",
      .extend: "call extend", .connected: "9: done, say live, → live",
      .close: "say closing, close upstream, → closing", .finished: "throws: finished",
      .talkAccepted: "throws: finished",
      .pushedCandidate: "say candidate", .gone: "say closing, close upstream, → closing",
      .connectionLost: "", .resumed: "9: resumed with 3, say offered, say answering, say connecting",
      .graceOver: "", .draining: "say closing, close upstream, → closing",
      .warning: "say expiring idle", .idle: "say closing, close upstream, → closing",
      .upstreamClosed: "throws: upstreamClosed",
    ],
    .live: [
      .opened: "throws: opened", .openFailed: "throws: openFailed", .answer: "9: session.wrongState",
      .offer: "9: session.wrongState", .candidate: "call add", .speak: "call speak", .begin: "9: talk, say talk accepted(durationMs: nil)", .interrupt: "call interrupt",
      .extend: "call extend", .connected: "9: done", .close: "say closing, close upstream, → closing",
      .finished: "throws: finished", .talkAccepted: "throws: finished", .pushedCandidate: "say candidate",
      .gone: "say closing, close upstream, → closing", .connectionLost: "",
      .resumed: "9: resumed with 4, say offered, say answering, say connecting, say live",
      .graceOver: "", .draining: "say closing, close upstream, → closing", .warning: "say expiring idle",
      .idle: "say closing, close upstream, → closing", .upstreamClosed: "throws: upstreamClosed",
    ],
    .detached: [
      .opened: "throws: opened", .openFailed: "throws: openFailed", .answer: "9: session.wrongState",
      .offer: "9: session.wrongState", .candidate: "call add", .speak: "call speak", .begin: "9: talk, say talk accepted(durationMs: nil)", .interrupt: "call interrupt",
      .extend: "call extend", .connected: "9: done", .close: "say closing, close upstream, → closing",
      .finished: "throws: finished", .talkAccepted: "throws: finished", .pushedCandidate: "say candidate",
      .gone: "say closing, close upstream, → closing", .connectionLost: "",
      .resumed: "9: resumed with 4, say offered, say answering, say connecting, say live",
      .graceOver: "say closing, close upstream, → closing", .draining: "say closing, close upstream, → closing",
      .warning: "say closing, close upstream, → closing",
      .idle: "say closing, close upstream, → closing", .upstreamClosed: "throws: upstreamClosed",
    ],
    .speaking: [
      .opened: "throws: opened", .openFailed: "throws: openFailed", .answer: "9: session.wrongState",
      .offer: "9: session.wrongState", .candidate: "call add", .speak: "", .begin: "", .interrupt: "9: interrupted later",
      .extend: "call extend", .connected: "9: done", .close: "say closing, close upstream, → closing",
      .finished: "throws: finished", .talkAccepted: "5: talk, say talk accepted(durationMs: nil)",
      .pushedCandidate: "say candidate", .gone: "say closing, close upstream, → closing", .connectionLost: "",
      .resumed: "9: resumed with 4, say offered, say answering, say connecting, say live",
      .graceOver: "", .draining: "say closing, close upstream, → closing", .warning: "", .idle: "",
      .upstreamClosed: "throws: upstreamClosed",
    ],
    .interrupted: [
      .opened: "throws: opened", .openFailed: "throws: openFailed", .answer: "9: session.wrongState",
      .offer: "9: session.wrongState", .candidate: "call add", .speak: "", .begin: "", .interrupt: "9: interrupted later",
      .extend: "call extend", .connected: "9: done", .close: "say closing, close upstream, → closing",
      .finished: "throws: finished", .talkAccepted: "5: talk, say talk accepted(durationMs: nil), call cut t",
      .pushedCandidate: "say candidate", .gone: "say closing, close upstream, → closing", .connectionLost: "",
      .resumed: "9: resumed with 4, say offered, say answering, say connecting, say live",
      .graceOver: "", .draining: "say closing, close upstream, → closing", .warning: "", .idle: "",
      .upstreamClosed: "throws: upstreamClosed",
    ],
    .closing: [
      .opened: "throws: opened", .openFailed: "throws: openFailed", .answer: "9: session.closed",
      .offer: "9: session.closed", .candidate: "9: session.closed", .speak: "9: session.closed", .begin: "9: session.closed",
      .interrupt: "9: session.closed", .extend: "9: session.closed", .connected: "9: session.closed", .close: "",
      .finished: "throws: finished", .talkAccepted: "throws: finished", .pushedCandidate: "", .gone: "",
      .connectionLost: "",
      .resumed: "9: resumed with 5, say offered, say answering, say connecting, say live, say closing",
      .graceOver: "", .draining: "",
      .warning: "", .idle: "", .upstreamClosed: "4: done, say closed, say closed client, forget, → closed",
    ],
    .closed: [
      .opened: "throws: opened", .openFailed: "throws: openFailed", .answer: "9: session.closed",
      .offer: "9: session.closed", .candidate: "9: session.closed", .speak: "9: session.closed", .begin: "9: session.closed",
      .interrupt: "9: session.closed", .extend: "9: session.closed", .connected: "9: session.closed",
      .close: "9: done", .finished: "throws: finished", .talkAccepted: "throws: finished", .pushedCandidate: "",
      .gone: "", .connectionLost: "",
      .resumed:
        "9: resumed with 7, say offered, say answering, say connecting, say live, say closing, say closed, say closed client",
      .graceOver: "", .draining: "", .warning: "", .idle: "", .upstreamClosed: "throws: upstreamClosed",
    ],
  ]

  @Test("Every state with every event", arguments: MachineState.allCases)
  func row(state: MachineState) throws {
    let row = try #require(Self.table[state])
    for event in MachineEvent.allCases { #expect(try event.outcome(in: state) == row[event], "\(event)") }
  }

  @Test("An event that cannot be is an error that names it, and changes nothing")
  func namedErrors() throws {
    var machine = try MachineState.live.machine()
    #expect(throws: SessionMachineError.unexpected(event: "opened", state: .live)) {
      try machine.opened(.sample(), at: .zero)
    }
    #expect(throws: SessionMachineError.unexpected(event: "upstreamClosed", state: .live)) {
      try machine.upstreamClosed()
    }
    #expect(throws: SessionMachineError.unknownCall(RequestID(77))) {
      try machine.finished(RequestID(77), .success(.added), at: .zero)
    }
    _ = machine.extend(RequestID(8), at: .zero)
    #expect(throws: SessionMachineError.wrongOutcome(RequestID(8))) {
      try machine.finished(RequestID(8), .success(.added), at: .zero)
    }
    #expect(machine.visibleState == .live)
  }

  @Test("The refusal of a call says which call and which state")
  func refusal() throws {
    var machine = try MachineState.offered.machine()
    let actions = machine.speak(RequestID(9), Script(.text("a")), at: .zero)
    guard case .respond(_, .failure(let error)) = actions.first else {
      Issue.record("not refused")
      return
    }
    #expect(error.message == "session.speak is not possible while the session is offered")
  }

  @Test("A provider without trickle gets no candidates, and the client is told so; their end is its own affair")
  func noTrickle() throws {
    var traits = ProviderTraits.offering
    traits.trickle = .init(fromClient: false, endOfCandidates: false, fromProvider: false)
    var machine = try MachineState.connecting.machine(traits)
    #expect(machine.candidate(RequestID(9), .sample("c"), at: .zero).map(\.words) == ["9: notSupported"])
    #expect(machine.candidate(RequestID(9), nil, at: .zero).map(\.words) == ["9: done"])
    traits.trickle = .init(fromClient: false, endOfCandidates: true, fromProvider: false)
    machine = try MachineState.connecting.machine(traits)
    #expect(machine.candidate(RequestID(9), nil, at: .zero).map(\.words) == ["call add"])
  }

  @Test("Where nothing may be spoken there is nothing that a client could send on the data channel")
  func nothingToInterrupt() throws {
    var traits = ProviderTraits.offering
    traits.capabilities.interrupt = .dataChannel
    for (state, expected) in [(MachineState.live, "9: interrupted"), (.speaking, "9: interrupted later")] {
      var machine = try state.machine(traits)
      #expect(machine.interrupt(RequestID(9), talk: nil, at: .zero).map(\.words) == [expected])
    }
  }

  @Test("A call that comes back while the session is being closed is answered with the truth")
  func lateOutcomes() throws {
    let speak = ProviderCall.speak(Script(.text("a")))
    let cases: [(ProviderCall, Result<ProviderOutcome, ProviderFailure>, String)] = [
      (.add(nil), .success(.added), "9: done"),
      (speak, .success(.talk(Talk(id: "t", duration: nil))), "9: talk"),
      (speak, .failure(ProviderFailure(.fateUnknown, "?")), "9: talk.unknown"),
      (speak, .failure(.unavailable), "9: provider.unavailable"), (speak, .failure(.gone), "9: session.closed"),
      (.interrupt(talk: nil, providerID: nil), .success(.interrupted(.done)), "9: interrupted"),
      (.describe(.sampleAnswer), .success(.described(nil)), "9: done"),
      (.extend, .success(.extended), "9: session.closed"),
    ]
    for (call, outcome, expected) in cases {
      var machine = try Self.machine(running: call)
      _ = machine.end(.draining)
      let late = try machine.finished(RequestID(9), outcome, at: .zero)
      #expect(late.map(\.words) == [expected])
      if case .respond(_, .failure(let error)) = late.first {
        #expect(error.end == .draining && !error.isRetryable && error.retryAfterMs == nil)
      }
      #expect(try machine.upstreamClosed().map(\.words) == ["say closed", "say closed draining", "forget"])
    }
  }

  @Test("What is on its way when the session is over is answered before the end is told, and never said not to be spoken")
  func settled() throws {
    let speak = ProviderCall.speak(Script(.text("a")))
    let cases: [(ProviderCall, CallLanes.Progress, [String])] = [
      (speak, .decided, ["9: session.closed"]), (speak, .sent, ["9: talk.unknown"]),
      (.describe(.sampleAnswer), .sent, ["9: session.closed"]), (.add(.sample("c")), .sent, ["9: session.closed"]),
      (.add(nil), .sent, ["9: session.closed"]), (.extend, .sent, ["9: session.closed"]),
      (.interrupt(talk: nil, providerID: nil), .sent, ["9: session.closed"]),
      (.cut(talk: "t", providerID: "t"), .sent, []),
    ]
    for (call, progress, expected) in cases {
      var (closed, lost) = (try Self.machine(running: call), try Self.machine(running: call))
      if progress == .sent {
        #expect(closed.sent(RequestID(9)).isEmpty && lost.sent(RequestID(9)).isEmpty)
      }
      _ = closed.close(RequestID(10))
      let end = try closed.upstreamClosed()
      #expect(end.map(\.words) == expected + ["10: done", "say closed", "say closed client", "forget"], "\(call)")
      #expect(lost.lost().map(\.words) == expected + ["say closed", "say closed takenOver", "forget"], "\(call)")
      if case .respond(_, .failure(let error)) = end.first { #expect(error.end == .client && !error.isRetryable) }
      // Whatever comes of it is nobody's business any more.
      #expect(throws: SessionMachineError.unknownCall(RequestID(9))) {
        try closed.finished(RequestID(9), .failure(.unavailable), at: .zero)
      }
    }
  }

  /// A live session that has the provider do something for request 9.
  private static func machine(running call: ProviderCall) throws -> SessionMachine {
    var machine = try MachineState.live.machine()
    machine.calls.run(call, for: RequestID(9), at: .zero)
    return machine
  }

  @Test("Without a connection a session ends for want of a token, where that comes before the grace is over")
  func reasonOfAbsence() throws {
    for (access, seconds, reason) in [
      (Duration?.none, 30, CloseReason.connectionLost), (.seconds(31), 30, .connectionLost), (.seconds(12), 12, .access),
    ] {
      var machine = try MachineState.live.machine()
      #expect(machine.connectionLost(at: .zero, within: access).isEmpty)
      #expect(machine.timePassed(at: .zero.advanced(by: .seconds(seconds) - .milliseconds(1))).isEmpty)
      _ = machine.timePassed(at: .zero.advanced(by: .seconds(seconds)))
      #expect(machine.state == .closing(reason, waiting: []))
    }
    var machine = try MachineState.live.machine()
    _ = machine.connectionLost(at: .zero, within: .zero)
    #expect(machine.state == .closing(.access, waiting: []))
  }

  @Test("A room takes no candidates here, whatever its provider does otherwise")
  func roomTrickles() throws {
    for (grant, trickles) in [(MediaGrant.room(url: "wss://room.example", token: "t"), false), (.sampleOffer, true)] {
      var machine = try MachineState.opening.machine()
      guard case .welcome(_, .success(.opened(let opened))) = try machine.opened(.sample(grant), at: .zero).first else {
        Issue.record("not opened")
        continue
      }
      #expect(opened.trickle == trickles)
    }
  }

  @Test("Who waits to be opened is told why it is not to be")
  func refusedOpening() throws {
    for reason in [CloseReason.operatorEnded, .client, .lifetime] {
      var machine = try MachineState.opening.machine()
      guard case .welcome(_, .failure(let error)) = machine.end(reason).first else {
        Issue.record("not told")
        continue
      }
      #expect(error.kind == .sessionClosed && error.end == reason)
    }
  }

  @Test("A notification that was never sent is none to go on from")
  func resumedFromTheFuture() throws {
    var machine = try MachineState.live.machine()
    for (lastSeq, isRefused) in [(Int64(0), false), (4, false), (5, true), (4_294_967_295, true)] {
      let obstacle = machine.obstacle(toResumingFrom: lastSeq)
      #expect((obstacle?.kind == .invalidParams) == isRefused, "\(lastSeq)")
    }
    // What only the connection was told that lost the session.
    #expect(machine.leaveConnection() == 5)
    #expect(machine.obstacle(toResumingFrom: 5) == nil && machine.obstacle(toResumingFrom: 6) != nil)
  }

  @Test("What is asked of a session that ends is told why it ends", arguments: [MachineState.closing, .closed])
  func endReason(state: MachineState) throws {
    for event in [MachineEvent.answer, .candidate, .speak, .interrupt, .extend, .connected] {
      var machine = try state.machine()
      let refusal = try event.happen(to: &machine).first
      #expect(refusal == .respond(RequestID(9), .failure(SessionMachine.ended.ending(.client))), "\(event)")
    }
    var machine = try MachineState.speaking.machine()
    _ = machine.speak(RequestID(9), Script(.text("b")), at: .zero)
    let waiting = machine.close(RequestID(10)).first
    #expect(waiting == .respond(RequestID(9), .failure(SessionMachine.ended.ending(.client))))
  }

  @Test("A description that failed at the provider ends the session, so nobody is told to send it again")
  func failedDescription() throws {
    var machine = try MachineState.answering.machine()
    let busy = ProviderFailure(.rateLimited, "busy", retryAfter: .seconds(1))
    let actions = try machine.finished(RequestID(2), .failure(busy), at: .zero)
    #expect(actions.map(\.words) == ["2: provider.rateLimited", "say closing", "close upstream"])
    guard case .respond(_, .failure(let error)) = actions.first else { return }
    #expect(error.kind.isRetryable && !error.isRetryable)
    #expect(error.end == .openFailed && error.retryAfterMs == nil)
  }

  @Test("A description that never went to the provider may be sent again")
  func unsentDescription() throws {
    var machine = try MachineState.answering.machine()
    let actions = try machine.refused(RequestID(2), LedgerWriter.unavailable, at: .zero)
    #expect(actions.map(\.words) == ["2: server.ledgerUnavailable", "say offered"])
    #expect(try MachineEvent.answer.happen(to: &machine).map(\.words) == ["say answering", "call describe"])
  }
}
