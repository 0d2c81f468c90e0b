// Finds what must never be in the order in which a relay calls, where the calls are sent, before the network can change
// anything.
import Relay
import Signaling
import StrictJSON

@testable import MockProvider

extension Simulation {
  func laneMistakes(_ exchanges: [ProviderExchange]) -> [String] {
    let bySession = Dictionary(grouping: exchanges.filter { $0.session != nil }) { $0.session ?? "" }
    return bySession.sorted { $0.key < $1.key }.flatMap { session, calls in
      (descriptionMistakes(calls) + endMistakes(calls) + talkMistakes(calls) + interruptionMistakes(calls))
        .map { "session \(session): \($0)" }
    }
  }

  /// No candidate is sent before the provider was heard to accept the description; another life may have heard it.
  private func descriptionMistakes(_ calls: [ProviderExchange]) -> [String] {
    guard let first = calls.first(where: { $0.candidate != nil || $0.isEndOfCandidates }),
      let description = calls.first(where: \.isDescription)
    else { return [] }
    let accepted = calls.filter { $0.isDescription && $0.told.isSuccess }.compactMap(\.sentWhenTold).min()
    guard let accepted, accepted <= first.number else {
      return ["candidate \(first.number) was sent before description \(description.number) was accepted"]
    }
    return []
  }

  /// When an end of candidates is sent, every candidate that was sent before has had its last word.
  private func endMistakes(_ calls: [ProviderExchange]) -> [String] {
    let candidates = Dictionary(grouping: calls.filter { $0.candidate != nil }) { $0.candidate ?? "" }
    let ends = calls.filter(\.isEndOfCandidates)
    return ends.enumerated().flatMap { index, end -> [String] in
      // An end that is sent again has waited already.
      if index > 0, !ends[index - 1].told.isSuccess { return [] }
      return candidates.compactMap { candidate, attempts in
        guard let first = attempts.first, first.number < end.number else { return nil }
        let isAnswered = attempts.allSatisfy { $0.number < end.number && ($0.sentWhenTold ?? .max) <= end.number }
        return isAnswered ? nil : "the end of candidates was sent beside \(candidate)"
      }
    }
  }

  /// Talks are sent one by one, in the order in which they were asked for.
  private func talkMistakes(_ calls: [ProviderExchange]) -> [String] {
    let talks = calls.filter { $0.words != nil }
    let places = places
    return zip(talks, talks.dropFirst()).flatMap { talk, next -> [String] in
      var mistakes: [String] = []
      if Self.isBehind(places[talk.words ?? ""], places[next.words ?? ""]) { mistakes.append("\(next.words ?? "") was overtaken") }
      if (talk.sentWhenTold ?? .max) > next.number { mistakes.append("\(next.words ?? "") did not wait") }
      return mistakes
    }
  }

  /// No talk is sent beside an interruption, which would cut off the wrong one.
  private func interruptionMistakes(_ calls: [ProviderExchange]) -> [String] {
    let interruptions = calls.filter(\.isInterruption)
    return calls.filter { $0.words != nil }.compactMap { talk in
      let beside = interruptions.contains { $0.number < talk.number && ($0.sentWhenTold ?? .max) > talk.number }
      return beside ? "\(talk.words ?? "") was sent beside an interruption" : nil
    }
  }

  /// Where each text belongs: in the order in which talks were asked for, those that were written part by part with all
  /// of their parts.
  private var places: [String: (talk: Int64, part: Int64)] {
    var places: [String: (talk: Int64, part: Int64)] = [:]
    for request in clients.flatMap(\.requests.values) {
      guard let words = request.content, request.part?.isAgain != true else { continue }
      places[words] = (request.part?.opening ?? request.id, request.part?.index ?? 0)
    }
    return places
  }

  private static func isBehind(_ one: (talk: Int64, part: Int64)?, _ other: (talk: Int64, part: Int64)?) -> Bool {
    guard let one, let other else { return false }
    return one > other
  }

  /// Nothing that was asked for before an interruption is sent after it was answered, by a life of the relay that heard
  /// of it: a new one is asked again for what nobody answered, and for silence.
  func overtakenInterruptions(_ exchanges: [ProviderExchange]) -> [String] {
    let sent = Dictionary(exchanges.compactMap { call in call.words.map { ($0, call) } }) { first, _ in first }
    return clients.flatMap { client in
      client.requests.values.sorted { $0.id < $1.id }.flatMap { interruption -> [String] in
        guard interruption.method == "session.interrupt", interruption.answer?["result"] != nil,
          let answered = interruption.sentWhenAnswered
        else { return [] }
        return client.requests.values.compactMap { talk in
          guard talk.session == interruption.session, talk.id < interruption.id, let words = talk.content,
            talk.method.hasPrefix("session.speak"), let call = sent[words], call.number >= answered,
            interruption.lives.contains(call.life)
          else { return nil }
          return "\(words) was sent after the interruption \(interruption.id)"
        }
      }
    }
  }

  /// An end overtakes every talk, and an interruption every talk that is on its way while something is said: neither is
  /// sent only after such a talk was answered.
  func delayedCalls(_ exchanges: [ProviderExchange]) -> [String] {
    let sent = Dictionary(exchanges.compactMap { call in call.words.map { ($0, call) } }) { first, _ in first }
    return receipts.flatMap { receipt -> [String] in
      guard let (request, client) = carriedOut(receipt), request.method != "session.candidate" else { return [] }
      let others = client.requests.values.filter { $0.session == request.session }
      let talks = others.compactMap { $0.content.flatMap { sent[$0] } }.filter { $0.life == receipt.life }
      let isEnd = request.method == "session.close"
      guard isEnd || Self.isSpeaking(talks, others, at: receipt) else { return [] }
      return talks.filter { receipt.underWay.contains($0.number) }.compactMap { talk in
        guard let told = talk.sentWhenTold else { return nil }
        let calls = exchanges.filter {
          $0.session == talk.session && (isEnd ? $0.isClosing : $0.isInterruption && $0.number >= receipt.sent)
        }
        // What is not sent at all is another mistake, or was not needed.
        guard let first = calls.first, first.number >= told else { return nil }
        return "session \(talk.session ?? ""): \(request.method) \(request.id) waited for \(talk.words ?? "")"
      }
    }
  }

  /// The end of candidates is not sent before a candidate that was asked for earlier.
  func overtakingEnds(_ exchanges: [ProviderExchange]) -> [String] {
    let candidates = exchanges.filter { $0.candidate != nil }
    let ends = exchanges.filter(\.isEndOfCandidates)
    return receipts.compactMap { receipt in
      guard let (request, _) = carriedOut(receipt), request.method == "session.candidate",
        let name = request.content.map({ String($0.prefix { $0 != " " }) }),
        let sent = candidates.first(where: { $0.candidate == name && $0.life == receipt.life }),
        let end = ends.first(where: { $0.session == sent.session && $0.number >= receipt.sent }),
        end.number < sent.number
      else { return nil }
      return "session \(sent.session ?? ""): the end of candidates overtook \(name)"
    }
  }

  /// A talk that was on its way when everything was interrupted is cut off once it was accepted, by a relay that lives and
  /// in a session that goes on. D-ID's talks are cut off by the browser.
  func uncutTalks(_ exchanges: [ProviderExchange]) -> [String] {
    receipts.filter { $0.life == lives.count && carriedOut($0)?.0.method == "session.interrupt" }
      .flatMap { receipt -> [String] in
        let session = carriedOut(receipt)?.0.session
        let asked = clients.flatMap { $0.requests.values.filter { $0.session == session }.compactMap(\.content) }
        return exchanges.filter { receipt.underWay.contains($0.number) && $0.told.isSuccess }.compactMap {
          talk -> String? in
          guard let words = talk.words, asked.contains(words), talk.path.hasSuffix("streaming.task"),
            let told = talk.sentWhenTold
          else { return nil }
          let isClosed = exchanges.contains { $0.session == talk.session && $0.isClosing && $0.number < told }
          let isCut = exchanges.contains { $0.session == talk.session && $0.isInterruption && $0.number >= told }
          return isClosed || isCut ? nil : "session \(talk.session ?? ""): \(words) was interrupted and not cut off"
        }
      }
  }

  /// The request that a relay read, and whose it is; nil where it was refused, or was sent on several connections: then it
  /// may have been read where it did not count.
  private func carriedOut(_ receipt: Receipt) -> (SimulatedClient.Request, SimulatedClient)? {
    for client in clients {
      guard let request = client.requests[receipt.request] else { continue }
      return request.wires.count == 1 && request.answer?["result"] != nil ? (request, client) : nil
    }
    return nil
  }

  /// Whether something was accepted, and nobody told that it ended.
  private static func isSpeaking(
    _ talks: [ProviderExchange], _ requests: [SimulatedClient.Request], at receipt: Receipt
  ) -> Bool {
    talks.contains { $0.number < receipt.sent && !receipt.underWay.contains($0.number) && $0.told.isSuccess }
      && !requests.contains {
        $0.method == "session.report" && String(decoding: $0.text, as: UTF8.self).contains("stop_talking")
      }
  }
}
