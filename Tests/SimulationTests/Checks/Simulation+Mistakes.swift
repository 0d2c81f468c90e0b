// Finds what must never be, by the mock's journal and what the clients asked and were told.
import ProviderHTTP
import Relay
import Signaling
import StrictJSON

@testable import MockProvider

extension Simulation {
  /// Everything that is wrong after a whole life.
  mutating func mistakes() -> [String] {
    let journal = mock.assumeIsolated { $0.journal.entries }
    let exchanges = network.assumeIsolated { $0.exchanges }
    count(exchanges)
    count(faultsIn: journal)
    return speakMistakes(journal, exchanges) + candidateMistakes(journal) + laneMistakes(exchanges)
      + overtakenInterruptions(exchanges) + delayedCalls(exchanges) + overtakingEnds(exchanges)
      + uncutTalks(exchanges) + repetitions(exchanges)
      + lives.flatMap(\.complaints) + lockedOut
  }

  private mutating func count(_ exchanges: [ProviderExchange]) {
    counts[.seeds] = 1
    counts[.sessions] = exchanges.count { $0.created != nil }
    counts[.resumes] = clients.reduce(0) { $0 + $1.resumes }
    counts[.resyncs] = clients.reduce(0) { $0 + $1.resyncs }
    counts[.cutTalks] = clients.reduce(0) { $0 + $1.cuts }
  }

  /// What was armed and never met is no trouble.
  private mutating func count(faultsIn journal: [JournalEntry]) {
    for entry in journal where entry.isFaulted {
      switch entry.status ?? -1 {
      case 0: counts[.drops] += 1
      case 429: counts[.slowDowns] += 1
      case 500...: counts[.serverErrors] += 1
      default: counts[.lateAnswers] += 1
      }
    }
  }

  private var lockedOut: [String] {
    desk.assumeIsolated { $0.hasFailed } ? [] : clients.flatMap(\.lockedOut).map { "\($0) was lost, or its secret" }
  }

  // MARK: Talks

  private mutating func speakMistakes(_ journal: [JournalEntry], _ exchanges: [ProviderExchange]) -> [String] {
    let entries = Dictionary(grouping: journal.filter { $0.call == .didSpeak || $0.call == .heyGenTask }) { entry in
      entry.body["script"]?["input"]?.string ?? entry.body["text"]?.string ?? ""
    }
    let sent = Dictionary(grouping: exchanges.filter { $0.words != nil }) { $0.words ?? "" }
    var mistakes: [String] = []
    for client in clients {
      for request in client.requests.values.sorted(by: { $0.id < $1.id })
      where request.method.hasPrefix("session.speak") && request.part?.isAgain != true {
        guard let words = request.content else { continue }
        let said = entries[words] ?? []
        if request.part == nil {
          counts[.speaks] += 1
        } else {
          counts[.parts] += 1
          counts[.saidParts] += said.isEmpty ? 0 : 1
        }
        if request.answer?["result"]?["talk"] != nil {
          counts[.acceptedTalks] += 1
          if said.count == 1 { counts[.acceptedAndSaidOnce] += 1 }
        }
        if said.count > 1 {
          counts[.doubleSpeaks] += 1
          mistakes.append("\(words) reached its provider \(said.count) times")
        }
        if (sent[words] ?? []).count > 1 { mistakes.append("\(words) was sent \((sent[words] ?? []).count) times") }
        let mistake =
          request.part == nil
          ? fate(of: request, said.first, sent[words]?.first)
          : fate(ofPart: request, client, said.first, sent.mapValues(\.first))
        if let mistake { mistakes.append("\(words) \(mistake)") }
      }
    }
    let asked = Set(clients.flatMap { $0.requests.values.compactMap(\.content) })
    return mistakes + entries.keys.filter { !asked.contains($0) }.map { "\($0) was asked for by nobody" }
  }

  /// What the answer says must be what happened.
  private mutating func fate(
    of request: SimulatedClient.Request, _ said: JournalEntry?, _ sent: ProviderExchange?
  ) -> String? {
    guard let answer = request.answer else { return nil }
    if let talk = answer["result"]?["talk"]?.string {
      guard said != nil, let sent else { return "was accepted and never asked for" }
      // A relay that is killed may have written down what it had no time to say.
      return String(decoding: sent.reply, as: UTF8.self).contains("\"\(talk)\"") ? nil : "is not the talk \(talk)"
    }
    let kind = answer["error"]?["data"]?["kind"]?.string ?? "nothing"
    guard kind == "talk.unknown" else {
      counts[.refusedTalks] += 1
      if kind == "talk.interrupted" { counts[.interruptedTalks] += 1 }
      return mistake(inRefusal: kind, answer, said, sent)
    }
    counts[.unknownTalks] += 1
    if isWritten(request) { return "is of unknown fate, and its fate was written down" }
    return isUnknown(request, sent) ? nil : "is of unknown fate, and everything was told"
  }

  /// The same of a part: one that was taken is said, and one that is given up with its talk is not.
  private func fate(
    ofPart request: SimulatedClient.Request, _ client: SimulatedClient, _ said: JournalEntry?,
    _ sent: [String: ProviderExchange?]
  ) -> String? {
    guard let answer = request.answer, let words = request.content else { return nil }
    let own = sent[words] ?? nil
    if let result = answer["result"] {
      if result["interrupted"] == true { return own == nil && said == nil ? nil : "was given up with its talk, and sent" }
      return said != nil && own != nil ? nil : "was taken and never said"
    }
    let kind = answer["error"]?["data"]?["kind"]?.string ?? "nothing"
    guard kind == "talk.unknown" else { return mistake(inRefusal: kind, answer, said, own) }
    // After a part of unknown fate the whole talk is.
    let before = client.requests.values.filter {
      $0.id == request.part?.opening
        || $0.part?.opening == request.part?.opening && $0.id <= request.id && $0.part?.isAgain == false
    }
    return before.contains { isUnknown($0, $0.content.flatMap { sent[$0] } ?? nil) }
      ? nil : "is of unknown fate, and everything was told"
  }

  /// What was refused was not said, or the provider itself refused it.
  private func mistake(
    inRefusal kind: String, _ answer: JSONValue, _ said: JournalEntry?, _ sent: ProviderExchange?
  ) -> String? {
    switch kind {
    case "session.closed", "session.wrongState", "session.notFound", "server.ledgerUnavailable", "talk.tooLong",
      "request.overload", "request.stale", "request.conflict", "request.outOfOrder", "talk.notFound", "notSupported":
      if kind.hasPrefix("request.s") || kind.hasPrefix("request.c") { return "was refused: \(kind)" }
      // The end overtook the talk on its way, and the provider, which was asked to end the session, refused it.
      if kind == "session.closed", let sent, case .status = sent.told, !sent.told.isSuccess { return nil }
      return said == nil ? nil : "was refused by \(kind) and asked for"
    case "talk.interrupted":
      return sent == nil && said == nil ? nil : "was interrupted before it was sent, and sent"
    case "provider.unreachable":
      return said == nil ? nil : "was not sent and arrived"
    default:
      guard kind.hasPrefix("provider.") else { return "was refused: \(answer.text)" }
      guard let sent, case .status = sent.told else { return "was refused by \(kind) and the provider said nothing" }
      return sent.told.isSuccess ? "was refused by \(kind) and accepted" : nil
    }
  }

  /// The ledger knows what became of it: a later life has to say so.
  private func isWritten(_ request: SimulatedClient.Request) -> Bool {
    store.assumeIsolated { store in
      store.journal.contains { entry in
        guard entry.session == request.session, case .speakEnded(request.id, let outcome) = entry.fact else {
          return false
        }
        return outcome != .unknown
      }
    }
  }

  /// Nobody can know: the answer was lost, or the relay that would know is dead.
  private func isUnknown(_ request: SimulatedClient.Request, _ sent: ProviderExchange?) -> Bool {
    let died = request.lives.contains { $0 < lives.count }
    // The session was over before the provider answered: nothing is told of it afterwards.
    if request.answer?["error"]?["data"]?["end"] != nil, sent != nil { return true }
    guard let sent else { return died }
    switch sent.told {
    case .failure(_, let neverSent): return !neverSent || died
    case .nothing: return true
    // A server may fail after it did what it was asked for.
    case .status(let status): return died || status >= 500
    }
  }

  // MARK: Other calls

  /// Candidates of a session come after the answer; those that were accepted did come.
  private func candidateMistakes(_ journal: [JournalEntry]) -> [String] {
    let came = Set(journal.compactMap { Self.number(of: $0.body) })
    var mistakes = clients.flatMap { $0.requests.values.sorted { $0.id < $1.id } }.compactMap { request -> String? in
      guard request.method == "session.candidate", request.answer?["result"] != nil,
        let number = request.content.flatMap(Self.number)
      else { return nil }
      return came.contains(number) ? nil : "candidate \(number) was accepted and never came"
    }
    let bySession = Dictionary(grouping: journal.filter { $0.session != nil }) { $0.session ?? "" }
    for (session, entries) in bySession.sorted(by: { $0.key < $1.key }) {
      let first = entries.first { $0.call == .didIce || $0.call == .heyGenIce }
      guard let first else { continue }
      if !entries.contains(where: { [.didSDP, .heyGenStart].contains($0.call) && $0.number < first.number }) {
        mistakes.append("\(session) had candidates before the answer")
      }
    }
    return mistakes
  }

  private static func number(of body: JSONValue) -> Int? {
    let text = body["candidate"]?.string ?? body["candidate"]?["candidate"]?.string
    return text.flatMap(number)
  }

  private static func number(_ candidate: String) -> Int? {
    Int(candidate.dropFirst("candidate:".count).prefix { $0.isNumber })
  }

  /// A call is made again only where the one before it was not answered by a success.
  private func repetitions(_ exchanges: [ProviderExchange]) -> [String] {
    let once = exchanges.filter { exchange in
      !["streaming.keep_alive", "streaming.interrupt", "streaming.list", "streaming.new"].contains {
        exchange.path.contains($0)
      } && !exchange.isCreation && !exchange.isEndOfCandidates
    }
    return Dictionary(grouping: once) {
      "\($0.request.method) \($0.path) \(String(decoding: $0.request.body, as: UTF8.self))"
    }
    .compactMap { call, made in
      let again = zip(made, made.dropFirst()).contains { first, second in
        first.told.isSuccess && first.life == second.life
      }
      return again ? "made again after a success: \(call.prefix(200))" : nil
    }
  }
}
