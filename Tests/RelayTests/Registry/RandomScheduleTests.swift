// Plays a random life of a registry: clients, drops, providers and time in any order.
import AvatarProvider
import Basics
import Relay
import Signaling
import TestSupport
import Testing

@Suite struct RandomScheduleTests {
  @Test("Nothing leaks, nothing is answered twice, nothing is said after the end", arguments: 0..<4)
  func schedules(quarter: UInt64) {
    for seed in (quarter * 750)..<((quarter + 1) * 750) {
      var schedule = RandomSchedule(seed: seed)
      let mistakes = schedule.play(steps: 50)
      #expect(mistakes.isEmpty, "seed \(seed)")
      if !mistakes.isEmpty { return }
    }
  }
}

/// Plays random steps against a ``RegistryFixture`` and then looks for anything that must never be.
struct RandomSchedule {
  private struct Sent {
    let call: Call
    /// How many answers it must have in the end.
    var due = 1
  }
  private struct Browser {
    let connection: MadeUpConnection
    var isConnected = true
    var sent: [RequestID: Sent] = [:]
    var ids: [RequestID] = []
  }

  private var random: SplitMix
  private var fixture: RegistryFixture
  private var browsers: [Browser] = []
  private var words = 0
  private var providers: [MadeUpProvider] { [fixture.offering, fixture.awaiting, fixture.roomy] }

  init(seed: UInt64) {
    random = SplitMix(seed: seed)
    let grace = Bool.random(using: &random) ? Duration.zero : .seconds(5)
    fixture = RegistryFixture(logLevel: .critical) {
      $0.graceTime = grace
      $0.maximumRequestsInFlight = 8
      $0.heldCandidates = 3
      $0.maximumSessionsPerConnection = 3
      $0.lifetime = .seconds(400)
    }
    for provider in providers {
      provider.talksLast([nil, .seconds(3)].randomElement(using: &random) ?? nil)
      provider.hold(.open, .describe, .add, .speak, .interrupt, .extend, .close)
    }
    fixture.awaiting.pushesEvents()
    browsers = [Browser(connection: fixture.connect()), Browser(connection: fixture.connect())]
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
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<50: request()
    case 50..<55: sendAgain()
    case 55..<86: release()
    case 86..<90: push()
    case 90..<96: fixture.advance(.milliseconds(Int.random(in: 1...90_000, using: &random)))
    case 96..<98: drop()
    default: if browsers.count < 5 { browsers.append(Browser(connection: fixture.connect())) }
    }
  }

  // MARK: Steps

  private mutating func connected() -> Int? {
    browsers.indices.filter { browsers[$0].isConnected }.randomElement(using: &random)
  }

  private mutating func request() {
    guard let index = connected() else { return }
    let call = makeCall(sessions: browsers[index].connection.openedSessions)
    let id = fixture.send(call, on: browsers[index].connection)
    browsers[index].sent[id] = Sent(call: call)
    browsers[index].ids.append(id)
  }

  private mutating func makeCall(sessions: [SessionID]) -> Call {
    let unknown = SessionID(rawValue: "s\(Int.random(in: 1...9, using: &random))")
    let isStray = Int.random(in: 0..<20, using: &random) == 0
    guard let session = isStray ? unknown : sessions.randomElement(using: &random) else { return open() }
    words += 1
    return switch Int.random(in: 0..<24, using: &random) {
    case 0..<2: open()
    case 2..<6: .answer(session: session, .sampleAnswer)
    case 6..<8: .offer(session: session, .sampleOffer)
    case 8..<12: .candidate(session: session, words % 3 == 0 ? nil : .sample("c\(words)"))
    case 12..<16: .speak(session: session, .text("w\(words)"), options: [:])
    case 16: .interrupt(session: session, talk: Bool.random(using: &random) ? nil : "t1")
    case 17: .extend(session: session)
    case 18: .report(session: session, .iceConnectionState(.connected))
    case 19..<22: .report(session: session, report())
    case 22: .close(session: session)
    default: .ping
    }
  }

  private mutating func open() -> Call {
    let name = ["offering", "awaiting", "roomy", "none"].randomElement(using: &random) ?? ""
    return .open(provider: name, avatar: nil, options: [:])
  }

  private mutating func report() -> Report {
    let messages = ["start", "stop", "start t1", "stop t1", "fail t2", "ready", "gone", "?"]
    if Int.random(in: 0..<4, using: &random) == 0 {
      return .dataChannelState(Report.ChannelState.allCases.randomElement(using: &random) ?? .open)
    }
    return .dataChannelMessage(messages.randomElement(using: &random) ?? "")
  }

  /// A client sends a request again, as after a lost answer.
  private mutating func sendAgain() {
    guard let index = connected(),
      let id = browsers[index].ids.randomElement(using: &random), let sent = browsers[index].sent[id]
    else { return }
    // One that still runs is answered once all the same.
    if !browsers[index].connection.answers(to: id).isEmpty { browsers[index].sent[id]?.due += 1 }
    fixture.send(sent.call, id: id.value, on: browsers[index].connection)
  }

  private mutating func release() { providers.releaseByChance(failingOnceIn: 6, using: &random) }

  private mutating func push() {
    let events: [ProviderEvent?] = [
      .talkStarted(talk: nil), .talkEnded(talk: nil, duration: nil), .candidate(nil), .ended(message: "over"), nil,
    ]
    let event = events.randomElement(using: &random) ?? nil
    fixture.awaiting.push(event, to: Int.random(in: 0..<5, using: &random))
  }

  private mutating func drop() {
    guard let index = connected() else { return }
    browsers[index].isConnected = false
    fixture.drop(browsers[index].connection)
  }

  /// Drains, lets all calls come back in random order, and time pass.
  private mutating func end() {
    let drain = fixture.drain(within: .seconds(1000))
    // An end that failed is asked for again until it is confirmed.
    for _ in 0..<1001 {
      while providers.contains(where: { !$0.waitingKinds.isEmpty }) { release() }
      if drain.isRaised { break }
      fixture.advance(.seconds(1))
    }
  }

  // MARK: What must never be

  private func mistakes() -> [String] {
    var mistakes: [String] = []
    for browser in browsers { mistakes += answerMistakes(of: browser) + orderMistakes(of: browser.connection) }
    let opened = providers.reduce(0) { $0 + $1.openedCount }
    let closed = providers.reduce(0) { $0 + Set($1.journal.filter { $0.hasPrefix("close ") }).count }
    if opened != closed { mistakes.append("\(opened) sessions opened, \(closed) closed") }
    if fixture.openSessions != 0 { mistakes.append("\(fixture.openSessions) sessions are still open") }
    if fixture.clock.sleeperCount != 0 { mistakes.append("\(fixture.clock.sleeperCount) tasks still sleep") }
    for provider in providers {
      let speaks = provider.journal.filter { $0.hasPrefix("speak") }
      if Set(speaks).count != speaks.count { mistakes.append("a speak reached \(provider.id) twice") }
    }
    return mistakes
  }

  private func answerMistakes(of browser: Browser) -> [String] {
    browser.sent.compactMap { id, sent in
      let answers = browser.connection.answers(to: id)
      if answers.count > sent.due { return "request \(id) was answered \(answers.count) times, due \(sent.due)" }
      if browser.isConnected, answers.count < sent.due { return "request \(id) was not answered: \(sent.call.method)" }
      if Set(answers).count > 1 { return "request \(id) was answered in two ways" }
      return nil
    }
  }

  private func orderMistakes(of connection: MadeUpConnection) -> [String] {
    connection.openedSessions.flatMap { session -> [String] in
      let seqs = connection.seqs(of: session)
      let events = connection.events(of: session)
      let ends = events.indices.filter { if case .closed = events[$0] { true } else { false } }
      var mistakes: [String] = []
      if seqs != Array(1..<Int64(seqs.count + 1)) { mistakes.append("\(session) has seqs \(seqs)") }
      if ends.count > 1 || ends.first.map({ $0 != events.count - 1 }) == true {
        mistakes.append("\(session) was told of after its end")
      }
      return mistakes
    }
  }
}

extension MadeUpConnection {
  /// The sessions that were opened on it.
  nonisolated var openedSessions: [SessionID] {
    messages.compactMap { if case .result(_, .opened(let opened), _) = $0 { opened.session } else { nil } }
  }
}
