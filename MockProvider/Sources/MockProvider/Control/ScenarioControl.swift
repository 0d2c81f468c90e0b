// Gives tests in Swift what the kits of other languages give: the same names, for the whole mock and for a scenario of it.
import Basics
import StrictJSON

/// What a test asks of a scenario, and does to it. A ``MockServer`` stands for its main one.
public protocol ScenarioControl: Sendable {
  /// The scenario that is meant.
  var handle: MockScenario { get }
}

/// A scenario of a mock: nothing of it is seen or felt in another. Calls belong to it by their header `X-Mock-Scenario`, or by
/// its name as their key.
public struct MockScenario: ScenarioControl {
  let state: MockState
  let name: ScenarioName

  public var handle: MockScenario { self }

  /// The header field of calls that belong to it.
  public var headers: [String: String] { [ScenarioName.headerField: name.text] }

  /// The key of calls that belong to it, for clients whose header fields cannot be set.
  public var key: String { name.text }

  /// Ends it, with all of its sessions.
  public func close() async { await state.forget(name) }

  /// Works on it; where there are too many scenarios, on none.
  func with<Value>(
    _ body: @Sendable (inout Scenario) -> Value
  ) async throws(VerificationError) -> Value where Value: Sendable {
    do throws(ScenarioRefusal) { return try await state.with(name, body) } catch { throw VerificationError(error.reason) }
  }
}

extension ScenarioControl {
  /// All sessions that are remembered, D-ID's first, oldest first.
  public var sessions: [SessionStatus] { get async { (try? await handle.with { $0.sessions }) ?? [] } }

  /// The latest requests, oldest first.
  public var journal: [JournalEntry] { get async { (try? await handle.with { $0.journal.entries }) ?? [] } }

  /// Forces another answer on the next calls.
  /// - Throws: ``FaultError``.
  public func fault(_ fault: Fault) async throws(FaultError) {
    try await added { scenario throws(FaultError) in try scenario.faults.add(fault) }
  }

  /// Has the next messages of data channels go wrong.
  /// - Throws: ``FaultError``.
  public func messageFault(_ fault: MessageFault) async throws(FaultError) {
    try await added { scenario throws(FaultError) in
      let refusal = scenario.messageFaults.assumeIsolated { faults -> FaultError? in
        do throws(FaultError) { try faults.add(fault) } catch { return error }
        return nil
      }
      if let refusal { throw refusal }
    }
  }

  /// Has agents answer by a rule from now on, beside those that were set before.
  /// - Throws: ``FaultError``.
  public func answer(_ rule: AnswerRule) async throws(FaultError) {
    try await added { scenario throws(FaultError) in try scenario.did.answers.add(rule) }
  }

  /// Has agents answer so.
  /// - Parameter contains: what a question has in it; nil for every question.
  /// - Throws: ``FaultError``.
  public func answer(_ text: String, contains: String? = nil) async throws(FaultError) {
    var rule = AnswerRule(.text(text))
    rule.contains = contains
    try await answer(rule)
  }

  /// Has an agent answer the next question so.
  /// - Throws: ``FaultError``.
  public func answerNext(_ text: String) async throws(FaultError) {
    var rule = AnswerRule(.text(text))
    rule.times = 1
    try await answer(rule)
  }

  /// Has all agents answer in a mode: without credits it is ``ChatMode/textOnly``.
  public func setChatMode(_ mode: ChatMode) async {
    try? await handle.with { $0.did.agentMode = mode }
  }

  private func added(
    _ add: @Sendable (inout Scenario) throws(FaultError) -> Void
  ) async throws(FaultError) {
    let result: Result<Void, FaultError>
    do throws(VerificationError) {
      result = try await handle.with { scenario in
        Result { () throws(FaultError) in try add(&scenario) }
      }
    } catch { throw .noScenario(error.description) }
    try result.get()
  }

  /// The scenario's clock: idle limits, talks and delayed answers follow.
  public var clock: ScenarioClock { ScenarioClock(scenario: handle) }

  /// Ends and forgets all sessions, faults and calls, and begins anew: the clock runs and shows zero, and the same calls get the
  /// same ids as at the start.
  public func reset() async { await handle.state.reset(handle.name) }

  /// The calls that match, oldest first.
  public func calls(_ calls: CallPattern = .any, where conditions: [CallCondition] = []) async -> [JournalEntry] {
    let match = CallMatch(calls, conditions)
    return await journal.filter(match.isMet)
  }

  /// Waits until as many calls match.
  /// - Parameters:
  ///   - text: what is to be spoken contains it; nil where that does not matter.
  ///   - conditions: what else is asked of a call.
  ///   - stage: whether its answer has to have left.
  /// - Returns: the last of them.
  /// - Throws: ``VerificationError`` when the time is over; it names the calls that came nearest.
  @discardableResult
  public func waitFor(
    _ call: CallName, text: String? = nil, where conditions: [CallCondition] = [], count: Int = 1,
    stage: CallStage = .arrived, timeout: Duration = .seconds(10)
  ) async throws(VerificationError) -> JournalEntry {
    let match = CallMatch(.call(call), Self.conditions(text, conditions))
    let expectation = CallExpectation(kind: .count(match, CallCount(least: max(count, 1), most: nil)), stage: stage)
    let verdict: Verdict
    do throws(ScenarioRefusal) {
      verdict = try await handle.state.verdict(on: expectation, in: handle.name, within: timeout)
    } catch { throw VerificationError(error.reason) }
    guard verdict.isMet, verdict.calls.count >= max(count, 1) else { throw VerificationError(verdict.complaint ?? "") }
    return verdict.calls[max(count, 1) - 1]
  }

  /// Checks that calls match: so many of them, or one at least. A count of 0 says that there was none.
  /// - Throws: ``VerificationError``.
  @discardableResult
  public func verify(
    _ call: CallName, text: String? = nil, where conditions: [CallCondition] = [], count: Int? = nil,
    stage: CallStage = .arrived
  ) async throws(VerificationError) -> [JournalEntry] {
    let match = CallMatch(.call(call), Self.conditions(text, conditions))
    return try await judged(
      CallExpectation(kind: .count(match, count.map(CallCount.exactly) ?? .some), stage: stage))
  }

  /// Checks that calls of these names came in this order; others may lie between.
  /// - Throws: ``VerificationError``.
  @discardableResult
  public func verifyOrder(_ calls: CallName...) async throws(VerificationError) -> [JournalEntry] {
    try await judged(CallExpectation(kind: .order(calls.map { CallMatch(.call($0)) })))
  }

  /// Checks that every session was closed; a close that is on its way has some time to arrive.
  /// - Throws: ``VerificationError`` with the names of those that are open.
  public func verifyNoOpenSessions(timeout: Duration = .seconds(5)) async throws(VerificationError) {
    let complaint: String?
    do throws(ScenarioRefusal) {
      complaint = try await handle.state.openSessions(are: 0, of: nil, in: handle.name, within: timeout).complaint
    } catch { throw VerificationError(error.reason) }
    if let complaint { throw VerificationError(complaint) }
  }

  private func judged(_ expectation: CallExpectation) async throws(VerificationError) -> [JournalEntry] {
    let verdict = try await handle.with { expectation.verdict(on: $0.journal) }
    if let complaint = verdict.complaint { throw VerificationError(complaint) }
    return verdict.calls
  }

  private static func conditions(_ text: String?, _ others: [CallCondition]) -> [CallCondition] {
    (text.map { [.text(.contains(.string($0)))] } ?? []) + others
  }
}

/// The clock of a scenario.
public struct ScenarioClock: Sendable {
  let scenario: MockScenario

  /// How long the scenario has run since its start or its last reset.
  public var elapsed: Duration { get async { (try? await scenario.with { $0.elapsed }) ?? .zero } }

  /// Moves the time forward.
  public func advance(by duration: Duration) async throws(VerificationError) {
    try await scenario.with { $0.clock.advance(by: duration) }
  }

  /// Stops the time; it can still be moved.
  public func stop() async throws(VerificationError) { try await scenario.with { $0.clock.stop() } }

  /// Lets the time go on.
  public func resume() async throws(VerificationError) { try await scenario.with { $0.clock.goOn() } }
}

/// What a test expected of a mock and did not find.
public struct VerificationError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What was expected, what was seen, and which calls came nearest.
  public let description: String

  init(_ description: String) { self.description = description }
}
