// Describes the control surface: every request under `/__admin`.
import Basics
import StrictJSON

/// The control surface as an OpenAPI document.
enum ControlDescription {
  static var document: JSONValue {
    APIDescription(
      title: "Avatar Relay mock provider: control surface",
      about: """
        What a test asks of a mock, and has it do. It serves programs and pages of this machine, and whom --admin-allow \
        names. Bodies are read as JSON whatever their media type is said to be; an empty body is an empty object.
        """,
      operations: reading + journal + faults + changing + descriptions, schemas: ControlSchemas.all
    ).document
  }

  private typealias Operation = APIDescription.Operation
  private typealias Answer = APIDescription.Answer

  private static func operation(
    _ method: String, _ path: String, _ id: String, _ summary: String, parameters: [JSONValue] = [],
    body: JSONValue? = nil, needsBody: Bool = true, _ answer: JSONValue, status: Int = 200, isExpectation: Bool = false
  ) -> Operation {
    let hasScenario = AdminRoute.all.first { $0.method == method && $0.path == path }?.hasScenario ?? false
    var answers = [Answer(status: status, about: "Done", schema: answer), forbidden, tooLarge, invalid]
    if hasScenario { answers.append(busy) }
    if isExpectation { answers.append(unmet) }
    return Operation(
      method: method, path: "\(AdminRoute.prefix)/\(path)", id: id, summary: summary,
      parameters: parameters + (hasScenario ? scenario(isRequired: path == "scenarios") : []), body: body,
      needsBody: needsBody, answers: answers)
  }

  /// By which name, or by a header field of the same meaning, a request is about a scenario.
  private static func scenario(isRequired: Bool) -> [JSONValue] {
    let name = Schema.string(pattern: "^[!-~]([ -~]{0,\(ScenarioName.maximumBytes - 2)}[!-~])?$")
    let field = APIDescription.parameter(
      ScenarioName.headerField, in: "header", name, about: "The same as `scenario`; only one of them is to be given, or both alike")
    var query = query("scenario", name, "Which scenario it is about; `main` without").object ?? [:]
    if isRequired { query["required"] = true }
    return isRequired ? [.object(query)] : [.object(query), field]
  }

  private static let refusal = Schema.named("Refusal")
  private static let forbidden = Answer(
    status: 403, about: "The request is from elsewhere than this machine and the addresses that --admin-allow names",
    schema: refusal, isReadable: false)
  private static let tooLarge = Answer(
    status: 413, about: "A body of more than \(VendorCall.maximumBodyBytes) bytes", schema: refusal)
  private static let invalid = Answer(
    status: 400, about: "The body or the query is not what is taken here", schema: refusal)

  private static let unmet = Answer(
    status: 409, about: "It is not so, or was not in time", schema: Schema.named("Unmet"))
  private static let busy = Answer(
    status: 503, about: "Too many scenarios are open, or too many requests wait", schema: refusal)

  private static func query(_ name: String, _ schema: JSONValue, _ about: String) -> JSONValue {
    APIDescription.parameter(name, in: "query", schema, about: about)
  }

  private static var reading: [Operation] {
    [
      operation("GET", "health", "health", "Says that the mock is there", Schema.named("Done")),
      operation("GET", "settings", "settings", "The settings, without the key", Schema.named("Settings")),
      operation(
        "GET", "errors", "errors", "Both vendors' errors by name, with source and date", Schema.named("Errors")),
      operation("GET", "scenarios", "scenarios", "The scenarios that are open", Schema.named("Scenarios")),
      operation("DELETE", "scenarios", "forgetScenario", "Ends a scenario", Schema.named("Scenarios")),
      operation(
        "POST", "sessions/wait", "waitForSessions", "Waits until so many sessions are open",
        body: Schema.named("SessionsWanted"), needsBody: false, Schema.named("OpenSessions"), isExpectation: true),
      operation(
        "GET", "sessions", "sessions", "Sessions with state, limits and talks",
        parameters: [
          query("vendor", Schema.choice(of: Vendor.self), "Only this vendor's"),
          query(
            "state", Schema.choice(of: SessionFilter.State.self), "Only sessions in this state; `open` is all but `ended`"),
        ], Schema.named("Sessions")),
    ]
  }

  private static var journal: [Operation] {
    [
      operation(
        "GET", "requests", "requests", "The journal, oldest first",
        parameters: [
          query("call", Schema.choice(of: CallName.self), "Only this call's entries"),
          query("session", Schema.string(), "Only entries about this session"),
        ], Schema.named("Journal")),
      operation("DELETE", "requests", "clearRequests", "Forgets the journal", Schema.named("Done")),
      operation(
        "GET", "requests/unmatched", "unmatched", "Requests of no route, each with the nearest one",
        Schema.named("Journal")),
      operation(
        "POST", "requests/find", "find", "The calls that match", body: Schema.named("Match"), needsBody: false,
        Schema.named("Journal")),
      operation(
        "POST", "requests/verify", "verify", "So many calls match", body: Schema.named("Expected"), needsBody: false,
        Schema.named("Journal"), isExpectation: true),
      operation(
        "POST", "requests/order", "order", "Calls came in an order", body: Schema.named("Order"), Schema.named("Journal"),
        isExpectation: true),
      operation(
        "POST", "requests/wait", "wait", "Waits until so many calls match", body: Schema.named("Wait"), needsBody: false,
        Schema.named("Journal"), isExpectation: true),
    ]
  }

  private static var faults: [Operation] {
    [
      operation("GET", "faults", "faults", "The faults that wait", Schema.named("Faults")),
      operation(
        "POST", "faults", "addFault", "Answers the next calls that match otherwise", body: Schema.named("FaultWanted"),
        Schema.named("Fault"), status: 201),
      operation("DELETE", "faults", "clearFaults", "Forgets the faults that wait", Schema.named("Faults")),
      operation(
        "GET", "messages", "messages", "What goes wrong with messages of data channels", Schema.named("MessageFaults")),
      operation(
        "POST", "messages", "addMessageFault", "Has the next messages go wrong", body: Schema.named("MessageFault"),
        Schema.named("MessageFault"), status: 201),
      operation("DELETE", "messages", "clearMessageFaults", "Forgets them", Schema.named("MessageFaults")),
    ]
  }

  private static var changing: [Operation] {
    [
      operation("GET", "agents", "agents", "How D-ID's agents answer", Schema.named("Agents")),
      operation(
        "POST", "agents", "setAgents", "Has agents answer in another mode", body: Schema.named("Agents"), Schema.named("Agents")),
      operation("GET", "agents/answers", "answers", "The rules for agents' answers", Schema.named("Answers")),
      operation(
        "POST", "agents/answers", "addAnswer", "Has agents answer by a rule", body: Schema.named("AnswerWanted"), needsBody: false,
        Schema.named("Answer"), status: 201),
      operation("DELETE", "agents/answers", "clearAnswers", "Forgets the rules for agents' answers", Schema.named("Answers")),
      operation("GET", "clock", "clock", "The time since the start", Schema.named("Clock")),
      operation(
        "POST", "clock", "advance", "Moves the clock forward, stops it, lets it go on", body: Schema.named("Advance"), Schema.named("Clock")),
      operation("GET", "media", "media", "Voice, addresses, counters, and what goes wrong", Schema.named("Media")),
      operation(
        "POST", "media", "setMedia", "Has media go wrong: that of new sessions, or the path of one",
        body: Schema.named("MediaWanted"), needsBody: false, Schema.named("Media")),
      operation(
        "POST", "reset", "reset", "Begins anew", Schema.named("Done")),
      operation("DELETE", "reset", "resetToo", "The same", Schema.named("Done")),
    ]
  }

  private static var descriptions: [Operation] {
    let document = Schema.object(
      [("openapi", Schema.constant("3.1.0")), ("info", Schema.anyObject), ("paths", Schema.anyObject)],
      required: ["openapi", "info", "paths"])
    return [
      operation("GET", "openapi.json", "describeControl", "This document", document),
      operation("GET", "openapi/did.json", "describeDID", "What the mock answers for D-ID", document),
      operation("GET", "openapi/heygen.json", "describeHeyGen", "What the mock answers for HeyGen", document),
    ]
  }
}
