// Plays random lives of sessions that are dropped and resumed at any time.
import AvatarProvider
import Basics
import Foundation
import Relay
import Signaling
import TestSupport
import Testing

@Suite struct ResumeScheduleTests {
  /// How many seeds are played in all: `SEEDS`, or as many as docs/reliability.md states.
  private static let seeds = ProcessInfo.processInfo.environment["SEEDS"].flatMap(UInt64.init) ?? 10_000

  @Test("Each speak at most once, each answer known, each notification in order, nothing left open", arguments: 0..<5)
  func schedules(fifth: UInt64) {
    var resumes = 0
    var resyncs = 0
    var seeds = 0
    var mistakes: [String] = []
    let share = Self.seeds / 5
    for seed in (fifth * share)..<((fifth + 1) * share) where mistakes.isEmpty {
      var schedule = ResumeSchedule(seed: seed)
      mistakes = schedule.play(steps: 120)
      #expect(mistakes.isEmpty, "seed \(seed)")
      seeds += 1
      resumes += schedule.clients.reduce(0) { $0 + $1.resumes }
      resyncs += schedule.clients.reduce(0) { $0 + $1.resyncs }
    }
    // A schedule that does not get there shows nothing. About a sixth of the lives gets a resync, a few hundred seeds
    // more or less by chance.
    let resyncsWanted = seeds >= 2000 ? seeds / 8 : seeds / 16
    #expect(seeds > 0 && resumes > 5 * seeds && resyncs > resyncsWanted, "\(resumes) resumes, \(resyncs) resyncs")
    // docs/reliability.md gets the sums.
    print("FIGURE scheduleSeeds \(seeds)\nFIGURE scheduleMistakes \(mistakes.count)")
    print("FIGURE scheduleResumes \(resumes)\nFIGURE scheduleResyncs \(resyncs)")
  }
}

/// Plays random steps: requests, answers of providers, losses before, during and after each, resumes, time.
struct ResumeSchedule {
  private var random: SplitMix
  private var fixture: RegistryFixture
  private(set) var clients: [ResumingClient] = []
  private var words = 0
  private var providers: [MadeUpProvider] { [fixture.offering, fixture.awaiting] }

  init(seed: UInt64) {
    random = SplitMix(seed: seed)
    let events = [1, 3, 256].randomElement(using: &random) ?? 256
    fixture = RegistryFixture(logLevel: .critical) {
      $0.graceTime = .seconds(30)
      $0.eventsReplayed = events
      $0.lifetime = .seconds(600)
    }
    for provider in providers {
      provider.talksLast([nil, .seconds(3)].randomElement(using: &random) ?? nil)
      provider.hold(.open, .describe, .add, .speak, .interrupt, .extend, .close)
    }
    clients = [ResumingClient(firstID: 1), ResumingClient(firstID: 10_001)]
    for index in clients.indices { connect(index) }
  }

  /// Plays that many steps and the end.
  /// - Returns: what must not be; empty if all is well.
  mutating func play(steps: Int) -> [String] {
    for _ in 0..<steps { step() }
    let counts = fixture.countMistakes
    end()
    return counts + mistakes() + fixture.countMistakes
  }

  private mutating func step() {
    let index = Int.random(in: clients.indices, using: &random)
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<40: if clients[index].connection != nil { request(of: index) }
    case 40..<60: read(Int.random(in: 1...6, using: &random), of: index)
    case 60..<82: release()
    case 82..<86: fixture.advance(.milliseconds(Int.random(in: 1...12_000, using: &random)))
    case 86..<93: lose(index)
    default: if clients[index].connection == nil { connect(index) }
    }
  }

  // MARK: Steps

  private mutating func request(of index: Int) {
    let session = clients[index].usable.randomElement(using: &random)
    let call = makeCall(session)
    send([(clients[index].make(call), call)], of: index)
  }

  private mutating func makeCall(_ session: SessionID?) -> Call {
    words += 1
    guard let session else {
      return .open(provider: ["offering", "awaiting"].randomElement(using: &random) ?? "", avatar: nil, options: [:])
    }
    return switch Int.random(in: 0..<21, using: &random) {
    case 0: .open(provider: "offering", avatar: nil, options: [:])
    case 1..<5: .answer(session: session, .sampleAnswer)
    case 5..<7: .offer(session: session, .sampleOffer)
    case 7..<11: .candidate(session: session, .sample("\(session) c\(words)"))
    case 11..<16: .speak(session: session, .text("w\(words)"), options: [:])
    case 16: .interrupt(session: session, talk: nil)
    case 17: .extend(session: session)
    case 18: .report(session: session, .iceConnectionState(.connected))
    case 19: .report(session: session, .dataChannelMessage(Bool.random(using: &random) ? "start" : "stop"))
    default: Int.random(in: 0..<4, using: &random) == 0 ? .close(session: session) : .ping
    }
  }

  /// Sends, now and then twice. The connection may be lost at any of them: then it and what follows does not arrive.
  private mutating func send(_ requests: [(RequestID, Call)], of index: Int) {
    for (id, call) in requests {
      if Int.random(in: 0..<40, using: &random) == 0 { lose(index) }
      guard let connection = clients[index].connection else { return }
      fixture.send(call, id: id.value, on: connection)
      if Int.random(in: 0..<20, using: &random) == 0 { fixture.send(call, id: id.value, on: connection) }
    }
  }

  private mutating func read(_ count: Int, of index: Int) {
    let again = clients[index].read(count)
    send(again, of: index)
  }

  /// The client notices at once; the relay notices now, or when another connection takes the sessions over.
  private mutating func lose(_ index: Int) {
    guard let connection = clients[index].connection else { return }
    clients[index].disconnected()
    if Bool.random(using: &random) { fixture.drop(connection) }
  }

  private mutating func connect(_ index: Int) {
    let requests = clients[index].connected(fixture.connect())
    send(requests, of: index)
  }

  private mutating func release() { providers.releaseByChance(failingOnceIn: 10, using: &random) }

  /// All clients come back and hear everything; then the relay leaves.
  private mutating func end() {
    for index in clients.indices {
      var attempts = 0
      repeat {
        if clients[index].connection == nil { connect(index) }
        while clients[index].hasUnread { read(.max, of: index) }
        attempts += 1
      } while clients[index].connection == nil && attempts < 1000
    }
    while providers.contains(where: { !$0.waitingKinds.isEmpty }) { release() }
    for index in clients.indices { while clients[index].hasUnread { _ = clients[index].read(.max) } }
    let drain = fixture.drain(within: .seconds(1000))
    // An end that failed is asked for again until it is confirmed.
    for _ in 0..<1001 {
      while providers.contains(where: { !$0.waitingKinds.isEmpty }) { release() }
      if drain.isRaised { break }
      fixture.advance(.seconds(1))
    }
    for index in clients.indices { while clients[index].hasUnread { _ = clients[index].read(.max) } }
  }

  // MARK: What must never be

  private func mistakes() -> [String] {
    var mistakes = clients.flatMap(\.mistakes)
    let journal = providers.flatMap(\.journal)
    let spoken = Dictionary(grouping: journal.filter { $0.hasPrefix("speak ") }) { $0 }.mapValues(\.count)
    for (speak, count) in spoken where count > 1 { mistakes.append("\(speak) reached its provider \(count) times") }
    for client in clients { mistakes += fateMistakes(of: client, spoken) + silence(of: client) }
    mistakes += candidateMistakes(journal)
    let opened = providers.reduce(0) { $0 + $1.openedCount }
    let closed = providers.reduce(0) { $0 + Set($1.journal.filter { $0.hasPrefix("close ") }).count }
    if opened != closed { mistakes.append("\(opened) sessions opened, \(closed) closed") }
    if fixture.openSessions != 0 { mistakes.append("\(fixture.openSessions) sessions are still open") }
    if fixture.clock.sleeperCount != 0 { mistakes.append("\(fixture.clock.sleeperCount) tasks still sleep") }
    return mistakes
  }

  /// A talk that was accepted was asked for once, and one that was refused by the relay never.
  private func fateMistakes(of client: ResumingClient, _ spoken: [String: Int]) -> [String] {
    client.requests.compactMap { id, request in
      guard case .speak(_, let script) = request.call, case .text(let text) = script.content,
        let answer = client.answers[id]
      else { return nil }
      let count = spoken["speak \(text)"] ?? 0
      switch answer {
      case .result: return count == 1 ? nil : "\(text) was accepted and asked for \(count) times"
      case .error(_, let error) where error.kind == .sessionClosed || error.kind == .sessionWrongState:
        return count == 0 ? nil : "\(text) was refused and asked for \(count) times"
      case .error, .notification: return nil
      }
    }
  }

  /// Who is connected has an answer to everything about sessions; what was asked of a lost connection itself has none.
  private func silence(of client: ResumingClient) -> [String] {
    client.sessions.keys.flatMap { session in
      client.unanswered(of: session).map { "\($0) about \(session) was never answered" }
    }
  }

  private func candidateMistakes(_ journal: [String]) -> [String] {
    let added = journal.filter { $0.hasPrefix("add ") }.map { $0.split(separator: " ") }
    return Dictionary(grouping: added) { $0[1] }.compactMap { session, candidates in
      let numbers = candidates.compactMap { Int($0[2].dropFirst()) }
      return zip(numbers, numbers.dropFirst()).allSatisfy(<) ? nil : "\(session) has candidates \(numbers)"
    }
  }
}
