// Plays the end: troubles stop, everybody hears everything, all sessions end.
import Basics
import Relay

@testable import MockProvider

extension Simulation {
  /// Most rounds until nothing moves any more; a system that needs more does not come to rest.
  private static let rounds = 400

  /// Ends everything.
  /// - Returns: what did not come to an end.
  mutating func end() -> [String] {
    trace.add("the end begins")
    calm()
    comeBack()
    var mistakes = silence()
    leave()
    mistakes += settle()
    let leaked = leaks()
    mistakes += leaked
    counts[.leaks] += leaked.count
    counts[.unseenSessions] += openAtMock.count - leaked.count
    // What nobody ever saw the name of ends by its provider's idle limit; our own account of it ends with that.
    for _ in 0..<40 { pass(.seconds(15)) }
    if !openAtMock.isEmpty { mistakes.append("\(openAtMock.count) sessions outlive the idle limit at the mock") }
    let left = life.registry.assumeIsolated { ($0.openSessionCount, $0.possiblyLeakedSessionCount) }
    if left != (0, 0) { mistakes.append("the relay thinks that \(left.0) are open, \(left.1) leaked") }
    let unended = store.assumeIsolated { $0.all }.filter { $0.state != .ended }
    if !unended.isEmpty, !desk.assumeIsolated({ $0.hasFailed }) {
      mistakes.append("the ledger has open: \(unended.map { "\($0.intent.session) \($0.state)" })")
    }
    return mistakes
  }

  private var openAtMock: [SessionStatus] { mock.assumeIsolated { $0.sessions }.filter(\.isOpen) }

  /// No more troubles; the last relay stays.
  private mutating func calm() {
    jobsLeft = nil
    mock.assumeIsolated { $0.clearFaults() }
    desk.assumeIsolated { $0.set(.fast) }
    run()
    if isAlive, recovered[recovered.count - 1].hasFailed { kill() }
    if !isAlive { start() }
  }

  /// All clients come back and hear what they asked for.
  private mutating func comeBack() {
    for _ in 0..<Self.rounds {
      flush()
      guard isServing else { continue }
      let away = clients.indices.filter { clients[$0].wire == nil }
      for index in away { connect(index) }
      if away.isEmpty, network.assumeIsolated({ $0.pendingCount }) == 0, !isAnyoneWaiting { return }
      if away.isEmpty, network.assumeIsolated({ $0.moving }).isEmpty { pass(.seconds(1)) }
    }
  }

  private var isAnyoneWaiting: Bool {
    clients.contains { client in client.unanswered.contains { !client.mayWait($0) } }
  }

  private func silence() -> [String] {
    clients.flatMap { client in
      client.unanswered.filter { !client.mayWait($0) }
        .map { "\($0.id) \($0.method) about \($0.session ?? "nothing") was never answered" }
    }
  }

  /// Clients close their sessions, or say that they are done, or vanish.
  private mutating func leave() {
    for index in clients.indices {
      switch Int.random(in: 0..<3, using: &random) {
      case 0: for session in clients[index].living { clients[index].ask("session.close", about: session.id) }
      case 1: clients[index].leave()
      default: clients[index].wire?.cut(keepingToClient: 0, keepingToRelay: 0)
      }
    }
  }

  /// Lets the grace time and every repetition of a close pass.
  private mutating func settle() -> [String] {
    for _ in 0..<24 { pass(.seconds(5)) }
    let open = life.registry.assumeIsolated { $0.openSessionCount }
    return open == 0 ? [] : ["\(open) sessions are still open in the relay"]
  }

  /// Sessions that are open at the mock although a relay, or its ledger, knew their names.
  private func leaks() -> [String] {
    let exchanges = network.assumeIsolated { $0.exchanges }
    let written = Set(store.assumeIsolated { $0.all }.compactMap { $0.handle?.id })
    return openAtMock.compactMap { session in
      let wasSeen = exchanges.contains { creation in
        creation.created == session.id && creation.told.isSuccess && creation.life == life.number
      }
      guard wasSeen || written.contains(session.id) else {
        // Its name was never seen, or died with the relay that saw it.
        return setting.hasExclusiveKey && session.vendor == "heygen" && !desk.assumeIsolated { $0.hasFailed }
          ? "\(session.id) is listed and was not found" : nil
      }
      return "\(session.id) is open, and its name was known"
    }
  }

  // MARK: Time

  private mutating func pass(_ time: Duration) {
    advance(time)
    flush()
  }

  /// Everything arrives that is under way.
  private mutating func flush() {
    for _ in 0..<Self.rounds {
      run()
      wires.removeAll { !$0.hasForClient && !$0.hasForRelay && !$0.isWholeNow }
      let busy = wires.filter { $0.hasForClient || ($0.hasForRelay && $0.life == life.number) }
      let calls = network.assumeIsolated { $0.moving }
      if busy.isEmpty, calls.isEmpty { return }
      for number in calls { move(number) }
      for wire in busy {
        while wire.hasForRelay, wire.life == life.number { readByRelay(wire) }
        while wire.hasForClient { readByClient(wire) }
      }
    }
  }

  /// Plays what is left to its end, so that a leak checker finds nothing of the simulation's own.
  mutating func bury() {
    let numbers = lives.map(\.number)
    network.assumeIsolated { network in for number in numbers { network.kill(number) } }
    desk.assumeIsolated { desk in for number in numbers { desk.kill(number) } }
    for life in lives {
      Task(executorPreference: life.executor) { [registry = life.registry] in await registry.drain(within: .seconds(1))
      }
    }
    for _ in 0..<6 {
      while true {
        var count = world.run(atMost: .max)
        for life in lives { count += life.executor.run(atMost: .max) }
        if count == 0 { break }
      }
      clock.advance(by: .seconds(600))
    }
  }
}
