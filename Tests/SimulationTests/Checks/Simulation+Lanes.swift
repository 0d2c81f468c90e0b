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
    return zip(talks, talks.dropFirst()).flatMap { talk, next -> [String] in
      var mistakes: [String] = []
      if Self.order(talk) > Self.order(next) { mistakes.append("\(next.words ?? "") was overtaken") }
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

  private static func order(_ talk: ProviderExchange) -> Int { Int((talk.words ?? "").drop { !$0.isNumber }) ?? 0 }

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
            talk.method == "session.speak", let call = sent[words], call.number >= answered,
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
      guard let client = clients.first(where: { $0.requests[receipt.request] != nil }),
        // One that was sent on several connections may have been read where it did not count.
        let request = client.requests[receipt.request], request.wires.count == 1, request.answer?["result"] != nil
      else { return [] }
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
