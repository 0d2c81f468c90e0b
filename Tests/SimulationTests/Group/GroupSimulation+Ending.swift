// Plays the end of a group of relays, and finds what must never be.
import Basics
import Relay
import Signaling
import StrictJSON

@testable import MockProvider

extension GroupSimulation {
  /// Most rounds until nothing moves any more; a system that needs more does not come to rest.
  private static let rounds = 400

  /// Ends everything.
  /// - Returns: what did not come to an end.
  mutating func end() -> [String] {
    trace.add("the end begins")
    for index in paused { goOn(index) }
    for _ in 0..<Self.rounds {
      flush()
      for index in clients.indices where clients[index].wire == nil { connect(index) }
      let isQuiet = clients.allSatisfy { client in !client.unanswered.contains { !client.mayWait($0) } }
      if isQuiet, clients.allSatisfy({ $0.wire != nil }) { break }
      pass(.seconds(1))
    }
    var mistakes = clients.flatMap { client in
      client.unanswered.filter { !client.mayWait($0) }
        .map { "\($0.id) \($0.method) about \($0.session ?? "nothing") was never answered" }
    }
    for index in clients.indices {
      if Bool.random(using: &random) {
        for session in clients[index].living { clients[index].ask("session.close", about: session.id) }
      } else {
        clients[index].wire?.cut(keepingToClient: 0, keepingToRelay: 0)
      }
    }
    // Grace time, what a dead relay left, and every repetition of a close; then what nobody saw, by its idle limit.
    for _ in 0..<60 { pass(.seconds(2)) }
    let written = Set(store.assumeIsolated { $0.all }.compactMap { $0.handle?.id })
    mistakes += openAtMock.filter { written.contains($0.id) }.map { "\($0.id) is open, and its name was known" }
    for _ in 0..<400 where !isOver { pass(.seconds(2)) }
    mistakes += openAtMock.map { "\($0.id) outlives the idle limit" }
    for member in members where member.isAlive {
      let left = member.life.registry.assumeIsolated { ($0.openSessionCount, $0.possiblyLeakedSessionCount) }
      guard left != (0, 0) else { continue }
      mistakes.append("relay \(member.life.number) thinks that \(left.0) are open, \(left.1) leaked")
    }
    let unended = store.assumeIsolated { $0.all }.filter { $0.state != .ended }
    return mistakes + unended.map { "the ledger has \($0.intent.session) as \($0.state) of \($0.owner)" }
      + members.flatMap(\.life.complaints)
  }

  private var isOver: Bool {
    openAtMock.isEmpty && store.assumeIsolated { $0.all }.allSatisfy { $0.state == .ended }
  }

  private var openAtMock: [SessionStatus] { mock.assumeIsolated { $0.sessions }.filter(\.isOpen) }

  private mutating func pass(_ time: Duration) {
    endThoseThatLeft()
    advance(time)
    flush()
  }

  /// Everything arrives that is under way.
  private mutating func flush() {
    for _ in 0..<Self.rounds {
      settleLedger()
      wires.removeAll { !$0.hasForClient && !$0.hasForRelay && !$0.isWholeNow }
      let busy = wires.filter { $0.hasForClient || ($0.hasForRelay && members[$0.life - 1].runs) }
      let calls = network.assumeIsolated { $0.moving }
      if busy.isEmpty, calls.isEmpty { return }
      for number in calls { move(number) }
      for wire in busy {
        while wire.hasForRelay, members[wire.life - 1].runs { readByRelay(wire) }
        while wire.hasForClient { readByClient(wire) }
      }
    }
  }

  /// Plays what is left to its end, so that a leak checker finds nothing of the simulation's own.
  mutating func bury() {
    for member in members {
      network.assumeIsolated { $0.kill(member.life.number) }
      member.desk.assumeIsolated { $0.kill(member.life.number) }
      Task(executorPreference: member.life.executor) { [registry = member.life.registry] in
        await registry.drain(within: .seconds(1))
      }
    }
    for _ in 0..<6 {
      while true {
        var count = world.run(atMost: .max)
        for member in members { count += member.life.executor.run(atMost: .max) }
        if count == 0 { break }
      }
      clock.advance(by: .seconds(600))
    }
  }

  // MARK: What must never be

  /// What a client was told that cannot be. Whose relay stood still for longer than its lease may lose its session.
  mutating func tellings(_ client: SimulatedClient) -> [String] {
    counts.resumes += client.resumes
    counts.sessions += client.sessions.count
    return client.mistakes.filter { !($0.contains("taken over from the only client") && hasOverslept) }
      + (hasOverslept ? [] : client.lockedOut.map { "\($0) was lost, or its secret" })
  }

  /// A talk is said once where its client was told its name, and never where it was told that it is not.
  mutating func talkMistakes() -> [String] {
    let journal = mock.assumeIsolated { $0.journal.entries }
    let talks = journal.filter { [.didSpeak, .heyGenTask].contains($0.call) && (200..<300).contains($0.status ?? 200) }
    let said = Dictionary(grouping: talks) { entry in
      entry.body["script"]?["input"]?.string ?? entry.body["text"]?.string ?? ""
    }.mapValues(\.count)
    var mistakes = said.filter { $0.value > 1 }.map { "\($0.key) was said \($0.value) times" }.sorted()
    for request in clients.flatMap({ $0.requests.values.sorted { $0.id < $1.id } }) {
      guard let words = request.content, let answer = request.answer else { continue }
      counts.talks += 1
      let times = said[words] ?? 0
      if answer["result"]?["talk"] != nil {
        counts.acceptedTalks += 1
        if times != 1 { mistakes.append("\(words) was accepted and said \(times) times") }
      } else if let kind = answer["error"]?["data"]?["kind"]?.string, kind != "talk.unknown", times > 0 {
        mistakes.append("\(words) was refused by \(kind) and said")
      }
    }
    return mistakes
  }
}
