// Does what the control surface is asked to do.
import Basics
import StrictJSON
import Wire

extension MockState {
  /// Answers a request of the control surface. What waits is answered when it is there, or when the time is over.
  func administer(_ request: HTTPRequest) async -> HTTPResponse {
    let answer: AdminAnswer
    do throws(AdminRefusal) {
      let request = try AdminRequest(request)
      answer = try await carryOut(try request.command(), in: request.scenario)
    } catch { answer = AdminAnswer(error) }
    return HTTPResponse(status: answer.status, json: answer.body)
  }

  private func carryOut(_ command: AdminCommand, in name: ScenarioName) async throws(AdminRefusal) -> AdminAnswer {
    switch command {
    case .health: return AdminAnswer(["status": "ok"])
    case .settings: return AdminAnswer(configuration.json)
    case .errors: return AdminAnswer(["did": Self.table(DIDErrors.all), "heygen": Self.table(HeyGenErrors.all)])
    case .description(let vendor):
      return AdminAnswer(vendor.map { VendorDescription.document(of: $0, configuration) } ?? ControlDescription.document)
    case .scenarios: return AdminAnswer(scenarioList)
    case .forgetScenario:
      forget(name)
      return AdminAnswer(scenarioList)
    case .reset:
      try scenario(name) { _ in }
      reset(name)
      return AdminAnswer(["status": "ok"])
    case .wait(let expectation, let patience): return try await wait(expectation, in: name, for: patience)
    case .waitForSessions(let open, let vendor, let patience):
      return try await wait(open: open, vendor, in: name, for: patience)
    default:
      let answer = try scenario(name) { scenario in
        Result { () throws(AdminRefusal) -> AdminAnswer in try scenario.carryOut(command) }
      }
      tell(name)
      return try answer.get()
    }
  }

  private func scenario<Value>(
    _ name: ScenarioName, _ body: (inout Scenario) -> Value
  ) throws(AdminRefusal) -> Value {
    do throws(ScenarioRefusal) { return try with(name, body) } catch { throw AdminRefusal(error) }
  }

  private var scenarioList: JSONValue {
    ["scenarios": .array(scenarioNames.compactMap { try? with($0) { $0.summary } })]
  }

  private func wait(
    _ expectation: CallExpectation, in name: ScenarioName, for patience: Duration
  ) async throws(AdminRefusal) -> AdminAnswer {
    do throws(ScenarioRefusal) {
      return AdminAnswer(try await verdict(on: expectation, in: name, within: patience))
    } catch { throw AdminRefusal(error) }
  }

  private func wait(
    open count: Int, _ vendor: Vendor?, in name: ScenarioName, for patience: Duration
  ) async throws(AdminRefusal) -> AdminAnswer {
    do throws(ScenarioRefusal) {
      let (open, complaint) = try await openSessions(are: count, of: vendor, in: name, within: patience)
      let list: JSONValue = .array(open.map(\.json))
      return complaint.map { AdminAnswer(unmet: $0, ["sessions": list]) } ?? AdminAnswer(["sessions": list])
    } catch { throw AdminRefusal(error) }
  }

  private static func table(_ errors: [VendorError]) -> JSONValue {
    .array(
      errors.map {
        [
          "name": .string($0.name), "status": .integer(Int64($0.status)), "body": $0.body, "source": .string($0.source),
          "date": .string($0.date),
        ]
      })
  }
}

extension Scenario {
  /// Does what asks for one scenario only, at once.
  fileprivate mutating func carryOut(_ command: AdminCommand) throws(AdminRefusal) -> AdminAnswer {
    switch command {
    case .sessions(let filter): return AdminAnswer(list(filter))
    case .requests(let filter): return AdminAnswer(list(journal.entries.filter(filter.admits), total: journal.count))
    case .unmatched:
      let entries = journal.entries.filter { $0.call == nil }
      return AdminAnswer(list(entries, total: entries.count))
    case .clearRequests: journal.clear()
    case .find(let match):
      let entries = journal.entries.filter(match.isMet)
      return AdminAnswer(list(entries, total: entries.count))
    case .verify(let expectation): return AdminAnswer(expectation.verdict(on: journal))
    case .faults: return AdminAnswer(faultList)
    case .addFault(let fault):
      do throws(FaultError) { try faults.add(fault) } catch { throw AdminRefusal(.invalid, error.description) }
      return AdminAnswer(fault.json, status: 201)
    case .clearFaults:
      faults.clear()
      return AdminAnswer(faultList)
    case .messageFaults: return AdminAnswer(messageFaultList)
    case .addMessageFault(let fault):
      let refusal = messageFaults.assumeIsolated { faults -> FaultError? in
        do throws(FaultError) { try faults.add(fault) } catch { return error }
        return nil
      }
      if let refusal { throw AdminRefusal(.invalid, refusal.description) }
      return AdminAnswer(fault.json, status: 201)
    case .clearMessageFaults:
      messageFaults.assumeIsolated { $0.clear() }
      return AdminAnswer(messageFaultList)
    case .answers: return AdminAnswer(answerList)
    case .addAnswer(let rule):
      do throws(FaultError) { try did.answers.add(rule) } catch { throw AdminRefusal(.invalid, error.description) }
      return AdminAnswer(rule.json, status: 201)
    case .clearAnswers:
      did.answers.clear()
      return AdminAnswer(answerList)
    case .agents: return AdminAnswer(agentFacts)
    case .setAgents(let mode):
      did.agentMode = mode
      return AdminAnswer(agentFacts)
    case .clock: return AdminAnswer(clockFacts)
    case .moveClock(let move):
      if let runs = move.runs { runs ? clock.goOn() : clock.stop() }
      clock.advance(by: move.advance)
      return AdminAnswer(clockFacts)
    case .media: return AdminAnswer(mediaFacts)
    case .setMedia(let conditions, let session):
      guard apply(conditions, to: session) else { throw AdminRefusal(.invalid, "no session of that id is open") }
      return AdminAnswer(mediaFacts)
    case .health, .settings, .errors, .description, .scenarios, .forgetScenario, .waitForSessions, .wait, .reset: break
    }
    return AdminAnswer(["status": "ok"])
  }

  private func list(_ entries: [JournalEntry], total: Int) -> JSONValue {
    ["total": .integer(Int64(total)), "requests": .array(entries.map(\.json))]
  }

  /// The sessions, headed by the two numbers that a test for leaks looks at.
  private mutating func list(_ filter: SessionFilter) -> JSONValue {
    let all = sessions
    func open(_ vendor: Vendor) -> JSONValue {
      .integer(Int64(all.count { $0.vendor == vendor.rawValue && $0.isOpen }))
    }
    return [
      "open": ["did": open(.did), "heygen": open(.heygen)], "sessions": .array(all.filter(filter.admits).map(\.json)),
    ]
  }

  private var faultList: JSONValue {
    ["state": .string(faults.state), "faults": .array(faults.faults.map(\.json))]
  }

  private var messageFaultList: JSONValue {
    ["faults": .array(messageFaults.assumeIsolated { $0.faults }.map(\.json))]
  }

  private var answerList: JSONValue { ["answers": .array(did.answers.rules.map(\.json))] }

  private var agentFacts: JSONValue { ["chatMode": .string(did.agentMode.rawValue)] }

  private var clockFacts: JSONValue {
    ["elapsedMs": .integer(elapsed.milliseconds), "running": .bool(clock.isRunning)]
  }

  /// What media is made of, and what goes wrong with it on purpose.
  private var mediaFacts: JSONValue {
    var facts: JSONObject = ["media": .string(did.configuration.media.rawValue)]
    facts["voice"] = voice.map { .string($0) } ?? .null
    facts["conditions"] = did.configuration.conditions.json
    facts["candidates"] = .array(did.peerFactory.candidates.map { .string("\($0.address) \($0.port)") })
    facts["counters"] = did.peerFactory.counters
    return .object(facts)
  }
}

/// What the control surface answers.
struct AdminAnswer: Sendable {
  let status: Int
  let body: JSONValue

  init(_ body: JSONValue, status: Int = 200) {
    self.body = body
    self.status = status
  }

  init(_ refusal: AdminRefusal) { self.init(refusal.json, status: refusal.status) }

  /// What was expected is not so: the error, and what may help beside it.
  init(unmet complaint: String, _ facts: JSONObject) {
    let refusal = AdminRefusal(.unmet, complaint)
    self.init(.object(JSONObject((refusal.json.object?.members ?? []) + facts.members)), status: refusal.status)
  }

  /// The calls that were meant, or a complaint with those that came nearest.
  init(_ verdict: Verdict) {
    let calls = JSONValue.array(verdict.calls.map(\.json))
    guard let complaint = verdict.complaint else {
      self.init(["total": .integer(Int64(verdict.calls.count)), "requests": calls])
      return
    }
    let nearest = verdict.nearest.map { miss -> JSONValue in
      ["request": miss.entry.json, "obstacles": .array(miss.obstacles.map { .string($0) })]
    }
    self.init(
      unmet: complaint,
      ["total": .integer(Int64(verdict.calls.count)), "requests": calls, "nearest": .array(nearest)])
  }
}
