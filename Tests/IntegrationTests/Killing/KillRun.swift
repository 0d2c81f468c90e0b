// A conversation during which the relay is killed.
import Ledger
import MockProvider
import Relay
import SessionValues
import Signaling
import Transport

/// Plays one conversation over as many lives of the relay as it takes, and judges what the provider saw.
struct KillRun {
  /// What a client does next.
  enum Step: Hashable {
    case open, answer, candidate, connected
    case speak(String)
    case reconnect, close
  }

  static let script: [Step] = [
    .open, .answer, .candidate, .connected, .speak("alpha"), .speak("bravo"), .reconnect, .speak("charlie"), .close,
  ]

  let stage: KillStage
  /// At which moment each life ends, counted within it; the life after the last one is not killed.
  let kills: [Int]
  /// False for a client that leaves without a word.
  let closes: Bool

  /// How the run went.
  struct Report: Sendable {
    /// The moments of the first life.
    var moments: [String] = []
    var mistakes: [String] = []
    var places: [String] = []
    var spoken = 0
    var unknown = 0
  }

  func play() async throws -> Report {
    let client = KillClient(loop: stage.loop)
    var report = Report()
    var left = kills[...]
    var life = try await begin(client, &left)
    var lives = [life]
    for step in Self.script where closes || step != .close {
      var request = await self.request(for: step, client)
      while true {
        if step == .reconnect, !life.killSwitch.isDead { await life.reconnect() }
        if await finishes(request, step, client, life) { break }
        await life.ledger.close()
        life = try await begin(client, &left)
        lives.append(life)
        guard await isBack(client, life) else { continue }
        if step == .open { request = await self.request(for: step, client) }
      }
    }
    report.moments = lives[0].killSwitch.moments
    report.places = lives.dropLast().map(\.killSwitch.place)
    await end(life)
    // It may have been killed at the very end.
    while life.killSwitch.isDead {
      report.places.append(life.killSwitch.place)
      await life.ledger.close()
      life = try await begin(client, &left)
      await end(life)
    }
    let fates = await client.fates
    report.spoken = fates.values.count { $0 == .spoken }
    report.unknown = fates.values.count { $0 == .unknown }
    report.mistakes = await client.surprises + (try await judge(client, life))
    await life.ledger.close()
    return report
  }

  private func begin(_ client: KillClient, _ left: inout ArraySlice<Int>) async throws -> RelayLife {
    try await RelayLife.start(stage, KillSwitch(target: left.popFirst()), for: client)
  }

  /// Whether a step came to its end; false when the relay died.
  private func finishes(_ request: Request?, _ step: Step, _ client: KillClient, _ life: RelayLife) async -> Bool {
    if step == .reconnect { return await isBack(client, life) }
    guard let request else { return !life.killSwitch.isDead }
    return await client.send(request, to: life) != nil
  }

  /// The client resumes its session, if it has one; false when the relay died.
  private func isBack(_ client: KillClient, _ life: RelayLife) async -> Bool {
    guard let session = await client.session, let secret = await client.secret else { return !life.killSwitch.isDead }
    let resume = await client.makeRequest(.resume(session: session, secret: secret, lastSeq: client.lastSeq))
    switch await client.send(resume, to: life) {
    case .success: return true
    case .failure(let error):
      // Only a session that had ended, or was ending, may be lost.
      if error.kind == .sessionSecretInvalid { await client.note("the secret was lost at \(life.killSwitch.place)") }
      await client.forgetSession()
      return true
    case nil: return false
    }
  }

  private func request(for step: Step, _ client: KillClient) async -> Request? {
    if step == .open { return await client.makeRequest(.open(provider: stage.provider, avatar: nil, options: [:])) }
    guard let session = await client.session else { return nil }
    let mid = stage.provider == "did" ? "a" : "0"
    let call: Call? =
      switch step {
      case .answer:
        .answer(session: session, SessionDescription(kind: .answer, sdp: SessionScript.answer(mid: mid)))
      case .candidate:
        .candidate(
          session: session,
          IceCandidate(candidate: SessionScript.candidates[0], sdpMid: mid, sdpMLineIndex: 0, usernameFragment: "aBcD")
        )
      case .connected: .report(session: session, .iceConnectionState(.connected))
      case .speak(let text): .speak(session: session, .text(text), options: [:])
      case .close: .close(session: session)
      case .open, .reconnect: nil
      }
    guard let call else { return nil }
    return await client.makeRequest(call)
  }

  /// The client leaves, and the grace time passes.
  private func end(_ life: RelayLife) async {
    await life.registry.closed(life.connection.id)
    stage.clock.advance(by: .seconds(31))
    // What is being ended in the background comes to its end; what cannot be named may not.
    for _ in 0..<300 where !(await isSettled(life)) {
      stage.clock.advance(by: .milliseconds(100))
      try? await stage.loop.clock.sleep(for: .milliseconds(1))
    }
    await life.registry.drain(within: .zero)
  }

  private func isSettled(_ life: RelayLife) async -> Bool {
    guard await life.registry.openSessionCount == 0, let left = try? await life.ledger.unended(at: stage.provider)
    else {
      return false
    }
    return left.allSatisfy { !stage.isExclusive && ($0.state == .unseen || $0.state == .intended) }
  }

  private func judge(_ client: KillClient, _ life: RelayLife) async throws -> [String] {
    var mistakes: [String] = []
    let bodies = await stage.mock.journal.map(\.body.text)
    for (text, fate) in await client.fates {
      let count = bodies.count { $0.contains("\"\(text)\"") }
      let isRight =
        switch fate {
        case .spoken: count == 1
        case .refused: count == 0
        case .unknown, .unanswered: count <= 1
        }
      if !isRight { mistakes.append("\(text) is \(fate) and was spoken \(count) times") }
    }
    let unended = try await life.ledger.unended(at: stage.provider)
    let open = await stage.mock.sessions.count(where: \.isOpen)
    if unended.contains(where: { $0.state != .unseen && $0.state != .intended }) {
      mistakes.append("the ledger has sessions that are \(unended.map(\.state.rawValue))")
    }
    if open > unended.count { mistakes.append("\(open) sessions are open, \(unended.count) in the ledger") }
    if stage.isExclusive, open > 0 { mistakes.append("\(open) sessions are open that the list would have shown") }
    // What nobody could name idles out.
    stage.mock.advance(by: .seconds(301))
    let left = await stage.mock.sessions.count(where: \.isOpen)
    if left > 0 { mistakes.append("\(left) sessions are left open for good") }
    return mistakes
  }
}
